/** From a kind, as the files of this folder declare it, to its reference page: a pure function, as the CRD is. */
import type { TSchema } from '@sinclair/typebox';
import type { CustomResource } from './crd.ts';
import { cell, code, page, table } from './markdown.ts';
import type { CelRule } from './schema.ts';

/** A part with more fields below it than this has a section of its own. */
const MOST_INLINE = 8;
const LARGEST_INT32 = 2147483647;

/**
 * @param further what to say of the status beside its fields, in Markdown: where its conditions are explained.
 * @returns the reference of a kind in Markdown: every field of spec and status, rules, columns.
 */
export function toReference(resource: CustomResource, further = ''): string {
  const { kind, group, version, plural, shortNames, columns, validations, scale } = resource;
  return page([
    `# ${kind}`,
    resource.description,
    `\`apiVersion: ${group}/${version}\`, \`kind: ${kind}\`. Namespaced. \`kubectl get ${[plural, ...shortNames].join('` or `')}\`.`,
    'A field is a path: `[]` stands for the entries of a list, `[*]` for those of a map. Defaults are filled in by the API server. What a rule says, the API server refuses to break, and so does `smooth-operator validate`.',
    ruleList(validations),
    '## Spec',
    ...partSections(resource.spec, 'spec'),
    '## Status',
    ...partSections(resource.status, 'status'),
    further,
    '## Columns of `kubectl get`',
    table(
      ['Column', 'From', 'Shown'],
      columns.map(({ name, jsonPath, priority }) => [
        name,
        code(jsonPath),
        priority ? 'with `--output wide`' : 'always',
      ]),
    ),
    scale &&
      `\`kubectl scale\` and a HorizontalPodAutoscaler work on the kind itself: its scale subresource maps to ${code(scale.specReplicasPath)}, ${code(scale.statusReplicasPath)} and ${code(scale.labelSelectorPath)}.`,
  ]);
}

/** @returns the reference of environment variables in Markdown. */
export function toSettingsReference(environment: TSchema): string {
  const rows = Object.entries(environment.properties as Record<string, TSchema>).map(([name, schema]) => [
    code(name),
    schema.default === '' ? 'empty' : code(String(schema.default)),
    limitsOf(schema),
    cell(schema.description),
  ]);
  return page([
    '# Settings',
    'The environment of the hook, `smooth-operator serve`. What starts with `MCP_` or `PROVISIONED_`, `FEATURES` and `POLICY_FILE` decide what is rendered, and `dev`, `render` and `validate` read them too. A wrong value ends the process at once, with a message that names it.',
    table(['Variable', 'Default', 'Limits', 'Meaning'], rows),
  ]);
}

/** A table of what is in a part, its rules, then the sections of those parts of it that are too large for the table. */
function partSections(part: TSchema, path: string): string[] {
  const rows: string[][] = [];
  const rules: string[] = [];
  const later: string[] = [];

  const visit = (schema: TSchema, at: string): void => {
    rules.push(...rulesOf(schema, at));
    const required = new Set((schema.required as string[] | undefined) ?? []);
    for (const [name, field] of fieldsOf(schema)) {
      const place = `${at}.${name}`;
      const [inner, suffix] = innerOf(field);
      const isLarge = sizeOf(inner) > MOST_INLINE;
      const more = isLarge ? ` See [${code(place + suffix)}](#${anchor(place + suffix)}).` : '';
      rows.push([
        code(place),
        typeOf(field),
        // A field with a default is filled in before anyone could miss it.
        field.default === undefined
          ? required.has(name)
            ? 'required'
            : ''
          : code(JSON.stringify(field.default)),
        limitsOf(field),
        cell(field.description) + more,
      ]);
      if (inner !== field) rules.push(...rulesOf(field, place));
      if (isLarge)
        later.push(
          `### ${code(place + suffix)}`,
          cell(field.description),
          ...partSections(inner, place + suffix),
        );
      else visit(inner, place + suffix);
    }
  };
  visit(part, path);
  return [
    rows.length > 0 ? table(['Field', 'Type', 'Default', 'Limits', 'Meaning'], rows) : cell(part.description),
    ...(rules.length > 0 ? ['Rules:', rules.join('\n')] : []),
    ...later,
  ];
}

function fieldsOf(schema: TSchema): [string, TSchema][] {
  return Object.entries((schema.properties ?? {}) as Record<string, TSchema>);
}

/** What a list or a map holds, and how a path says so; anything else is itself. */
function innerOf(schema: TSchema): [TSchema, string] {
  if (schema.items) return [schema.items as TSchema, '[]'];
  if (typeof schema.additionalProperties === 'object') return [schema.additionalProperties as TSchema, '[*]'];
  return [schema, ''];
}

function sizeOf(schema: TSchema): number {
  return fieldsOf(schema).reduce((sum, [, field]) => sum + 1 + sizeOf(innerOf(field)[0]), 0);
}

function typeOf(schema: TSchema): string {
  const [inner] = innerOf(schema);
  if (schema.items) return `list of ${typeOf(inner)}s`;
  if (inner !== schema) return `map to ${typeOf(inner).replace(' or ', 's or ')}s`;
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string';
  if (schema.anyOf) return 'string';
  return schema.format === 'date-time' ? 'time' : String(schema.type);
}

/** In words; a pattern by its hint, for the CRD has it for those who want it. */
function limitsOf(schema: TSchema): string {
  const {
    minimum,
    maximum,
    minLength,
    maxLength,
    minItems,
    maxItems,
    maxProperties,
    description = '',
  } = schema;
  const [inner] = innerOf(schema);
  const keys = schema['x-kubernetes-list-map-keys'] as string[] | undefined;
  const hint = schema.hint ?? (inner !== schema && inner.hint ? `each ${inner.hint}` : '');
  const limits = [description.includes(hint) ? '' : hint];
  if (schema.anyOf?.every((one: TSchema) => one.const !== undefined)) limits.unshift(choices(schema.anyOf));
  if (schema.type === 'integer') limits.push(range(minimum, maximum));
  if (maxLength !== undefined && !hint.includes(String(maxLength))) {
    limits.push(range(minLength, maxLength, ' characters'));
  }
  if (maxItems !== undefined) limits.push(range(minItems, maxItems, ' entries'));
  if (maxProperties !== undefined) limits.push(range(undefined, maxProperties, ' entries'));
  if (keys) limits.push(`no two with the same ${keys.map(code).join(' and ')}`);
  return cell(limits.filter(Boolean).join('; '));
}

function choices(members: TSchema[]): string {
  return members.map(({ const: value }) => (value === '' ? 'empty' : code(value))).join(', ');
}

function range(minimum: number | undefined, maximum: number | undefined, unit = ''): string {
  if (maximum === undefined || maximum >= LARGEST_INT32) {
    return minimum === undefined ? '' : `at least ${minimum}${unit}`;
  }
  return minimum === undefined ? `at most ${maximum}${unit}` : `${minimum} to ${maximum}${unit}`;
}

/** The CEL rules of one schema in their own words, each with the field to blame. */
function rulesOf(schema: TSchema, path: string): string[] {
  return ((schema['x-kubernetes-validations'] as CelRule[] | undefined) ?? []).map(
    ({ message, fieldPath = '' }) => `- ${code(path + fieldPath)}: ${message}`,
  );
}

function ruleList(rules: readonly CelRule[]): string {
  return rules.map(({ message }) => `- ${message}`).join('\n');
}

/** As GitHub makes the address of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');
}
