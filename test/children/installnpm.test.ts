/** How a package of npm is installed, with an npm that writes what a registry would have. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { INSTALL_NPM } from '../../src/children/installnpm.ts';

/** As npm does, for one package with such a `bin`. */
const npm = (bin: unknown) => `#!${process.execPath}
const { mkdirSync, writeFileSync, rmSync, symlinkSync } = require('node:fs');
const [, , command, , folder, ...rest] = process.argv;
const name = rest.at(-1).replace(/(?!^)@.*/, '');
if (command !== 'install' || name === 'absent') {
  console.error('npm error 404 Not Found');
  process.exit(1);
}
const tokens = Object.entries(process.env).filter(([key]) => key.endsWith('_authToken'));
writeFileSync(folder + '/tokens', JSON.stringify(Object.fromEntries(tokens)));
const home = folder + '/node_modules/' + name;
mkdirSync(home, { recursive: true });
mkdirSync(folder + '/node_modules/.bin', { recursive: true });
const bin = ${JSON.stringify(bin) ?? 'undefined'};
writeFileSync(home + '/package.json', JSON.stringify({ name, bin }));
const own = name.split('/').at(-1);
for (const [key, file] of Object.entries(typeof bin === 'string' ? { [own]: bin } : (bin ?? {}))) {
  const link = folder + '/node_modules/.bin/' + key.split('/').at(-1);
  writeFileSync(home + '/' + file, '#!${process.execPath}\\nconsole.log(' + JSON.stringify(file) + ');', { mode: 0o755 });
  rmSync(link, { force: true });
  symlinkSync('../' + name + '/' + file, link);
}
const other = folder + '/node_modules/.bin/a-dependency';
rmSync(other, { force: true });
symlinkSync('../a-dependency/index.js', other);
`;

function install(t: Test, bin: unknown, name: string, executable = '') {
  const root = t.testdir();
  const [folder, programs] = [path.join(root, 'package'), path.join(root, 'programs')];
  for (const one of [folder, programs]) mkdirSync(one);
  writeFileSync(path.join(programs, 'npm'), npm(bin));
  chmodSync(path.join(programs, 'npm'), 0o755);
  const command = path.join(folder, 'server');
  const run = (env: Record<string, string> = {}) =>
    spawnSync(process.execPath, ['-e', INSTALL_NPM, folder, command, name, '1.2.3', executable], {
      env: { PATH: programs, ...env },
      encoding: 'utf8',
    });
  const starts = () => spawnSync(command, { encoding: 'utf8' }).stdout.trim();
  return { run, starts, folder };
}

t.test('the command of a package is the one that npx would run', async (t) => {
  const rows: [what: string, bin: unknown, name: string, executable: string, starts: string][] = [
    ['its only one, in short', 'index.js', '@acme/search', '', 'index.js'],
    ['its only one, of whatever name', { 'mcp-search': 'index.js' }, '@acme/search', '', 'index.js'],
    ['its only one, of a name with a scope', { '@acme/search': 'index.js' }, '@acme/search', '', 'index.js'],
    ['its only one, of several names', { find: 'index.js', look: 'index.js' }, 'search', '', 'index.js'],
    ['the one of its name', { admin: 'a.js', search: 'b.js' }, '@acme/search', '', 'b.js'],
    [
      'the one of its name with the scope',
      { admin: 'a.js', '@acme/search': 'b.js' },
      '@acme/search',
      '',
      'b.js',
    ],
    ['the one that is asked for', { admin: 'a.js', search: 'b.js' }, 'search', 'admin', 'a.js'],
    ['the one that is asked for, without its scope', { '@acme/it': 'a.js', b: 'b.js' }, 'c', 'it', 'a.js'],
  ];
  for (const [what, bin, name, executable, expected] of rows) {
    t.test(what, async (t) => {
      const { run, starts, folder } = install(t, bin, name, executable);
      const { status, stderr } = run();
      t.equal(status, 0, stderr);
      t.equal(starts(), expected);
      t.match(JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8')), { name });
      t.equal(run().status, 0, 'once more, as after a container that was ended');
      t.equal(starts(), expected);
    });
  }
});

t.test('a token is shown to the registry alone', async (t) => {
  const tokens = (env: Record<string, string>) => {
    const { run, folder } = install(t, 'index.js', 'search');
    t.equal(run(env).status, 0);
    return JSON.parse(readFileSync(`${folder}/tokens`, 'utf8'));
  };
  const own = { 'npm_config_//registry.npmjs.org/:_authToken': 'it' };
  const named = { 'npm_config_//npm.example.com:8443/all/:_authToken': 'it' };
  t.strictSame(tokens({}), {});
  t.strictSame(tokens({ NPM_TOKEN: 'it' }), own);
  for (const registry of ['https://npm.example.com:8443/all', 'https://npm.example.com:8443/all/'])
    t.strictSame(tokens({ NPM_TOKEN: 'it', NPM_CONFIG_REGISTRY: registry }), named);
});

t.test('what cannot be installed says why, last of all', async (t) => {
  const lastLine = ({ status, stderr }: { status: number | null; stderr: string }) => {
    t.equal(status, 1);
    return stderr.trim().split('\n').at(-1);
  };
  t.equal(lastLine(install(t, 'index.js', 'absent').run()), 'npm cannot install absent@1.2.3');
  t.equal(
    lastLine(install(t, { a: 'a.js', b: 'b.js' }, '@acme/search').run()),
    '@acme/search has no command search, but: a, b (package.executable)',
  );
  t.equal(
    lastLine(install(t, undefined, 'search', 'search').run()),
    'search has no command search, but: none (package.executable)',
  );
});
