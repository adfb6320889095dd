/** The messages of JSON-RPC 2.0 as MCP uses them, and the errors that the bridge itself answers. */
import { isUtf8 } from 'node:buffer';
import { checkJson, JsonError } from './json.ts';
import {
  elementsOf,
  MembersError,
  memberAt,
  membersOf,
  OPEN_BRACE,
  OPEN_BRACKET,
  pastSpace,
  type Span,
} from './members.ts';
import { MOST_ID_BYTES, type Params, paramsOf } from './params.ts';
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

/** Where a message of a subscription says which. */
export const SUBSCRIPTION = ['params', '_meta', 'io.modelcontextprotocol/subscriptionId'] as const;

export type { Params };
export type Id = string | number;

/** A message of a client's, understood, and its bytes on one line. */
export interface Incoming {
  kind: 'request' | 'notification' | 'response';
  /** Empty for a response. */
  method: string;
  /** Undefined for a notification. */
  id: Id | undefined;
  /** Those that the bridge reads. */
  params: Params;
  bytes: Buffer;
}

const NOTIFICATIONS = 'notifications/';
/** Of one body. */
const MOST_IN_BATCH = 100;

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
  // What is no UTF-8 would be forwarded as it is, and end a child that reads strictly.
  if (!isUtf8(body)) throw new MessageError(CODES.parse, 'Parse error: the body is not UTF-8');
  try {
    checkJson(body);
    if (body[pastSpace(body, 0)] !== OPEN_BRACKET) return { messages: [messageOf(body)], batch: false };
    const messages = elementsOf(body, MOST_IN_BATCH).map(({ start, end }) =>
      messageOf(body.subarray(start, end)),
    );
    if (messages.length === 0) throw invalid('an empty batch');
    return { messages, batch: true };
  } catch (error) {
    if (error instanceof JsonError) throw new MessageError(CODES.parse, `Parse error: ${error.message}`);
    if (error instanceof MembersError) throw invalid(error.message);
    throw error;
  }
}

const ENVELOPE = ['jsonrpc', 'id', 'method', 'params', 'result', 'error'] as const;

/** @param bytes are JSON. @throws MessageError or MembersError */
function messageOf(bytes: Buffer): Incoming {
  if (bytes[pastSpace(bytes, 0)] !== OPEN_BRACE) throw invalid('not a JSON-RPC 2.0 message');
  const [version, ...spans] = membersOf(bytes, 0, ENVELOPE, true);
  if (!version || shortAt(bytes, version, 'jsonrpc') !== '2.0') throw invalid('not a JSON-RPC 2.0 message');
  const [idAt, methodAt, paramsAt, result, error] = spans;
  const id = idAt && shortAt(bytes, idAt, 'the id');
  if (idAt && !(typeof id === 'string' || Number.isSafeInteger(id))) {
    throw invalid('the id is neither a string nor an integer');
  }
  if (paramsAt && bytes[paramsAt.start] !== OPEN_BRACE) throw invalid('params are not an object');
  const method = methodAt && shortAt(bytes, methodAt, 'the method');
  const params = paramsAt ? paramsOf(bytes, paramsAt, String(method)) : {};
  const common = { params, id: id as Id | undefined, bytes: oneLine(bytes) };
  if (typeof method === 'string') {
    if (!idAt) return { kind: 'notification', method, ...common };
    if (!method.startsWith(NOTIFICATIONS)) return { kind: 'request', method, ...common };
    throw invalid(`${wordsOf(method, 100)} is a notification, and has no id`);
  }
  if (!methodAt && idAt && !result !== !error) return { kind: 'response', method: '', ...common };
  throw invalid('neither a request, nor a notification, nor a response');
}

/** @returns the value of what is kept until the answer. */
function shortAt(bytes: Buffer, span: Span, what: string): unknown {
  if (span.end - span.start > MOST_ID_BYTES) throw invalid(`${what} is longer than ${MOST_ID_BYTES} bytes`);
  return jsonAt(bytes, span);
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
