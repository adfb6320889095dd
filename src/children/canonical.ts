/** One form for equal manifests, so that the same request gives the same bytes whatever the order of its maps. */
import { hash } from 'node:crypto';

/**
 * @returns the value with the keys of every map sorted and absent fields (undefined) left out. What is in this form
 *   already, as everything is that the API server sends, is returned itself and not copied.
 */
export function canonical<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  return (Array.isArray(value) ? canonicalList(value) : canonicalMap(value as Record<string, unknown>)) as T;
}

function canonicalList(list: unknown[]): unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = canonical(list[index]);
    if (item === list[index]) continue;
    copy ??= list.slice();
    copy[index] = item;
  }
  return copy ?? list;
}

function canonicalMap(map: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(map);
  let same = true;
  for (let index = 1; same && index < keys.length; index++) same = keys[index - 1]! < keys[index]!;
  if (!same) keys.sort();
  const sorted: Record<string, unknown> = {};
  for (const key of keys) {
    const field = map[key];
    const form = canonical(field);
    if (form !== field || form === undefined) same = false;
    if (form !== undefined) put(sorted, key, form);
  }
  return same ? map : sorted;
}

/** A Secret may have a key `__proto__`, which an assignment would take for the prototype. */
function put(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') map[key] = value;
  else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

/** @returns 16 hexadecimal digits that stand for a value in canonical form. */
export function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'hex').slice(0, 16);
}
