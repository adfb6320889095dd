/** Places in a schema and what stands there in a value: how rules, list keys and defaults find their targets. */
import type { TSchema } from '@sinclair/typebox';

/** A place in a value: field names, and numbers for list entries. */
export type Path = readonly (string | number)[];

/** The part of a schema that leads to marked places, so that one walk over a value meets them all. */
export interface Sites<Mark> {
  mark: Mark | undefined;
  fields: [name: string, below: Sites<Mark>][];
  /** The entries of a list or map. */
  each: Sites<Mark> | undefined;
}

/** @returns the places of a schema for which `markOf` gives something; undefined where there is none. */
export function findSites<Mark>(
  schema: TSchema,
  markOf: (schema: TSchema) => Mark | undefined,
): Sites<Mark> | undefined {
  const fields = Object.entries((schema.properties ?? {}) as Record<string, TSchema>).flatMap(
    ([name, child]): [string, Sites<Mark>][] => {
      const below = findSites(child, markOf);
      return below ? [[name, below]] : [];
    },
  );
  const entry =
    schema.items ?? (typeof schema.additionalProperties === 'object' && schema.additionalProperties);
  const each = entry ? findSites(entry as TSchema, markOf) : undefined;
  const mark = markOf(schema);
  return mark !== undefined || fields.length > 0 || each ? { mark, fields, each } : undefined;
}

/**
 * Calls `visit` with every value that stands at a marked place, outermost first; absent ones are passed over.
 * The path is one array that changes as the walk goes on: copy it to keep it.
 */
export function visitSites<Mark>(
  value: unknown,
  sites: Sites<Mark> | undefined,
  visit: (value: unknown, mark: Mark, path: Path) => void,
  path: (string | number)[] = [],
): void {
  if (!sites || value === undefined || value === null) return;
  if (sites.mark !== undefined) visit(value, sites.mark, path);
  if (typeof value !== 'object') return;
  const go = (step: string | number, child: unknown, below: Sites<Mark>): void => {
    path.push(step);
    visitSites(child, below, visit, path);
    path.pop();
  };
  for (const [name, below] of sites.fields) {
    if (Object.hasOwn(value, name)) go(name, (value as Record<string, unknown>)[name], below);
  }
  if (!sites.each) return;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) go(index, value[index], sites.each);
  } else {
    for (const key of Object.keys(value)) go(key, (value as Record<string, unknown>)[key], sites.each);
  }
}

/** A path as Kubernetes writes it: `spec.env[0].name`, and `spec.pod.labels[mcp.dev/x]` for keys with punctuation. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z0-9_-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${step}]`;
  }
  return text;
}
