/** How a package of PyPI is installed, with a uv that writes what a registry would have. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { INSTALL_PYPI } from '../../src/children/installpypi.ts';

/** As uv does, for a package with such commands. */
const uv = (commands: string[]) => `#!/bin/sh
for requirement; do :; done
if [ "$1 $2" != 'tool install' ] || [ "$requirement" = absent==1.2.3 ]; then
  echo 'error: not found in the package registry' >&2
  exit 1
fi
for name in ${commands.join(' ')}; do
  printf '#!/bin/sh\\necho %s\\n' "$name" > "$UV_TOOL_BIN_DIR/$name"
  chmod +x "$UV_TOOL_BIN_DIR/$name"
done
`;

function install(t: Test, commands: string[], name: string, executable = '') {
  const root = t.testdir();
  const [folder, programs] = [path.join(root, 'bin'), path.join(root, 'programs')];
  for (const one of [folder, programs]) mkdirSync(one);
  writeFileSync(path.join(programs, 'uv'), uv(commands), { mode: 0o755 });
  const command = path.join(root, 'server');
  const args = ['sh', folder, command, name, `${name}==1.2.3`, executable];
  const env = { PATH: `${programs}:${process.env.PATH}`, UV_TOOL_BIN_DIR: folder };
  const run = () => spawnSync('sh', ['-c', INSTALL_PYPI, ...args], { env, encoding: 'utf8' });
  const starts = () => spawnSync(command, { encoding: 'utf8' }).stdout.trim();
  return { run, starts };
}

t.test('the command of a package is its only one, or the one that uvx would run', async (t) => {
  const rows: [what: string, commands: string[], name: string, executable: string, starts: string][] = [
    ['its only one, of whatever name', ['mcp_search'], 'search', '', 'mcp_search'],
    ['the one of its name', ['admin', 'search', 'tool'], 'search', '', 'search'],
    ['the one of its name, otherwise written', ['admin', 'acme-search'], 'Acme_Search', '', 'acme-search'],
    ['the one that is asked for', ['admin', 'search'], 'search', 'admin', 'admin'],
  ];
  for (const [what, commands, name, executable, expected] of rows) {
    t.test(what, async (t) => {
      const { run, starts } = install(t, commands, name, executable);
      const { status, stderr } = run();
      t.equal(status, 0, stderr);
      t.equal(starts(), expected);
      t.equal(run().status, 0, 'once more, as after a container that was ended');
      t.equal(starts(), expected);
    });
  }
});

t.test('what cannot be installed says why, last of all', async (t) => {
  const lastLine = ({ status, stderr }: { status: number | null; stderr: string }) => {
    t.equal(status, 1);
    return stderr.trim().split('\n').at(-1);
  };
  t.equal(lastLine(install(t, ['absent'], 'absent').run()), 'uv cannot install absent==1.2.3');
  t.equal(
    lastLine(install(t, ['a', 'b'], 'search').run()),
    'search has no command search, but: a b (package.executable)',
  );
  t.equal(
    lastLine(install(t, ['a'], 'search', 'search').run()),
    'search has no command search, but: a (package.executable)',
  );
});
