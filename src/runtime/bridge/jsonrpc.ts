/** The messages of JSON-RPC 2.0 as MCP uses them, and the errors that the bridge itself answers. */
import { isUtf8 } from 'node:buffer';
import { MembersError, memberAt, membersOf, type Span } from './members.ts';
import { wordsOf } from './words.ts';

/** https://www.jsonrpc.org/specification#error_object, and those that MCP 2026-07-28 adds. */
export const CODES = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  refused: -32000,
  sessionNotFound: -32001,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** Where in a request its progress token is. */
export const TOKEN = ['params', '_meta', 'progressToken'] as const;
/** Where a message of a subscription says which. */
export const SUBSCRIPTION = ['params', '_meta', 'io.modelcontextprotocol/subscriptionId'] as const;

export type Id = string | number;
export type Params = Record<string, unknown>;

/** A message of a client's, understood, and its bytes on one line. */
export interface Incoming {
  kind: 'request' | 'notification' | 'response';
  /** Empty for a response. */
  method: string;
  /** Undefined for a notification. */
  id: Id | undefined;
  params: Params;
  bytes: Buffer;
}

/** It is no message; with the code of JSON-RPC that says so. */
export class MessageError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * @param body of a POST.
 * @returns its messages, and whether they came as a batch.
 * @throws MessageError
 */
export function readBody(body: Buffer): { messages: Incoming[]; batch: boolean } {
  let value: unknown;
  try {
    // What is no UTF-8 would be forwarded as it is, and end a child that reads strictly.
    if (!isUtf8(body)) throw new Error('the body is not UTF-8');
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new MessageError(CODES.parse, `Parse error: ${wordsOf((error as Error).message, 200)}`);
  }
  if (!Array.isArray(value)) return { messages: [messageOf(value, body)], batch: false };
  if (value.length === 0) throw new MessageError(CODES.invalidRequest, 'Invalid Request: an empty batch');
  return { messages: value.map((one) => messageOf(one, Buffer.from(JSON.stringify(one)))), batch: true };
}

function messageOf(value: unknown, bytes: Buffer): Incoming {
  if (!isObject(value) || value.jsonrpc !== '2.0') throw invalid('not a JSON-RPC 2.0 message');
  const { method, id, params } = value;
  const has = (name: string) => Object.hasOwn(value, name);
  if (has('id') && !(typeof id === 'string' || Number.isSafeInteger(id))) {
    throw invalid('the id is neither a string nor an integer');
  }
  if (params !== undefined && !isObject(params)) throw invalid('params are not an object');
  const common = { params: params ?? {}, id: id as Id | undefined, bytes: oneLine(bytes) };
  if (typeof method === 'string') return { kind: has('id') ? 'request' : 'notification', method, ...common };
  if (method === undefined && has('id') && has('result') !== has('error')) {
    return { kind: 'response', method: '', ...common };
  }
  throw invalid('neither a request, nor a notification, nor a response');
}

function invalid(what: string): MessageError {
  return new MessageError(CODES.invalidRequest, `Invalid Request: ${what}`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the same JSON without line breaks, which are nothing but space in it. */
export function oneLine(bytes: Buffer): Buffer {
  if (bytes.indexOf(0x0a) === -1 && bytes.indexOf(0x0d) === -1) return bytes;
  return Buffer.from(bytes).map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)) as Buffer;
}

/** A line of a child's, looked at from outside. */
export interface Outgoing {
  kind: 'request' | 'notification' | 'response';
  /** Empty for a response. */
  method: string;
  /** As it is written; undefined for a notification. */
  id: Span | undefined;
  result: Span | undefined;
  error: Span | undefined;
}

const PARTS = ['id', 'method', 'result', 'error', 'jsonrpc'] as const;

/** @returns what a line is; undefined if it is no message of JSON-RPC. */
export function readLine(line: Buffer): Outgoing | undefined {
  let id: Span | undefined;
  let method: Span | undefined;
  let result: Span | undefined;
  let error: Span | undefined;
  let version: Span | undefined;
  try {
    [id, method, result, error, version] = membersOf(line, 0, PARTS);
  } catch (problem) {
    if (problem instanceof MembersError) return undefined;
    throw problem;
  }
  if (!version) return undefined;
  if (method) {
    const name = textOf(line, method);
    if (name === undefined) return undefined;
    return { kind: id ? 'request' : 'notification', method: name, id, result: undefined, error: undefined };
  }
  if (!result && !error) return undefined;
  return { kind: 'response', method: '', id, result, error };
}

/** @returns the string that a span holds. */
export function textOf(bytes: Buffer, span: Span): string | undefined {
  const value = jsonAt(bytes, span);
  return typeof value === 'string' ? value : undefined;
}

/** @returns the value that a span holds; undefined if it is no JSON. Not for what may be large. */
export function jsonAt(bytes: Buffer, { start, end }: Span): unknown {
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    return undefined;
  }
}

/** @returns the value at a path of a message; undefined if it is not there, or there twice. */
export function spanAt(bytes: Buffer, path: readonly string[], within?: Span): Span | undefined {
  try {
    return memberAt(bytes, path, within);
  } catch (error) {
    if (error instanceof MembersError) return undefined;
    throw error;
  }
}

/** @param id null where it is not known. */
export function errorMessage(id: Id | null, code: number, message: string, data?: unknown): Buffer {
  const error = data === undefined ? { code, message } : { code, message, data };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error }));
}

export function resultMessage(id: Id, result: object): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result }));
}
