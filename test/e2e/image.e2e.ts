/** What the Dockerfile makes: the operator with its production dependencies, for a user other than root, and nothing to break in with. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { finish } from '../cluster/process.ts';
import { root } from './operator.ts';
import { OPERATOR_IMAGE, operatorImage } from './operator-image.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'smooth-image-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
await finish('tar', ['--extract', `--file=${await operatorImage()}`, `--directory=${folder}`]);
const json = (...name: string[]) => JSON.parse(readFileSync(path.join(...name), 'utf8'));
const [manifest] = json(folder, 'manifest.json');
const { config, history } = json(folder, manifest.Config);

interface File {
  mode: string;
  owner: string;
  name: string;
}

async function filesOf(layer: string): Promise<File[]> {
  const list = ['--list', '--verbose', '--numeric-owner', `--file=${path.join(folder, layer)}`];
  const { stdout } = await finish('tar', list);
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [mode = '', owner = '', , , , ...name] = line.split(/\s+/);
      return {
        mode,
        owner,
        name: name
          .join(' ')
          .replace(/^\.?\/|\/$/g, '')
          .replace(/ (->|link to) .*/, ''),
      };
    });
}

const layers: File[][] = [];
for (const layer of manifest.Layers) layers.push(await filesOf(layer));
const all = layers.flat();
/** What the Dockerfile adds to the image that it starts from. */
const added = layers.at(-1)!;

t.test('it is called as it was asked for, and starts the hook', async (t) => {
  t.strictSame(manifest.RepoTags, [`${OPERATOR_IMAGE.repository}:${OPERATOR_IMAGE.tag}`]);
  t.match(config, { Cmd: ['serve'], WorkingDir: '/app', ExposedPorts: { '8080/tcp': {} } });
  t.strictSame([config.Entrypoint[0], config.Entrypoint.at(-1)], ['node', '/app/dist/cli.js']);
});

t.test('it runs as user 65532, by number, who can change nothing in it', async (t) => {
  t.equal(config.User, '65532:65532');
  t.strictSame(
    added.filter(({ owner }) => owner !== '0/0'),
    [],
  );
  t.strictSame(
    added.filter(({ mode }) => /^[^l].{7}w|^(.{3}|.{6})s/i.test(mode)),
    [],
    'nothing is for all to write, no one becomes another by it',
  );
});

t.test('there is no shell and no package manager', async (t) => {
  const names = /^(sh|[abd]?ash|busybox|env|npm|npx|corepack|yarn|pnpm|apt|apt-get|dpkg|apk)$/;
  const programs = all.filter(({ mode, name }) => names.test(path.basename(name)) && /^-.*x|^l/.test(mode));
  t.strictSame(programs, []);
});

t.test('its packages are those of the lock file that production needs, and no others', async (t) => {
  interface Locked {
    dev?: boolean;
    optional?: boolean;
    devOptional?: boolean;
  }
  const locked = Object.entries<Locked>(json(root, 'package-lock.json').packages);
  const wanted = locked.filter(
    ([name, { dev, optional, devOptional }]) => name && !dev && !optional && !devOptional,
  );
  const isPackage = /^app\/((node_modules\/(@[^/]+\/)?[^/.][^/]*\/?)+)\/package\.json$/;
  const found = added.flatMap(({ name }) => isPackage.exec(name)?.[1] ?? []);
  t.ok(wanted.length > 10);
  t.strictSame(found.sort(), wanted.map(([name]) => name).sort());
});

t.test('nothing else is added, and nothing of the machine that built it', async (t) => {
  const folders = new Set(added.map(({ name }) => name.split('/').slice(0, 2).join('/')));
  t.strictSame([...folders].sort(), [
    'app',
    'app/LICENSE',
    'app/crds',
    'app/dist',
    'app/node_modules',
    'app/package.json',
  ]);
  const inCrds = added
    .filter(({ name }) => name.startsWith('app/crds/'))
    .map(({ name }) => path.extname(name));
  t.strictSame([...new Set(inCrds)], ['.yaml']);
  t.notMatch(JSON.stringify(history), /https?:/);
  const variables = config.Env.map((one: string) => one.split('=')[0]);
  t.strictSame(variables.sort(), ['MALLOC_ARENA_MAX', 'NODE_ENV', 'PATH', 'SSL_CERT_FILE']);
  const installed = 'app/node_modules/.package-lock.json';
  const ours = path.join(folder, manifest.Layers.at(-1));
  const { stdout } = await finish('tar', ['--extract', '--to-stdout', `--file=${ours}`, installed]);
  t.match(stdout, '"node_modules/fastify"');
  t.notMatch(stdout, /"resolved"/, "npm's own list names no registry");
});
