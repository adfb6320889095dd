/** One form for equal manifests, so that the same request gives the same bytes whatever the order of its maps. */
import { createHash } from 'node:crypto';

/** @returns the value with the keys of every map sorted and absent fields (undefined) left out. */
export function canonical<T>(value: T): T {
  if (Array.isArray(value)) return value.map(canonical) as T;
  if (typeof value !== 'object' || value === null) return value;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) {
    const field = (value as Record<string, unknown>)[key];
    if (field !== undefined) sorted[key] = canonical(field);
  }
  return sorted as T;
}

/** @returns 16 hexadecimal digits that stand for a value in canonical form. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
