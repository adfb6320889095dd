/** Fields that a kind does not have, and what their author may have meant. */
import type { TSchema } from '@sinclair/typebox';
import { findSites, formatPath, type Path, visitSites } from './sites.ts';
import type { Problem } from './validate.ts';

const OBJECT_FIELDS = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
/** More are no help. */
const MOST_SUGGESTIONS = 3;

/** What a pod's probe says within these, a probe of ours says itself. */
const HANDLERS: ReadonlyMap<string, string> = new Map([
  ['httpGet', 'path, port, scheme and httpHeaders stand here without it'],
  ['tcpSocket', 'port stands here without it'],
]);

/**
 * @param schema of the kind's spec. Do it once, for it looks through all of it.
 * @returns what finds every unknown field of an object, as `kubectl apply` refuses them.
 */
export function unknownFieldsOf(schema: TSchema): (object: Record<string, unknown>) => Problem[] {
  const maps = findSites(schema, (at) =>
    at.properties === undefined || at.additionalProperties ? undefined : new Set(Object.keys(at.properties)),
  );
  const places = placesByName(schema);
  return (object) => {
    const unknown = (path: Path, known: ReadonlySet<string>): Problem => ({
      path,
      detail: `Unknown field; ${suggestion(path, known, places)}`,
    });
    const problems = Object.keys(object)
      .filter((name) => !OBJECT_FIELDS.has(name))
      .map((name) => unknown([name], OBJECT_FIELDS));
    visitSites(object.spec, maps, (at, known, path) => {
      if (typeof at !== 'object' || at === null || Array.isArray(at)) return;
      for (const name of Object.keys(at)) {
        if (!known.has(name)) problems.push(unknown(['spec', ...path, name], known));
      }
    });
    return problems;
  };
}

/** A field of that very name elsewhere is more likely meant than one here that begins alike. */
function suggestion(path: Path, known: ReadonlySet<string>, places: Map<string, Path[]>): string {
  const handler = known.has('httpHeaders') && HANDLERS.get(String(path.at(-1)));
  if (handler) return handler;
  const elsewhere = placesNear(path, places).map(formatPath);
  if (elsewhere.length > 0) return `did you mean ${elsewhere.join(', ')}`;
  const start = String(path.at(-1)).toLowerCase().slice(0, 3);
  const alike = [...known].filter((one) => one.toLowerCase().startsWith(start));
  const fields = (alike.length > 0 ? alike : [...known]).sort().join(', ');
  return `${alike.length > 0 ? 'did you mean' : 'known here:'} ${fields}`;
}

/** Those further out or further in, else the only one that there is. */
function placesNear(path: Path, places: Map<string, Path[]>): Path[] {
  const name = String(path.at(-1));
  // What a container calls livenessProbe, we call liveness.
  const all = places.get(name) ?? places.get(name.replace(/Probe$/, '')) ?? [];
  const near = all.filter((place) => isWithin(path, place) || isWithin(place, path));
  if (near.length === 0) return all.length === 1 ? all : [];
  const shortest = Math.min(...near.map(({ length }) => length));
  return near.filter(({ length }) => length === shortest).slice(0, MOST_SUGGESTIONS);
}

/** Whether what has the field `inner` lies within what has the field `outer`. */
function isWithin(inner: Path, outer: Path): boolean {
  return outer.length <= inner.length && outer.slice(0, -1).every((step, at) => step === inner[at]);
}

/** Every field of a spec by its name, but for those of list and map entries: they are none of anybody else's. */
function placesByName(schema: TSchema): Map<string, Path[]> {
  const places = new Map<string, Path[]>();
  const visit = (at: TSchema, path: Path): void => {
    for (const [name, field] of Object.entries((at.properties ?? {}) as Record<string, TSchema>)) {
      const place = [...path, name];
      places.set(name, [...(places.get(name) ?? []), place]);
      visit(field, place);
    }
  };
  visit(schema, ['spec']);
  return places;
}
