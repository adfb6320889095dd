/** What a chart index shows of the chart: its README and the annotations of Chart.yaml. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { toChartReadme } from '../../charts/readme.ts';
import { FEATURES } from '../../src/environment.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const CHART = path.join(ROOT, 'charts/smooth-operator');
const read = (...parts: string[]) => readFileSync(path.join(...parts), 'utf8');
const chart = parse(read(CHART, 'Chart.yaml')) as {
  version: string;
  appVersion: string;
  annotations: Record<string, string>;
};
const annotation = (name: string) => chart.annotations[`artifacthub.io/${name}`]!;

t.test('Chart.yaml agrees with the package, the CRDs and the example', async (t) => {
  const own = JSON.parse(read(ROOT, 'package.json')) as { version: string; license: string };
  t.equal(chart.version, own.version);
  t.equal(chart.appVersion, own.version);
  t.equal(annotation('license'), own.license);

  const shown = (parse(annotation('crds')) as Record<string, string>[]).map(
    ({ kind, version, name }) => `${kind} ${version} ${name}`,
  );
  const installed = globSync('files/crds/*.yaml', { cwd: CHART }).flatMap((file) => {
    const { metadata, spec } = parse(read(CHART, file)) as {
      metadata: { name: string };
      spec: { names: { kind: string }; versions: { name: string }[] };
    };
    return spec.versions.map(({ name }) => `${spec.names.kind} ${name} ${metadata.name}`);
  });
  t.strictSame(shown.sort(), installed.sort());
  t.strictSame(parse(annotation('crdsExamples')), [parse(read(ROOT, 'examples/minimal.yaml'))]);
});

t.test('the README has every value and every feature', async (t) => {
  const readme = read(CHART, 'README.md');
  const leaves = (value: unknown, path: string): string[] =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key))
      : [path];
  const rows = [...readme.matchAll(/^\| `([^`]+)` \|/gm)].map(([, value]) => value!);
  for (const leaf of leaves(parse(read(CHART, 'values.yaml')), '')) {
    t.ok(
      rows.some((row) => leaf === row || leaf.startsWith(`${row}.`)),
      leaf,
    );
  }
  for (const feature of FEATURES) t.ok(rows.includes(feature), feature);
});

t.test('a value is described by its comment, its default and its schema', async (t) => {
  const schema = {
    properties: {
      mode: { enum: ['', 'strict'] },
      count: { anyOf: [{ type: 'integer', minimum: 1, maximum: 5 }, { type: 'string' }] },
      labels: { type: 'object' },
      settings: { properties: { LEVEL: { type: 'string' } } },
    },
  };
  const values = [
    '# Strict, or not at all | never.',
    'mode: ""',
    '# How many,',
    '# at most.',
    'count: 2',
    '# Labels.',
    'labels: {a: b}',
    'settings:',
    '  LEVEL: info',
  ].join('\n');
  const given = { chart: 'name: x\nkubeVersion: ">=1"', values, schema: JSON.stringify(schema) };
  const readme = toChartReadme(given, { optional: [], ours: [] }, { LEVEL: 'How much is logged.' });
  t.match(readme, '| `mode` | empty, `strict` | empty | Strict, or not at all \\| never. |');
  t.match(readme, '| `count` | integer, 1 to 5; or string | `2` | How many, at most. |');
  t.match(readme, '| `labels` | map | `{"a":"b"}` | Labels. |');
  t.match(readme, '| `settings.LEVEL` | `info` | How much is logged. |');
  t.throws(() => toChartReadme(given, { optional: [], ours: [] }, {}), {
    message: 'values.yaml: settings.LEVEL has no comment',
  });
});
