/** What the API server stores of a manifest. What else one says, dynamic apply would send again at every sync. */

/** Maps that a user fills, with keys of any name. */
const MAPS: ReadonlySet<string> = new Set([
  'annotations',
  'data',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'requests',
  'volumeAttributes',
]);
/** Lists in whose entries the API server asks for a value, if an empty one. */
const KEPT: ReadonlySet<string> = new Set(['httpHeaders']);
/** Fields of pods in which an empty text, or false, is as good as none. */
const ZEROES: ReadonlySet<string> = new Set(['audience', 'medium', 'readOnly', 'value']);

/** @returns the value without empty lists, without such maps and fields that are empty. */
export function stored<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => stored(one)) as T;
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (!isNothing(name, field)) fields[name] = MAPS.has(name) || KEPT.has(name) ? field : stored(field);
  }
  return fields as T;
}

function isNothing(name: string, field: unknown): boolean {
  if (Array.isArray(field)) return field.length === 0;
  if (MAPS.has(name)) return Object.keys(field ?? {}).length === 0;
  return ZEROES.has(name) && !field;
}
