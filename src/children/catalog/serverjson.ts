/** Servers as registries have them: `server.json` documents, by the rules that the official registry judges by. */
import { isDeepStrictEqual } from 'node:util';
import type { Entry, EntryAuth } from '../../api/entry.ts';
import { printable } from '../../api/printable.ts';
import type { RegistryDocument, RegistryEntry } from '../../api/registrydocument.ts';
import { MOST_DESCRIPTION, MOST_TITLE, SERVER_SCHEMA, type ServerJson } from '../../api/serverjson.ts';
import { literal } from './clientservers.ts';

export interface RegistryOptions {
  /** Reverse DNS of whoever publishes, such as `com.example`: letters, digits, `-` and `.`, at most 100. */
  prefix: string;
  /**
   * `Public`: https addresses that everybody reaches, which is all that the official registry takes; a server without one is
   * left out. `All`: also those within the cluster, and by http, for readers that are there.
   */
  addresses: 'Public' | 'All';
}

/** As many of those that are gone are told of; the ones that went first are forgotten. */
const MOST_DELETED = 200;
const DELETED_FOR_MS = 30 * 24 * 60 * 60 * 1000;

const INPUT = { isRequired: true, isSecret: true } as const;
const HEADERS: Record<
  EntryAuth['type'],
  { name: string; value?: string; variable?: string; description: string }
> = {
  Bearer: { name: 'Authorization', value: 'Bearer {token}', variable: 'token', description: 'Token' },
  ApiKey: { name: 'x-api-key', description: 'API key' },
  Basic: {
    name: 'Authorization',
    value: 'Basic {credentials}',
    variable: 'credentials',
    description: 'USER:PASSWORD in base64',
  },
  Authorization: { name: 'Authorization', description: 'The whole value of the header' },
};

/** A server as it is to be published, without what depends on the time. */
export interface Unpublished {
  server: Omit<ServerJson, 'version'>;
  /** Its own version, as registries take it. */
  plain: string;
}

/** @returns those of the servers that have an address that is to be published, in order of their names. */
export function registryServers(entries: readonly Entry[], options: RegistryOptions): Unpublished[] {
  return entries
    .flatMap((entry) => {
      const remotes = remotesOf(entry, options);
      if (remotes.length === 0) return [];
      return { server: unversioned(entry, options, remotes), plain: plainVersion(entry.version) };
    })
    .sort((a, b) => (a.server.name < b.server.name ? -1 : 1));
}

/**
 * A version that is published does not change any more: whoever mirrors a registry has it for good. So a server whose
 * document changes gets another version, the later of the two, made of its own and the time of the change.
 * @param before what was published last; undefined where nothing is known of it.
 * @param now RFC 3339. It is only told where something has changed.
 * @returns what is published now, in order of the names.
 */
export function registryDocument(
  unpublished: readonly Unpublished[],
  before: RegistryDocument | undefined,
  now: string,
): RegistryDocument {
  const known = new Map(before?.servers.map((one) => [one.server.name, one]));
  const active = unpublished.map(({ server, plain }) =>
    published(server, plain, known.get(server.name), now),
  );
  const there = new Set(active.map(({ server }) => server.name));
  const gone = (before?.servers ?? []).filter(({ server }) => !there.has(server.name));
  const servers = [...active, ...deleted(gone, now)];
  return { servers: servers.sort((a, b) => (a.server.name < b.server.name ? -1 : 1)) };
}

/** @returns `PREFIX/NAMESPACE.NAME`, of a remote server `PREFIX/NAME`: neither has a dot. */
export function registryName({ namespace, name }: Pick<Entry, 'namespace' | 'name'>, prefix: string): string {
  if (namespace !== undefined) return `${prefix}/${namespace}.${name}`;
  // The registry refuses a single letter.
  return `${prefix}/${name.length === 1 ? `${name}_server` : name}`;
}

function unversioned(
  entry: Entry,
  { prefix }: RegistryOptions,
  remotes: ServerJson['remotes'],
): Unpublished['server'] {
  const where = entry.namespace === undefined ? '' : ` in namespace ${entry.namespace}`;
  const description = oneLine(entry.description, MOST_DESCRIPTION);
  const title = oneLine(entry.title, MOST_TITLE);
  return {
    $schema: SERVER_SCHEMA,
    name: registryName(entry, prefix),
    description: description || printable(`MCP server ${entry.name}${where}`, MOST_DESCRIPTION),
    ...(title && { title }),
    remotes,
  };
}

