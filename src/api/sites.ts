/** Places in a schema and what stands there in a value: how rules, list keys and defaults find their targets. */
import type { TSchema } from '@sinclair/typebox';

/** A place in a value: field names, and numbers for list entries. */
export type Path = readonly (string | number)[];

/** A place in a schema: field names; `EACH` for the entries of a list or map. */
export const EACH = Symbol('each');

export interface Site {
  steps: readonly (string | typeof EACH)[];
  schema: TSchema;
}

/** Every place of a schema that `wanted` picks, outermost first. */
export function findSites(schema: TSchema, wanted: (schema: TSchema) => boolean): Site[] {
  const found: Site[] = [];
  const walk = (at: TSchema, steps: Site['steps']): void => {
    if (wanted(at)) found.push({ steps, schema: at });
    for (const [name, child] of Object.entries((at.properties ?? {}) as Record<string, TSchema>)) {
      walk(child, [...steps, name]);
    }
    if (typeof at.additionalProperties === 'object') walk(at.additionalProperties, [...steps, EACH]);
    if (at.items) walk(at.items as TSchema, [...steps, EACH]);
  };
  walk(schema, []);
  return found;
}

/** Calls `visit` with every value that a site has within `root`; absent ones are passed over. */
export function visitSite(
  root: unknown,
  steps: Site['steps'],
  visit: (value: unknown, path: Path) => void,
  depth = 0,
  path: Path = [],
): void {
  if (root === undefined || root === null) return;
  const step = steps[depth];
  if (step === undefined) {
    visit(root, path);
    return;
  }
  if (typeof root !== 'object') return;
  if (step !== EACH) {
    if (Object.hasOwn(root, step)) {
      visitSite((root as Record<string, unknown>)[step], steps, visit, depth + 1, [...path, step]);
    }
    return;
  }
  if (Array.isArray(root)) {
    root.forEach((item, index) => {
      visitSite(item, steps, visit, depth + 1, [...path, index]);
    });
    return;
  }
  for (const [key, item] of Object.entries(root)) {
    visitSite(item, steps, visit, depth + 1, [...path, key]);
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
