/** What is asked of a registry, and what it answers: the list API v0.1 of the MCP registry, as far as it is read. */
import type { RegistryEntry } from '../../api/registrydocument.ts';

/** What a request is refused with. */
export class Refused extends Error {
  /** Of HTTP. */
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Query {
  cursor?: string;
  limit: number;
  search: string;
  /** In milliseconds. */
  updatedSince?: number;
  /** An exact one; undefined is the latest, and there is no other. */
  version?: string;
  includeDeleted: boolean;
}

const DEFAULT_LIMIT = 30;
const MOST_LIMIT = 100;
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const OFFICIAL = 'io.modelcontextprotocol.registry/official';

/** @throws Refused */
export function queryOf(given: URLSearchParams): Query {
  const limit = given.get('limit') ?? String(DEFAULT_LIMIT);
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > MOST_LIMIT) {
    throw new Refused(422, `limit must be a whole number from 1 to ${MOST_LIMIT}`);
  }
  const since = given.get('updated_since');
  const updatedSince = since === null || since === '' ? undefined : timeOf(since);
  const version = given.get('version') || 'latest';
  const cursor = nameOf(given.get('cursor') ?? '');
  return {
    limit: Number(limit),
    search: (given.get('search') ?? '').toLowerCase(),
    includeDeleted: deletedToo(given, updatedSince !== undefined),
    ...(cursor !== undefined && { cursor }),
    ...(updatedSince !== undefined && { updatedSince }),
    ...(version !== 'latest' && { version }),
  };
}

/** Whoever asks for changes has to hear of what is gone. */
function deletedToo(given: URLSearchParams, since: boolean): boolean {
  const asked = includeDeleted(given);
  if (since && asked === false) {
    throw new Refused(
      400,
      'include_deleted=false and updated_since exclude each other: changes are also what is gone',
    );
  }
  return since || asked === true;
}

/** @throws Refused */
export function includeDeleted(given: URLSearchParams): boolean | undefined {
  const asked = given.get('include_deleted');
  if (asked === null) return undefined;
  if (asked !== 'true' && asked !== 'false') throw new Refused(422, 'include_deleted must be true or false');
  return asked === 'true';
}

function timeOf(text: string): number {
  const time = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new Refused(400, 'updated_since must be a time of RFC 3339, such as 2026-08-07T13:15:04Z');
  return time;
}

interface Listed {
  name: string;
  lowerCaseName: string;
  version: string;
  deleted: boolean;
  updated: number;
  /** As it is sent. */
  json: string;
}

/** All servers, each of one version. */
export class List {
  readonly #listed: Listed[];
  readonly #byName: Map<string, Listed>;

  /** @param entries of two of one name, as there may be while one file is new and another is not, the later counts. */
  constructor(entries: readonly RegistryEntry[]) {
    const inTime = entries.toSorted((a, b) => Date.parse(a.updatedAt) - Date.parse(b.updatedAt));
    this.#byName = new Map(inTime.map((entry) => [entry.server.name, listed(entry)]));
    this.#listed = [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get size(): number {
    return this.#listed.length;
  }

  /** @returns one page, as JSON. */
  page({ cursor, limit, search, updatedSince, version, includeDeleted }: Query): string {
    const found: Listed[] = [];
    for (let index = this.#behind(cursor); index < this.#listed.length && found.length <= limit; index++) {
      const one = this.#listed[index]!;
      if (one.deleted && !includeDeleted) continue;
      if (updatedSince !== undefined && one.updated < updatedSince) continue;
      if (version !== undefined && one.version !== version) continue;
      if (one.lowerCaseName.includes(search)) found.push(one);
    }
    const page = found.slice(0, limit);
    return body(page, found.length > limit ? page.at(-1)!.name : undefined);
  }

  /** @returns all versions of a server, which is one, as JSON; undefined where there is no such server. */
  versions(name: string, deletedToo: boolean): string | undefined {
    const one = this.#of(name, deletedToo);
    return one && body([one]);
  }

  /** @param version an exact one, or `latest`. */
  version(name: string, version: string, deletedToo: boolean): string | undefined {
    const one = this.#of(name, deletedToo);
    return one && (version === 'latest' || version === one.version) ? one.json : undefined;
  }

  #of(name: string, deletedToo: boolean): Listed | undefined {
    const one = this.#byName.get(name);
    return one && (deletedToo || !one.deleted) ? one : undefined;
  }

  /** The place behind a name, which may be gone by now. */
  #behind(name: string | undefined): number {
    if (name === undefined) return 0;
    let [low, high] = [0, this.#listed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#listed[middle]!.name <= name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function listed({ server, status, publishedAt, updatedAt }: RegistryEntry): Listed {
  const official = { status, statusChangedAt: updatedAt, publishedAt, updatedAt, isLatest: true };
  return {
    name: server.name,
    lowerCaseName: server.name.toLowerCase(),
    version: server.version,
    deleted: status === 'deleted',
    updated: Date.parse(updatedAt),
    json: JSON.stringify({ server, _meta: { [OFFICIAL]: official } }),
  };
}

/** @param last the name that the next page begins behind. */
function body(page: readonly Listed[], last?: string): string {
  const metadata = { count: page.length, ...(last !== undefined && { nextCursor: cursorOf(last) }) };
  return `{"servers":[${page.map(({ json }) => json).join(',')}],"metadata":${JSON.stringify(metadata)}}`;
}

/** In letters that mean nothing in a URL: there are readers that put it into one as it is. */
function cursorOf(name: string): string {
  return Buffer.from(name).toString('base64url');
}

/** @returns undefined for what is no cursor of ours: that is the first page. */
function nameOf(cursor: string): string | undefined {
  const name = Buffer.from(cursor, 'base64url').toString();
  return /^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/.test(name) ? name : undefined;
}
