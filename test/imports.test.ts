/** Which part of the source may import which: docs/develop.md, Layout. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';

const ROOT = path.resolve(import.meta.dirname, '..');

/** What each part may import besides itself. */
const MAY: Record<string, string[]> = {
  api: [],
  environment: ['api'],
  settings: ['api', 'environment'],
  children: ['api', 'settings'],
  admission: ['api', 'children', 'settings', 'environment'],
  reconcile: ['api', 'children', 'admission', 'settings', 'environment'],
  hook: ['api', 'children', 'admission', 'reconcile', 'settings'],
  engine: ['api', 'children', 'admission', 'reconcile', 'settings'],
  files: ['settings'],
  drain: [],
  version: [],
  main: ['drain', 'files', 'hook', 'reconcile', 'settings', 'version'],
  commands: ['api', 'children', 'engine', 'reconcile', 'settings'],
  cli: ['commands', 'main', 'reconcile', 'settings', 'version'],
  runtime: ['api'],
};

interface Import {
  file: string;
  from: string;
  /** A part of ours, or the name of a package. */
  to: string;
}

const imports = ['src', 'crds', 'charts', 'bench'].flatMap((folder) =>
  globSync(`${folder}/**/*.ts`, { cwd: ROOT, exclude: (name) => /^(node_modules|dist)$/.test(name) }).flatMap(
    (file): Import[] => {
      const text = readFileSync(path.join(ROOT, file), 'utf8');
      const specifiers = [...text.matchAll(/(?:\bfrom |\bimport |\bimport\()'([^']+)'/g)];
      return specifiers.map(([, specifier]) => ({ file, from: partOf(file), to: target(file, specifier!) }));
    },
  ),
);

/** `src/api/dns.ts` is of the part `api`, `src/cli.ts` is the part `cli`; outside of src the folder is the part. */
function partOf(file: string): string {
  const [top, second = ''] = file.split(path.sep);
  return top === 'src' ? path.basename(second, '.ts') : top!;
}

function target(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return partOf(path.join(path.dirname(file), specifier));
}

t.test('each part imports only those before it', async (t) => {
  const within = imports.filter(({ file, from, to }) => file.startsWith('src') && from !== to && to in MAY);
  t.ok(within.length > 200);
  for (const { file, from, to } of within) t.ok(MAY[from]?.includes(to), `${file} imports ${to}`);
});

t.test('nothing but tests imports the runtime', async (t) => {
  const runtime = imports.filter(({ from }) => from === 'runtime');
  t.ok(runtime.length > 0);
  const guests = imports.filter(
    ({ from, to }) => from !== 'runtime' && /^(smooth-operator-)?runtime$/.test(to),
  );
  t.strictSame(guests, []);
});

t.test('each part imports only packages that its own package.json names', async (t) => {
  const named = (file: string) =>
    new Set(Object.keys(JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')).dependencies));
  const operators = named('package.json');
  const runtimes = named('src/runtime/package.json');
  const packages = imports.filter(
    ({ file, to }) => file.startsWith('src') && !(to in MAY) && !to.startsWith('node:'),
  );
  t.ok(packages.length > 50);
  for (const { file, from, to } of packages)
    t.ok((from === 'runtime' ? runtimes : operators).has(to), `${file} imports ${to}`);
  // What the runtime needs of ours has to find its packages there too.
  t.ok(runtimes.has('@sinclair/typebox'));
});
