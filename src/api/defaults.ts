/**
 * The defaults that the schema declares, filled in as the API server does for a CRD: only where the parent is there.
 * A null counts as absent: the API server drops it from every field and map, though not from lists.
 */
import type { TSchema } from '@sinclair/typebox';
import { findSites, visitSites } from './sites.ts';

/** @returns a function that gives a value with its defaults: the value itself where nothing changes, else a copy. */
export function defaulter(schema: TSchema): <T>(value: T) => T {
  /** Every map of the schema, with the defaults of its fields. */
  const maps = findSites(schema, (at) =>
    at.properties === undefined
      ? undefined
      : Object.entries(at.properties as Record<string, TSchema>)
          .filter(([, field]) => field.default !== undefined)
          .map(([name, field]): [string, unknown] => [name, field.default]),
  );

  const fill = (value: unknown, change: boolean): boolean => {
    let differs = false;
    visitSites(value, maps, (at, defaults) => {
      if (typeof at !== 'object' || Array.isArray(at)) return;
      const map = at as Record<string, unknown>;
      for (const name of Object.keys(map)) {
        if (map[name] !== null) continue;
        differs = true;
        if (change) delete map[name];
      }
      for (const [name, preset] of defaults) {
        if (map[name] !== undefined) continue;
        differs = true;
        if (change) map[name] = structuredClone(preset);
      }
    });
    return differs;
  };

  return (value) => {
    if (!fill(value, false)) return value;
    const copy = structuredClone(value);
    fill(copy, true);
    return copy;
  };
}
