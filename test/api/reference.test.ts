/** The reference page says all that the CRD says, once. */
import { Type } from '@sinclair/typebox';
import t from 'tap';
import { type CustomResource, toCustomResourceDefinition } from '../../src/api/crd.ts';
import { mcpServerResource } from '../../src/api/mcpserver.ts';
import { toReference, toSettingsReference } from '../../src/api/reference.ts';
import { ListMap, OneOf } from '../../src/api/schema.ts';
import { Environment } from '../../src/environment.ts';

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  'x-kubernetes-validations'?: { message: string }[];
}

const page = toReference(mcpServerResource);
const rows = page.split('\n').filter((line) => line.startsWith('| '));

/** Every field of a structural schema by its path, and every rule's message. */
function contents(schema: Schema, path: string): { fields: string[]; rules: string[] } {
  const below = [
    ...Object.entries(schema.properties ?? {}).map(([name, child]) => ({ child, at: `${path}.${name}` })),
    ...(schema.items ? [{ child: schema.items, at: `${path}[]` }] : []),
    ...(schema.additionalProperties ? [{ child: schema.additionalProperties, at: `${path}[*]` }] : []),
  ];
  const deeper = below.map(({ child, at }) => contents(child, at));
  return {
    fields: [
      ...below.map(({ at }) => at).filter((at) => !at.endsWith(']')),
      ...deeper.flatMap(({ fields }) => fields),
    ],
    rules: [
      ...(schema['x-kubernetes-validations'] ?? []).map(({ message }) => message),
      ...deeper.flatMap(({ rules }) => rules),
    ],
  };
}

const crd = toCustomResourceDefinition(mcpServerResource) as {
  spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
};
const root = crd.spec.versions[0]!.schema.openAPIV3Schema;

t.test('every field of the CRD has one row', async (t) => {
  const fields = ['spec', 'status'].flatMap((part) => contents(root.properties![part]!, part).fields);
  t.ok(fields.length > 100);
  const shown = rows.map((row) => /^\| `((?:spec|status)\.[^`]+)`/.exec(row)?.[1]).filter(Boolean);
  t.strictSame(shown.toSorted(), fields.toSorted());
});

t.test('every CEL rule of the CRD is a line', async (t) => {
  const { rules } = contents(root, '');
  const lines = page.split('\n').filter((line) => line.startsWith('- '));
  t.equal(lines.length, rules.length);
  for (const message of rules)
    t.ok(
      lines.some((line) => line.endsWith(message)),
      message,
    );
});

t.test('every link within the page leads to a heading', async (t) => {
  const headings = page
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .map((line) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^a-z0-9 _-]/g, ''),
    );
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, target]) => target!);
  t.ok(links.length > 3);
  for (const target of links) t.equal(headings.filter((one) => one === target).length, 1, target);
});

t.test('columns, scale and what is said besides', async (t) => {
  for (const { name, jsonPath } of mcpServerResource.columns) {
    t.ok(
      rows.some((row) => row.startsWith(`| ${name} | \`${jsonPath}\` |`)),
      name,
    );
  }
  t.match(page, 'its scale subresource maps to `.spec.replicas`');
  t.match(toReference(mcpServerResource, 'See also.'), '\n\nSee also.\n\n');
});

t.test('types, defaults and limits in words', async (t) => {
  const spec = Type.Object({
    text: Type.String({ minLength: 1, maxLength: 9, hint: 'a word | two', description: 'A\nword.' }),
    list: Type.Optional(
      ListMap('name', Type.Object({ name: Type.String({ hint: 'a name' }) }), { maxItems: 3 }),
    ),
    count: Type.Integer({ minimum: 2, maximum: 2147483647, default: 5 }),
    choice: Type.Optional(OneOf(['', 'A'])),
    when: Type.Optional(Type.String({ format: 'date-time' })),
  });
  const resource: CustomResource = { ...mcpServerResource, spec, status: Type.Object({}), validations: [] };
  const { scale: _, ...unscaled } = resource;
  const page = toReference(unscaled);
  t.match(page, '| `spec.text` | string | required | a word \\| two; 1 to 9 characters | A word. |');
  t.match(page, '| `spec.list` | list of objects |  | at most 3 entries; no two with the same `name` |  |');
  t.match(page, '| `spec.list[].name` | string | required | a name |  |');
  t.match(page, '| `spec.count` | integer | `5` | at least 2 |  |');
  t.match(page, '| `spec.choice` | string |  | empty, `A` |  |');
  t.match(page, '| `spec.when` | time |  |  |  |');
  t.notMatch(page, 'scale subresource');
});

t.test('every setting has a row with its default', async (t) => {
  const settings = toSettingsReference(Environment);
  for (const [name, { default: initial }] of Object.entries(Environment.properties)) {
    t.match(settings, `| \`${name}\` | ${initial === '' ? 'empty' : `\`${initial}\``} |`);
  }
});
