/** Fields that a kind does not have, and what their author may have meant. */
import type { TSchema } from '@sinclair/typebox';
import type { Belongs } from './foreignfields.ts';
import { nearNames } from './nearnames.ts';
import type { Problem } from './problem.ts';
import { findSites, formatPath, type Path, visitSites } from './sites.ts';

const OBJECT_FIELDS = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
/** More are no help. */
const MOST_SUGGESTIONS = 3;

/**
 * @param schema of the kind's spec. Do it once, for it looks through all of it.
 * @param foreign where what other kinds have belongs in this one.
 * @returns what finds every unknown field of an object, as `kubectl apply` refuses them.
 */
export function unknownFieldsOf(
  schema: TSchema,
  foreign: ReadonlyMap<string, Belongs> = new Map(),
): (object: Record<string, unknown>) => Problem[] {
  const maps = findSites(schema, (at) =>
    at.properties === undefined || at.additionalProperties ? undefined : new Set(Object.keys(at.properties)),
  );
  const places = placesByName(schema);
  return (object) => {
    const unknown = (path: Path, known: ReadonlySet<string>): Problem => ({
      path,
      detail: `Unknown field; ${nearby(path, known) ?? belonging(path, foreign) ?? elsewhere(path, known, places)}`,
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

const didYouMean = (fields: readonly string[]): string => `did you mean ${fields.join(', ')}`;

/** A slip of the pen, or a name without what it is the name of, as `name` of a Secret for `secretName`. */
function nearby(path: Path, known: ReadonlySet<string>): string | undefined {
  const name = String(path.at(-1));
  const ofParent = `${path.at(-2)}${name}`.toLowerCase();
  const names = [...known].filter(
    (one) => one.toLowerCase().endsWith(name.toLowerCase()) && ofParent.endsWith(one.toLowerCase()),
  );
  const near = names.length > 0 ? names : nearNames(name, known);
  return near.length > 0 ? didYouMean(near.sort()) : undefined;
}

/** What is in the same entry of a list is told with its index. */
function belonging(path: Path, foreign: ReadonlyMap<string, Belongs>): string | undefined {
  const belongs = foreign.get(formatPath(path).replaceAll(/\[\d+\]/g, '[]'));
  if (belongs === undefined || typeof belongs === 'string') return belongs;
  const indexes = path.filter((step) => typeof step === 'number');
  return didYouMean(
    belongs.map((field) => {
      let at = 0;
      return field.replaceAll('[]', () => `[${indexes[at++]}]`);
    }),
  );
}

/** A field of that very name elsewhere is more likely meant than one here that begins alike. */
function elsewhere(path: Path, known: ReadonlySet<string>, places: Map<string, Path[]>): string {
  const near = placesNear(path, places).map(formatPath);
  if (near.length > 0) return didYouMean(near);
  const start = String(path.at(-1)).toLowerCase().slice(0, 3);
  const alike = [...known].filter((one) => one.toLowerCase().startsWith(start));
  const fields = (alike.length > 0 ? alike : [...known]).sort().join(', ');
  return `${alike.length > 0 ? 'did you mean' : 'known here:'} ${fields}`;
}

/** Those further out or further in, else the only one that there is. */
function placesNear(path: Path, places: Map<string, Path[]>): Path[] {
  const all = places.get(String(path.at(-1))) ?? [];
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
