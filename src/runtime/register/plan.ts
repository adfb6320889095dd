/** What has to be written so that LiteLLM has the servers of a catalog: a comparison, without any call. */
import { MANAGED_BY, markOf, type Registration } from '../../api/registrations.ts';
import type { Fingerprint } from './credential.ts';

/** A server in LiteLLM's list, as an admin sees it. Other fields are whatever a release has. */
export interface Row {
  server_id: string;
  server_name?: string | null;
  alias?: string | null;
  /** It comes from LiteLLM's configuration file, and no call can change it. */
  is_config?: boolean;
  mcp_info?: Record<string, unknown> | null;
  [field: string]: unknown;
}

/** One call. */
export interface Write {
  kind: 'added' | 'changed' | 'removed';
  id: string;
  source: string;
  /** Of `POST` or `PUT`; none removes the entry. */
  body?: Record<string, unknown>;
  /** The fields for whose sake an entry is changed. */
  fields: string[];
}

export interface Conflict {
  source: string;
  message: string;
}

export interface Plan {
  /** In the order in which they have to be done: what is removed may have the name of what is added. */
  writes: Write[];
  /** Servers whose name or id somebody else has. */
  conflicts: Conflict[];
  /** Ids of the entries that are as they should be. */
  unchanged: string[];
  /** Whether there is an entry of this catalog. */
  isKnown: boolean;
  /** When the latest run began that wrote one of its entries, in milliseconds; 0 where none did. */
  lastRun: number;
}

/** A server with the value of its credential. */
export type Sent = Registration & { secret?: string };

export interface PlanOptions {
  catalog: string;
  /** When this run began, in milliseconds. */
  run: number;
  fingerprint: Fingerprint;
  /** Servers that are not to be written now, and whose entries are to stay. */
  held: ReadonlySet<string>;
}

export function planOf(wanted: readonly Sent[], rows: readonly Row[], options: PlanOptions): Plan {
  const { catalog, held } = options;
  const isMine = ({ mcp_info, is_config }: Row) =>
    !is_config && mcp_info?.managed_by === MANAGED_BY && mcp_info.catalog === catalog;
  const ours = new Map(rows.filter(isMine).map((row) => [row.server_id, row]));
  const foreign = rows.filter((row) => !isMine(row));
  const holders = new Map<string, Row>();
  for (const row of foreign)
    for (const name of [row.alias, row.server_name]) if (name) holders.set(name.toLowerCase(), row);
  const foreignIds = new Map(foreign.map((row) => [row.server_id, row]));

  const plan: Plan = {
    writes: [],
    conflicts: [],
    unchanged: [],
    isKnown: ours.size > 0,
    lastRun: lastRunOf(ours),
  };
  const ids = new Set(wanted.map(({ server }) => server.server_id));
  for (const [id, row] of ours)
    if (!ids.has(id)) plan.writes.push({ kind: 'removed', id, source: sourceOf(row), fields: [] });
  const added: Write[] = [];
  for (const one of wanted) {
    const { source, server } = one;
    const { server_id: id, server_name: name } = server;
    const sameId = foreignIds.get(id);
    const holder = sameId ?? holders.get(name.toLowerCase());
    if (holder)
      plan.conflicts.push({ source, message: conflictOf(sameId ? `id ${id}` : `name ${name}`, holder) });
    else if (held.has(source)) continue;
    else {
      const row = ours.get(id);
      const fields = row ? differences(one, row, options) : [];
      if (!row) added.push({ kind: 'added', id, source, body: bodyOf(one, options), fields });
      else if (fields.length === 0) plan.unchanged.push(id);
      else plan.writes.push({ kind: 'changed', id, source, body: bodyOf(one, options, row), fields });
    }
  }
  plan.writes.push(...added);
  return plan;
}

const sourceOf = ({ mcp_info, server_id }: Row) =>
  typeof mcp_info?.source === 'string' ? mcp_info.source : server_id;

function lastRunOf(ours: ReadonlyMap<string, Row>): number {
  const runs = [...ours.values()].map(({ mcp_info }) => mcp_info?.run);
  return runs.reduce((last: number, run) => (typeof run === 'number' && run > last ? run : last), 0);
}

function conflictOf(what: string, holder: Row): string {
  const { managed_by, catalog, source } = holder.mcp_info ?? {};
  const whose = holder.is_config
    ? `its configuration file (server_id ${holder.server_id})`
    : managed_by === MANAGED_BY
      ? `the catalog ${String(catalog)} for ${String(source)}`
      : `an entry that is not of this catalog (server_id ${holder.server_id})`;
  return `The ${what} is taken in LiteLLM by ${whose}`;
}

/** What an entry is, whoever is to change it: all that is not here stays as LiteLLM's admins set it. */
function fieldsOf({ server }: Sent): Record<string, unknown> {
  return {
    ...server,
    alias: server.server_name,
    description: server.description ?? null,
    auth_type: server.auth_type ?? null,
    // Who may use it is what the groups say.
    allow_all_keys: false,
  };
}

const marksOf = (
  { source, secret }: Sent,
  { catalog, fingerprint }: PlanOptions,
): Record<string, unknown> => ({
  ...markOf(catalog, source),
  ...(secret === undefined ? {} : { credential: fingerprint(secret) }),
});

/** LiteLLM fills these in where they are absent, by the fields of the same names: sent again they would stay as they are. */
const FILLED_IN = ['server_name', 'description'];
/** Keys of our mark that an entry may have from before. */
const OURS = ['managed_by', 'catalog', 'source', 'credential', 'run'];

function bodyOf(one: Sent, options: PlanOptions, row?: Row): Record<string, unknown> {
  // It is replaced whole; what others put there stays.
  const others = Object.entries(row?.mcp_info ?? {}).filter(
    ([key]) => !FILLED_IN.includes(key) && !OURS.includes(key),
  );
  return {
    ...fieldsOf(one),
    credentials: one.secret === undefined ? null : { auth_value: one.secret },
    mcp_info: { ...Object.fromEntries(others), ...marksOf(one, options), run: options.run },
  };
}

/** @returns the names of the fields in which an entry is not as it should be. What a release does not show is not compared. */
function differences(one: Sent, row: Row, options: PlanOptions): string[] {
  const fields = Object.entries(fieldsOf(one)).flatMap(([field, value]) =>
    field in row && !isSame(value, row[field]) ? [field] : [],
  );
  const mark = marksOf(one, options);
  if (mark.source !== row.mcp_info?.source) fields.push('mcp_info');
  if (mark.credential !== row.mcp_info?.credential) fields.push('credentials');
  return fields;
}

/** Absent, null, empty and false are one to LiteLLM, and the order of lists is none. */
function isSame(one: unknown, other: unknown): boolean {
  const [a, b] = [plain(one), plain(other)];
  return a === b;
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? '' : JSON.stringify([...value].sort());
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return value || '';
}
