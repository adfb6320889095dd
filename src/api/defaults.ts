/** The defaults that the schema declares, filled in as the API server does for a CRD: only where the parent is there. */
import type { TSchema } from '@sinclair/typebox';
import { findSites, type Site, visitSite } from './sites.ts';

/**
 * @returns a function that gives a value with its defaults: the value itself where nothing is missing, else a copy.
 *   A null counts as absent, for the API server prunes it where a default exists.
 */
export function defaulter(schema: TSchema): <T>(value: T) => T {
  const parents: { site: Site; defaults: [string, unknown][] }[] = [];
  for (const site of findSites(schema, (at) => at.properties !== undefined)) {
    const defaults = Object.entries(site.schema.properties as Record<string, TSchema>)
      .filter(([, child]) => child.default !== undefined)
      .map(([name, child]): [string, unknown] => [name, child.default]);
    if (defaults.length > 0) parents.push({ site, defaults });
  }

  const fill = (value: unknown, change: boolean): boolean => {
    let missing = false;
    for (const { site, defaults } of parents) {
      visitSite(value, site.steps, (at) => {
        if (typeof at !== 'object' || Array.isArray(at)) return;
        const object = at as Record<string, unknown>;
        for (const [name, preset] of defaults) {
          if (object[name] !== undefined && object[name] !== null) continue;
          missing = true;
          if (change) object[name] = structuredClone(preset);
        }
      });
    }
    return missing;
  };

  return (value) => {
    if (!fill(value, false)) return value;
    const copy = structuredClone(value);
    fill(copy, true);
    return copy;
  };
}