function oneLine(text: string | undefined, longest: number): string {
  return text === undefined ? '' : printable(text, longest);
}

function remotesOf(entry: Entry, { addresses }: RegistryOptions): ServerJson['remotes'] {
  const type = entry.transport === 'sse' ? 'sse' : 'streamable-http';
  const headers = entry.auth ? { headers: [headerOf(entry.auth)] } : {};
  // Of a remote server the one address is everybody's.
  const everybodys = entry.publicUrl ?? (entry.namespace === undefined ? entry.url : undefined);
  const urls = addresses === 'All' ? [everybodys, entry.url] : [everybodys].filter(isTaken);
  return [...new Set(urls)].flatMap((url) =>
    url === undefined ? [] : { type, url: literal(url), ...headers },
  );
}

/** Whether the official registry takes it: https, and not this machine. */
function isTaken(url: string | undefined): boolean {
  const { protocol, hostname = '' } = URL.parse(url ?? '') ?? {};
  return protocol === 'https:' && !/^(?:localhost|.*\.localhost|127\..*|\[::1\])$/.test(hostname);
}

function headerOf({ type }: EntryAuth) {
  const { name, value, variable, description } = HEADERS[type];
  if (variable === undefined) return { name, description, ...INPUT };
  return { name, value, variables: { [variable]: { description, ...INPUT } } };
}

const VERSION =
  /^v?(0|[1-9]\d{0,8})(?:\.(0|[1-9]\d{0,8}))?(?:\.(0|[1-9]\d{0,8}))?(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+.*)?$/;

/** @returns `MAJOR.MINOR.PATCH` and what stands behind a dash; 0.0.0 for what is no such version. */
function plainVersion(version = ''): string {
  const [, major, minor = '0', patch = '0', pre = ''] = VERSION.exec(version.slice(0, 128)) ?? [];
  // A registry takes `1.2.3-x` for a range.
  const told = /[xX*]/.test(pre) ? '' : pre;
  return major === undefined ? '0.0.0' : `${major}.${minor}.${patch}${told}`;
}

function published(
  server: Unpublished['server'],
  plain: string,
  before: RegistryEntry | undefined,
  now: string,
): RegistryEntry {
  if (before?.status === 'active' && isOf(before.server.version, plain) && isSame(before.server, server)) {
    return before;
  }
  const at = later(now, before?.updatedAt);
  const version = `${plain}${plain.includes('-') ? '.' : '-'}${at.replace(/\D/g, '').slice(0, 14)}`;
  const { remotes, ...rest } = server;
  return { server: { ...rest, version, remotes }, status: 'active', publishedAt: at, updatedAt: at };
}

/** Whether a version was made of this one. */
function isOf(version: string, plain: string): boolean {
  return /^[-.]\d{14}$/.test(version.slice(plain.length)) && version.startsWith(plain);
}

function isSame({ version: _, ...before }: ServerJson, server: Unpublished['server']): boolean {
  return isDeepStrictEqual(before, server);
}

/** @returns now, or the second after: a clock that is behind must not make a version that is older than the last. */
function later(now: string, before: string | undefined): string {
  const after = before === undefined ? 0 : Date.parse(before) + 1000;
  return `${new Date(Math.max(Date.parse(now), after)).toISOString().slice(0, 19)}Z`;
}

const order = ({ updatedAt, server }: RegistryEntry) => `${updatedAt} ${server.name}`;

function deleted(gone: readonly RegistryEntry[], now: string): RegistryEntry[] {
  const since = Date.parse(now) - DELETED_FOR_MS;
  return gone
    .map(
      (one): RegistryEntry =>
        one.status === 'deleted' ? one : { ...one, status: 'deleted', updatedAt: later(now, one.updatedAt) },
    )
    .filter(({ updatedAt }) => Date.parse(updatedAt) > since)
    .sort((a, b) => (order(a) > order(b) ? -1 : 1))
    .slice(0, MOST_DELETED);
}
