/**
 * What every request of MCP 2026-07-28 has to carry: its envelope in `_meta`, and the headers that mirror its body. The checks
 * and their order are those of the official SDK; https://modelcontextprotocol.io/specification/2026-07-28/basic/transports
 */
import type { IncomingHttpHeaders } from 'node:http';
import { MODERN } from './handshake.ts';
import { CODES, type Incoming, isObject, type Params } from './jsonrpc.ts';
import { CLIENT_CAPABILITIES, CLIENT_INFO, LOG_LEVEL, PROTOCOL_VERSION } from './meta.ts';
import { NAMED_BY } from './methods.ts';

export interface Refusal {
  /** Of HTTP. */
  status: number;
  code: number;
  message: string;
  data?: unknown;
}

/** @returns whether a message claims to be of 2026-07-28 or newer, rightly or not. */
export function claimsModern({ params, method }: Incoming, headers: IncomingHttpHeaders): boolean {
  const meta = metaOf(params);
  if (meta && PROTOCOL_VERSION in meta) return true;
  return method !== '' && isModern(headerOf(headers, 'mcp-protocol-version'));
}

/** @returns what is wrong with a request's envelope and headers. */
export function refusalOf({ method, params }: Incoming, headers: IncomingHttpHeaders): Refusal | undefined {
  const meta = metaOf(params) ?? {};
  const version = headerOf(headers, 'mcp-protocol-version');
  const missing = [PROTOCOL_VERSION, CLIENT_CAPABILITIES].filter((key) => !(key in meta));
  if (missing.length > 0) return invalid(`params._meta lacks ${missing.join(' and ')}`, { missing });
  const claimed = meta[PROTOCOL_VERSION];
  if (typeof claimed !== 'string') return invalid(`params._meta: ${PROTOCOL_VERSION} is not a string`);
  if (!isObject(meta[CLIENT_CAPABILITIES]))
    return invalid(`params._meta: ${CLIENT_CAPABILITIES} is not an object`);
  if (CLIENT_INFO in meta && !isObject(meta[CLIENT_INFO])) {
    return invalid(`params._meta: ${CLIENT_INFO} is not an object`);
  }
  if (LOG_LEVEL in meta && typeof meta[LOG_LEVEL] !== 'string') {
    return invalid(`params._meta: ${LOG_LEVEL} is not a string`);
  }
  if (version !== claimed) return mismatch('MCP-Protocol-Version', version, claimed);
  if (claimed !== MODERN) {
    const data = { supported: [MODERN], requested: claimed };
    const message = `Unsupported protocol version: ${claimed}`;
    return { status: 400, code: CODES.unsupportedVersion, message, data };
  }
  if (headerOf(headers, 'mcp-method') !== method) {
    return mismatch('Mcp-Method', headerOf(headers, 'mcp-method'), method);
  }
  const name = Object.hasOwn(NAMED_BY, method) ? params[NAMED_BY[method]!] : undefined;
  if (typeof name !== 'string') return undefined;
  const header = headerOf(headers, 'mcp-name');
  return header !== undefined && decoded(header) === name ? undefined : mismatch('Mcp-Name', header, name);
}

/** @returns whether a request wants to hear what the server logs on its behalf. */
export function wantsLogs({ params }: Incoming): boolean {
  return metaOf(params)?.[LOG_LEVEL] !== undefined;
}

function metaOf(params: Params): Params | undefined {
  return isObject(params._meta) ? params._meta : undefined;
}

/** Revisions are dates; what is no date was never one of the old ones. */
function isModern(version: string | undefined): boolean {
  return version !== undefined && version >= MODERN;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}

const BASE64 = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/;

/** @returns a value as it was before it was made fit for a header. */
function decoded(header: string): string {
  const [, encoded] = BASE64.exec(header) ?? [];
  return encoded === undefined ? header : Buffer.from(encoded, 'base64').toString('utf8');
}

function invalid(message: string, envelope?: unknown): Refusal {
  const data = envelope === undefined ? {} : { data: { envelope } };
  return { status: 400, code: CODES.invalidParams, message: `Invalid params: ${message}`, ...data };
}

function mismatch(header: string, given: string | undefined, expected: string): Refusal {
  const data = { mismatch: { header: given ?? '(missing)', body: expected } };
  const message = `Header mismatch: ${header} is ${given === undefined ? 'missing' : 'not what the body says'}`;
  return { status: 400, code: CODES.headerMismatch, message, data };
}
