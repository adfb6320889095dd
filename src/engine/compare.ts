/**
 * Whether applying a manifest would change anything, told from the object and its managed fields alone, so that it
 * holds after a restart too. Nothing would where
 * - every field of the manifest is there with the same value, and ours;
 * - every field that is ours is in the manifest, for what it no longer names would be removed.
 * What others have added beside our fields is theirs.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FieldSet, StoredObject } from './client.ts';

type Fields = Record<string, unknown>;

/** One thing that applying would change: by an absent value, that a field is to be added or removed. */
export interface Difference {
  path: string;
  desired: unknown;
  observed: unknown;
}

/**
 * @param desired the manifest.
 * @param manager the field manager that applies it.
 * @returns what applying would change; empty where it would change nothing.
 */
export function differences(desired: object, observed: StoredObject, manager: string): Difference[] {
  const { apiVersion, kind: _, metadata, ...rest } = desired as Fields;
  const { name: _name, namespace: _namespace, ...described } = (metadata ?? {}) as Fields;
  const managed = observed.metadata.managedFields?.find(
    (entry) => entry.manager === manager && entry.operation === 'Apply' && !entry.subresource,
  );
  if (!managed?.fieldsV1 || managed.apiVersion !== apiVersion) {
    return [{ path: 'metadata.managedFields', desired: manager, observed: undefined }];
  }
  const fields = isEmpty(described) ? rest : { ...rest, metadata: described };
  return [...compareMaps(fields, observed as unknown as Fields, managed.fieldsV1, '')];
}

function* compare(
  desired: unknown,
  observed: unknown,
  owned: FieldSet,
  path: string,
): Generator<Difference, void> {
  if (isLeaf(owned)) {
    // A scalar, or a map or list that the API server replaces whole. A default of its own in there looks like a change.
    if (!isDeepStrictEqual(plain(desired), observed)) yield { path, desired, observed };
  } else if (Array.isArray(desired) && Array.isArray(observed)) {
    const isSet = Object.keys(owned).some((entry) => entry.startsWith('v:'));
    yield* (isSet ? compareSets : compareItems)(desired, observed, owned, path);
  } else if (isMap(desired) && isMap(observed)) yield* compareMaps(desired, observed, owned, path);
  else yield { path, desired, observed };
}

function* compareMaps(
  desired: Fields,
  observed: Fields,
  owned: FieldSet,
  path: string,
): Generator<Difference, void> {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  const fieldOf = (name: string) => (Object.hasOwn(observed, name) ? observed[name] : undefined);
  for (const [name, value] of Object.entries(desired)) {
    if (value === undefined) continue;
    const ours = owned[`f:${name}`];
    if (ours && Object.hasOwn(observed, name)) yield* compare(value, observed[name], ours, at(name));
    else yield { path: at(name), desired: value, observed: fieldOf(name) };
  }
  for (const entry of Object.keys(owned)) {
    const name = entry.slice(2);
    if (!entry.startsWith('f:') || (Object.hasOwn(desired, name) && desired[name] !== undefined)) continue;
    yield { path: at(name), desired: undefined, observed: fieldOf(name) };
  }
}

/** Lists whose items have keys: others may have items of their own in between, the order of ours counts. */
function* compareItems(
  desired: unknown[],
  observed: unknown[],
  owned: FieldSet,
  path: string,
): Generator<Difference, void> {
  const entries = Object.keys(owned).filter((entry) => entry.startsWith('k:'));
  const unmatched = new Map(entries.map((entry) => [entry, JSON.parse(entry.slice(2)) as Fields]));
  let last = -1;
  for (const [index, item] of desired.entries()) {
    const at = `${path}[${index}]`;
    const [entry, keys] =
      [...unmatched].find(([, candidate]) => isMap(item) && hasKeys(item, candidate)) ?? [];
    const position = keys ? observed.findIndex((other) => isMap(other) && hasKeys(other, keys)) : -1;
    if (entry) unmatched.delete(entry);
    if (entry && position > last) {
      last = position;
      yield* compare(item, observed[position], owned[entry]!, at);
    } else yield { path: at, desired: item, observed };
  }
  if (unmatched.size > 0) yield { path, desired, observed };
}

function* compareSets(
  desired: unknown[],
  observed: unknown[],
  owned: FieldSet,
  path: string,
): Generator<Difference, void> {
  const wanted = new Set(desired.map((value) => `v:${JSON.stringify(value)}`));
  const ours = Object.keys(owned).filter((entry) => entry.startsWith('v:'));
  const same = ours.length === wanted.size && ours.every((entry) => wanted.has(entry));
  if (!same || !desired.every((value) => observed.includes(value))) yield { path, desired, observed };
}

/** A key that the manifest leaves out is one that the API server fills in, such as a port's protocol. */
function hasKeys(item: Fields, keys: Fields): boolean {
  return Object.entries(keys).every(([name, value]) => item[name] === undefined || item[name] === value);
}

function isLeaf(owned: FieldSet): boolean {
  return Object.keys(owned).every((entry) => entry === '.');
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return isMap(value) && Object.values(value).every((field) => field === undefined);
}

/** Without fields that are undefined, as JSON has it. */
function plain(value: unknown): unknown {
  return typeof value === 'object' ? JSON.parse(JSON.stringify(value)) : value;
}
