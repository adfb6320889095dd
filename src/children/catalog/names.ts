/**
 * What LiteLLM calls a server. Its names take less than those of Kubernetes, so two servers may want one: then the older has
 * it for ever, and the other is left out and told so. Nobody is renamed behind their back, for tools are called by these
 * names and grants are given to them.
 */
import type { Entry } from '../../api/entry.ts';

/** What LiteLLM takes in its file and over its API alike, and carries into the names of tools and into URLs as it is. */
export const LITELLM_NAME = /^[A-Za-z0-9_.]+$/;

/** @returns the name in LiteLLM: namespace and name, of a remote server the name alone, with `_` for what LiteLLM refuses. */
export function liteLLMName({ namespace, name }: Pick<Entry, 'namespace' | 'name'>): string {
  const whole = namespace === undefined ? name : `${namespace}_${name}`;
  return whole.replace(/[^A-Za-z0-9_.]+/g, '_');
}

/**
 * By this id grants hold: it stays as long as namespace and name do, whatever else changes. It has no `/`, for LiteLLM finds no
 * such row again; and it has dots, as no name of ours has, for LiteLLM takes no id that is the name of another server.
 *
 * @param owner the namespace of the catalog.
 */
export function serverId(owner: string, { namespace, name }: Pick<Entry, 'namespace' | 'name'>): string {
  return namespace === undefined ? `remote.${owner}.${name}` : `k8s.${owner}.${namespace}.${name}`;
}

/** @returns how a sentence, a label or a document calls the server behind an entry: `NAMESPACE/NAME`, or `servers/NAME`. */
export function sourceOf({ namespace, name }: Pick<Entry, 'namespace' | 'name'>): string {
  return `${namespace ?? 'servers'}/${name}`;
}

/** @returns the environment variable in which LiteLLM finds the credential of a remote server. */
export function credentialVariable({ name }: Pick<Entry, 'name'>): string {
  return `MCP_AUTH_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

export interface Named {
  entry: Entry;
  /** In LiteLLM. */
  name: string;
}

export interface NameConflict {
  entry: Entry;
  /** The name that it wants. */
  name: string;
  /** Who has it. */
  holder: Entry;
}

/**
 * @param entries in any order.
 * @returns each entry with its name, by source, and those whose name another has. LiteLLM compares names without case.
 */
export function namesOf(entries: readonly Entry[]): { named: Named[]; conflicts: NameConflict[] } {
  const holders = new Map<string, Entry>();
  const conflicts: NameConflict[] = [];
  const named: Named[] = [];
  for (const entry of [...entries].sort(bySeniority)) {
    const name = liteLLMName(entry);
    const holder = holders.get(name.toLowerCase());
    if (holder) conflicts.push({ entry, name, holder });
    else {
      holders.set(name.toLowerCase(), entry);
      named.push({ entry, name });
    }
  }
  return { named: named.sort((a, b) => bySource(a.entry, b.entry)), conflicts };
}

/** The one that was created first; a remote server has no such time and comes last, for its author can give it another name. */
function bySeniority(one: Entry, other: Entry): number {
  if (one.created !== other.created) {
    if (one.created === undefined || other.created === undefined) return one.created === undefined ? 1 : -1;
    return one.created < other.created ? -1 : 1;
  }
  return bySource(one, other);
}

/** The order of every document: by namespace and name, remote servers first. */
export function bySource(one: Entry, other: Entry): number {
  const [a, b] = [one.namespace ?? '', other.namespace ?? ''];
  if (a !== b) return a < b ? -1 : 1;
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}
