/** What the files of all MCP clients have in common: under which key a server stands there, where it is, and what it asks for. */
import { hash } from 'node:crypto';
import type { Entry, EntryAuth } from '../../api/entry.ts';

/** A header whose value every user has of their own: a file names where it comes from and never has it. */
export interface ClientHeader {
  name: string;
  /** What stands before the value, as `Bearer `. */
  prefix: string;
  /** What the value is, for people. */
  what: string;
  /** The environment variable that holds the value, without the prefix. */
  variable: string;
}

export interface ClientServer {
  /** Letters, digits, `_` and `-`: what Claude Code takes everywhere. */
  key: string;
  url: string;
  transport: Entry['transport'];
  headers: ClientHeader[];
}

/** Claude Code does not load a server of this name. */
const RESERVED = 'workspace';

const AUTH: Record<EntryAuth['type'], { name: string; prefix: string; what: string; suffix: string }> = {
  Bearer: { name: 'Authorization', prefix: 'Bearer ', what: 'token', suffix: 'TOKEN' },
  ApiKey: { name: 'x-api-key', prefix: '', what: 'API key', suffix: 'API_KEY' },
  Basic: { name: 'Authorization', prefix: 'Basic ', what: 'USER:PASSWORD in base64', suffix: 'BASIC' },
  Authorization: { name: 'Authorization', prefix: '', what: 'credentials', suffix: 'AUTHORIZATION' },
};

/** @returns the servers in the order of their keys, whatever that of the entries is. */
export function clientServers(entries: readonly Entry[]): ClientServer[] {
  return entries
    .map((entry) => {
      const key = clientKey(entry);
      const { name, prefix, what, suffix } = AUTH[entry.auth?.type ?? 'Bearer'];
      const variable = clientVariable(key, suffix);
      return {
        key,
        url: literal(entry.publicUrl ?? entry.url),
        transport: entry.transport,
        headers: entry.auth ? [{ name, prefix, what, variable }] : [],
      };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** @returns `NAMESPACE_NAME`, which no other server has, for neither of them has a `_`; of a remote server its name. */
export function clientKey({ namespace, name }: Pick<Entry, 'namespace' | 'name'>): string {
  if (namespace !== undefined) return `${namespace}_${name}`;
  return name === RESERVED ? `${name}_` : name;
}

/**
 * @param suffix upper-case words, `_` between them.
 * @returns the name of a variable that no other server's value is read from: a token must not go to somebody else's server.
 */
export function clientVariable(key: string, suffix: string): string {
  const word = (text: string) => text.replace(/[^A-Za-z0-9_]/g, '_').toUpperCase();
  const words = key.split('_').map(word).join('__');
  // Where two dashes stand for themselves, `a--b` would be `a_b`.
  const told = /--|__|[A-Z]/.test(key)
    ? `${words}_${hash('sha256', key, 'hex').slice(0, 8).toUpperCase()}`
    : words;
  const variable = `${told}_${word(suffix)}`;
  return /^\d/.test(variable) ? `_${variable}` : variable;
}

/**
 * @returns the URL with nothing in it that a client would replace by a variable of its user's: `${VAR}` in a URL that
 *   somebody else wrote would send them the user's secrets.
 */
export function literal(url: string): string {
  const escapes: Record<string, string> = { $: '%24', '{': '%7B', '}': '%7D' };
  return url.replace(/[${}]/g, (character) => escapes[character]!);
}

/** @returns `headers` of a remote entry; nothing where there are none. */
export function remoteHeaders(
  headers: readonly ClientHeader[],
  placeholder: (header: ClientHeader) => string,
): { headers?: Record<string, string> } {
  if (headers.length === 0) return {};
  return {
    headers: Object.fromEntries(headers.map((header) => [header.name, header.prefix + placeholder(header)])),
  };
}

/** @returns the entries of a file by their keys. */
export function byKey<T>(
  servers: readonly ClientServer[],
  entry: (server: ClientServer) => T,
): Record<string, T> {
  return Object.fromEntries(servers.map((server) => [server.key, entry(server)]));
}
