/**
 * What a browser wants to hear before a page of another host may call and read the answer. https://fetch.spec.whatwg.org/#http-cors-protocol
 */
import type { IncomingHttpHeaders } from 'node:http';
import { hostnameOf } from './guard.ts';

const METHODS = 'GET, POST, DELETE';
/** Where no list says so, no browser is told anything: that a page is of this machine is not enough to read answers. */
const NOTHING: Readonly<Record<string, string>> = {};

/**
 * @param allowed hosts of pages; `*` is any.
 * @returns the headers for every answer to a request that may be asked; empty where no page of another host asks.
 */
export function corsOf(
  allowed: readonly string[],
): (headers: IncomingHttpHeaders) => Readonly<Record<string, string>> {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  const all = names.has('*');
  return ({ origin }) => {
    if (origin === undefined || !(all || names.has(hostnameOf(origin)))) return NOTHING;
    return {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'Mcp-Session-Id, Retry-After',
      vary: 'Origin',
    };
  };
}

/** @returns the headers for a browser that asks whether it may ask; undefined if that is not the question. */
export function preflightOf(
  method: string | undefined,
  headers: IncomingHttpHeaders,
): Record<string, string> | undefined {
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined;
  // Which headers clients send is theirs to say: MCP has some for each parameter.
  const asked = headers['access-control-request-headers'];
  return {
    'access-control-allow-methods': METHODS,
    ...(asked !== undefined && { 'access-control-allow-headers': asked }),
    'access-control-max-age': '3600',
  };
}
