/** Cases that the schema itself asks for: every bound, enum, type, required field and list key, broken in turn. */
import type { TSchema } from '@sinclair/typebox';
import { formatPath, type Path } from '../../../src/api/sites.ts';
import type { AgreementCase } from './cases.ts';

interface Variant {
  what: string;
  valid: boolean;
  /** The new value; `undefined` removes the field. */
  value: unknown;
  /** Where the problem is expected, below the changed place. */
  below?: Path;
}

/**
 * @param specs good specs by name; the first that has a place is the one that is changed there.
 * @throws Error where no spec has a place: the table would silently pass it over.
 */
export function generate(schema: TSchema, specs: Record<string, object>): AgreementCase[] {
  return placesOf(schema).flatMap(({ steps, schema: at, tied }) => {
    for (const [name, spec] of Object.entries(specs)) {
      const first = firstAt(spec, steps);
      if (!first) continue;
      // Where a rule ties fields together, one alone cannot take any value.
      const wanted = variants(at, first.value).filter(({ valid }) => !(valid && tied));
      return wanted.map(({ what, valid, value, below = [] }) => ({
        name: `${name}: ${formatPath(['spec', ...first.path])} ${what}`,
        object: { spec: replaced(spec, first.path, value) },
        valid,
        ...(valid ? {} : { field: formatPath(['spec', ...first.path, ...below]) }),
      }));
    }
    throw new Error(`no good spec has ${steps.join('.')}: add it to full.ts`);
  });
}

interface Place {
  /** Field names; EACH for the entries of a list or map. */
  steps: string[];
  schema: TSchema;
  tied: boolean;
}

const EACH = '*';

function placesOf(schema: TSchema, steps: string[] = [], tied = false): Place[] {
  const fields = Object.entries((schema.properties ?? {}) as Record<string, TSchema>);
  const entry = (schema.items ?? schema.additionalProperties) as TSchema | undefined;
  const below = schema['x-kubernetes-validations'] !== undefined;
  return [
    { steps, schema, tied },
    ...fields.flatMap(([name, child]) => placesOf(child, [...steps, name], below)),
    ...(entry ? placesOf(entry, [...steps, EACH], below) : []),
  ];
}

function firstAt(value: unknown, steps: string[]): { value: unknown; path: Path } | undefined {
  if (value === undefined) return undefined;
  const [step, ...rest] = steps;
  if (step === undefined) return { value, path: [] };
  const list = Array.isArray(value);
  const keys = step === EACH ? Object.keys(value as object) : [step];
  for (const key of keys) {
    const found = firstAt((value as Record<string, unknown>)[key], rest);
    if (found) return { ...found, path: [list ? Number(key) : key, ...found.path] };
  }
  return undefined;
}

function variants(schema: TSchema, value: unknown): Variant[] {
  const good = (what: string, changed: unknown): Variant => ({ what, valid: true, value: changed });
  const bad = (what: string, changed: unknown, below: Path = []): Variant => ({
    what,
    valid: false,
    value: changed,
    below,
  });
  const out: Variant[] = [];
  if (schema.anyOf) {
    const amount = schema['x-kubernetes-int-or-string'] === true;
    if (!amount) for (const { const: one } of schema.anyOf as TSchema[]) out.push(good(`is ${one}`, one));
    out.push(bad('is a boolean', true));
    if (amount) out.push(bad('is a fraction', 0.5), good('is a number', Math.max(schema.minimum, 0)));
    // Without a pattern any text is as good as another.
    if (amount && !schema.pattern) return out;
    out.push(bad('is none of its values', amount ? 'lots of it' : 'SomethingElse'));
    if (amount) out.push(bad('is negative', -1));
    return out;
  }
  switch (schema.type) {
    case 'string': {
      out.push(bad('is a number', 5));
      const text = value as string;
      if (schema.minLength) out.push(bad('is empty', ''));
      if (schema.maxLength !== undefined)
        out.push(bad('is too long', text.padEnd(schema.maxLength + 1, 'a')));
      if (schema.pattern) out.push(bad('is of another form', misfit(text, new RegExp(schema.pattern))));
      break;
    }
    case 'integer':
      out.push(bad('is a string', '5'), bad('is a fraction', 1.5));
      if (schema.minimum !== undefined) {
        out.push(bad('is below the minimum', schema.minimum - 1), good('is the minimum', schema.minimum));
      }
      if (schema.maximum !== undefined) {
        out.push(bad('is above the maximum', schema.maximum + 1), good('is the maximum', schema.maximum));
      }
      break;
    case 'boolean':
      out.push(bad('is a string', 'true'), good('is the other', !value));
      break;
    case 'array': {
      const list = value as unknown[];
      out.push(bad('is a map', {}), bad('has an entry that is null', [null], [0]));
      if (schema.maxItems !== undefined) {
        out.push(
          bad(
            'has too many entries',
            Array.from({ length: schema.maxItems + 1 }, () => list[0]),
          ),
        );
      }
      if (schema.minItems) out.push(bad('has too few entries', []));
      if (schema['x-kubernetes-list-type'] === 'map') {
        out.push(bad('has an entry twice', [...list, list[0]], [list.length]));
      }
      break;
    }
    case 'object': {
      const map = value as Record<string, unknown>;
      out.push(bad('is a list', []));
      if (schema.maxProperties !== undefined) {
        const entry = Object.values(map)[0];
        const many = Array.from({ length: schema.maxProperties + 1 }, (_, index) => [
          `acme.com/k${index}`,
          entry,
        ]);
        out.push(bad('has too many entries', Object.fromEntries(many)));
      }
      for (const name of (schema.required ?? []) as string[]) {
        if (schema.properties[name].default !== undefined) continue;
        out.push(bad(`lacks ${name}`, { ...map, [name]: undefined }, [name]));
      }
      break;
    }
  }
  return out;
}

function misfit(text: string, pattern: RegExp): string {
  const found = [`${text} :\u0007`, `${text}/../x`].find((one) => !pattern.test(one));
  if (found === undefined) throw new Error(`${pattern} refuses nothing`);
  return found;
}

function replaced(root: object, path: Path, value: unknown): object {
  if (path.length === 0) return value as object;
  const copy = structuredClone(root);
  let at = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  at[path.at(-1)!] = value;
  return JSON.parse(JSON.stringify(copy)) as object;
}
