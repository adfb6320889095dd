/**
 * The defaults that the schema declares, filled in as the API server does for a CRD: only where the parent is there.
 * A null counts as absent: the API server drops it from every field and map, though not from lists.
 */
import type { TSchema } from '@sinclair/typebox';
import { findSites, visitSite } from './sites.ts';

/** @returns a function that gives a value with its defaults: the value itself where nothing changes, else a copy. */
export function defaulter(schema: TSchema): <T>(value: T) => T {
  const maps = findSites(schema, (at) => at.properties !== undefined).map((site) => ({
    site,
    fields: Object.entries(site.schema.properties as Record<string, TSchema>),
    anyKey: site.schema.additionalProperties !== undefined,
  }));

  const fill = (value: unknown, change: boolean): boolean => {
    let differs = false;
    for (const { site, fields, anyKey } of maps) {
      visitSite(value, site.steps, (at) => {
        if (typeof at !== 'object' || Array.isArray(at)) return;
        const object = at as Record<string, unknown>;
        const known = anyKey
          ? Object.keys(object).map((name): [string, undefined] => [name, undefined])
          : fields;
        for (const [name, child] of known) {
          const preset = child?.default as unknown;
          const isNull = Object.hasOwn(object, name) && object[name] === null;
          if (!isNull && (preset === undefined || object[name] !== undefined)) continue;
          differs = true;
          if (!change) return;
          if (preset === undefined) delete object[name];
          else object[name] = structuredClone(preset);
        }
      });
    }
    return differs;
  };

  return (value) => {
    if (!fill(value, false)) return value;
    const copy = structuredClone(value);
    fill(copy, true);
    return copy;
  };
}
