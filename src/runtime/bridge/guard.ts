/**
 * Who may ask: a web page that reaches the bridge under a name of its own (DNS rebinding) may not, as MCP wants it of every
 * server. https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { wordsOf } from './words.ts';

const LOCAL = ['localhost', '127.0.0.1', '[::1]'];
const MOST_CHARACTERS = 100;

/**
 * @param host that the bridge listens at: on loopback alone it is a laptop's, and `Host` is looked at. In a cluster a server has
 * many names, and `Host` is looked at only where `allowed` says which. `Origin`, which browsers send, is looked at always.
 * @returns why a request is refused with 403; undefined if it is not.
 */
export function guardOf(
  host: string,
  allowed: readonly string[],
): (headers: IncomingHttpHeaders) => string | undefined {
  const names = new Set([...LOCAL, ...allowed.map((name) => name.toLowerCase())]);
  const all = names.has('*');
  const looksAtHost = !all && (isLoopback(host) || allowed.length > 0);
  // Clients say the same in every request.
  let last: string | undefined;
  return ({ host: given, origin }) => {
    if (looksAtHost && (given === undefined || given !== last)) {
      if (!names.has(hostnameOf(`http://${given}`))) {
        return `Host ${wordsOf(String(given), MOST_CHARACTERS)} is not allowed: name it in --allowed-hosts`;
      }
      last = given;
    }
    if (origin !== undefined && !all && !names.has(hostnameOf(origin))) {
      return `Origin ${wordsOf(origin, MOST_CHARACTERS)} is not allowed: name its host in --allowed-hosts`;
    }
    return undefined;
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** @returns empty for what is no URL with a host. */
export function hostnameOf(url: string): string {
  return URL.parse(url)?.hostname.toLowerCase() ?? '';
}
