/**
 * Writes everything that is made from the code: `node crds/generate.ts`.
 * With `--check` nothing is written; it ends with 1 and names each file that is not what the code says.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Document, isCollection, isScalar, isSeq, visit, type YAMLMap, type YAMLSeq } from 'yaml';
import { toChartReadme } from '../charts/readme.ts';
import { toCustomResourceDefinition } from '../src/api/crd.ts';
import { code } from '../src/api/markdown.ts';
import { toReference, toSettingsReference } from '../src/api/reference.ts';
import { FAILURES, REASONS as REGISTRATION_REASONS } from '../src/api/registrations.ts';
import { REASONS } from '../src/api/verification.ts';
import { Environment } from '../src/environment.ts';
import { controllers, resources } from '../src/reconcile/controllers.ts';

export interface Output {
  /** From the root of the repository. */
  file: string;
  content: string;
}

const ROOT = path.dirname(import.meta.dirname);
const CHART = 'charts/smooth-operator';
const VERIFY = 'docs/verify.md';
const LITELLM = 'docs/litellm.md';
const HEADER = '# Generated, do not edit: npm run generate\n';
const CONDITIONS =
  'What the conditions say: [status.md](../status.md). What to do about each reason: [troubleshooting.md](../troubleshooting.md).';

const crds = resources.map((resource) => ({
  file: `${resource.group}_${resource.plural}.yaml`,
  content: yaml(toCustomResourceDefinition(resource)),
}));

export const outputs: readonly Output[] = [
  ...crds.map(({ file, content }) => ({ file: `crds/${file}`, content })),
  // Helm reads no file outside the chart, so the chart has copies.
  ...crds.map(({ file, content }) => ({ file: `${CHART}/files/crds/${file}`, content })),
  { file: `${CHART}/files/controllers.yaml`, content: yaml(controllerList()) },
  ...resources.map((resource) => ({
    file: `docs/reference/${resource.singular}.md`,
    content: toReference(resource, CONDITIONS),
  })),
  { file: 'docs/reference/settings.md', content: toSettingsReference(Environment) },
  { file: `${CHART}/README.md`, content: chartReadme() },
  { file: VERIFY, content: verifyPage() },
  { file: LITELLM, content: liteLLMPage() },
];

/** The page as it is written, with the reasons of the API in it. */
function verifyPage(): string {
  const rows = Object.entries(REASONS).map(([reason, { status, meaning, remedy }]) => [
    code(reason),
    status,
    meaning,
    remedy,
  ]);
  return withTable(written(VERIFY), 'reasons', ['Reason', 'Status', 'What it means', 'What to do'], rows);
}

/** As `verifyPage`, for the reasons of a registration and of its failures. */
function liteLLMPage(): string {
  const reasons = Object.entries(REGISTRATION_REASONS).map(([reason, { meaning, remedy }]) => [
    code(reason),
    meaning,
    remedy,
  ]);
  const failures = Object.entries(FAILURES).map(([reason, meaning]) => [code(reason), meaning]);
  const page = withTable(written(LITELLM), 'reasons', ['Reason', 'What it means', 'What to do'], reasons);
  return withTable(page, 'failures', ['Reason', 'What it means'], failures);
}

function written(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** @returns the page with this between the comments `<!-- NAME: ... -->` and `<!-- /NAME -->`. */
function withTable(page: string, name: string, columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const table = [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
  const place = new RegExp(`(?<=<!-- ${name}: [^\n]*\n).*?(?=<!-- /${name} -->)`, 's');
  return page.replace(place, () => `${table}\n`);
}

/** What the chart makes CompositeControllers and Metacontroller's permissions from; with a feature or a setting only where it is on. */
function controllerList(): object[] {
  return controllers.map(({ parent, feature: wanted, isInternal, children, resource: { scale } }) => ({
    parent,
    ...(wanted ? { feature: wanted } : {}),
    ...(scale ? { hasScale: true } : {}),
    ...(isInternal ? { isInternal } : {}),
    children: children.map(({ apiVersion, resource, feature, setting, isImmutable }) => ({
      apiVersion,
      resource,
      ...(feature ? { feature } : {}),
      ...(setting ? { setting } : {}),
      ...(isImmutable ? { isImmutable } : {}),
    })),
  }));
}

function chartReadme(): string {
  const part = (name: string) => readFileSync(path.join(ROOT, CHART, name), 'utf8');
  const isOurs = (apiVersion: string) => controllers.some(({ parent }) => parent.apiVersion === apiVersion);
  const optional = controllers
    .flatMap(({ children }) => children)
    .filter(({ apiVersion }) => !isOurs(apiVersion))
    .flatMap(({ apiVersion, resource, feature }) => (feature ? [{ feature, apiVersion, resource }] : []));
  const ours = controllers.flatMap(({ feature, resource }) =>
    feature ? [{ feature, kind: resource.kind }] : [],
  );
  const settings = Object.fromEntries(
    Object.entries(Environment.properties).map(([name, { description }]) => [name, description as string]),
  );
  return toChartReadme(
    { chart: part('Chart.yaml'), values: part('values.yaml'), schema: part('values.schema.json') },
    { optional, ours },
    settings,
  );
}

/** What holds nothing but values takes one line, for the indentation of deep fields would make up most of a CRD. */
function yaml(value: unknown): string {
  // Kubernetes' own tools read YAML 1.1, to which a bare Off is false.
  const document = new Document(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  visit(document, {
    Map: (_key, map) => {
      map.flow = map.items.every((pair) => !isCollection(pair.value) || isPlainList(pair.value));
    },
  });
  return HEADER + document.toString({ lineWidth: 0 });
}

function isPlainList(node: YAMLMap | YAMLSeq): boolean {
  return isSeq(node) && node.items.every(isScalar);
}

/** @returns the files that differ from what the code says, or are not there. */
export function drifted(root = ROOT): string[] {
  return outputs
    .filter(({ file, content }) => read(path.join(root, file)) !== content)
    .map(({ file }) => file);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const stale = drifted();
  if (process.argv.includes('--check')) {
    for (const file of stale) console.error(`${file}: not what the code says; npm run generate`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const { file, content } of outputs) {
      const target = path.join(ROOT, file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, content);
    }
    for (const file of stale) console.log(`wrote ${file}`);
  }
}
