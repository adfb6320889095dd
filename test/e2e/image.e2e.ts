/** What the Dockerfile makes: hook and runtime with their production dependencies, for a user other than root, and nothing to break in with. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { finish } from '../cluster/process.ts';
import { packagesOf } from '../install/packages.ts';
import { OPERATOR_IMAGE, operatorImage, RUNTIME_IMAGE, runtimeImage } from './operator-image.ts';

const json = (...name: string[]) => JSON.parse(readFileSync(path.join(...name), 'utf8'));

interface Expected {
  image: { repository: string; tag: string };
  tar: () => Promise<string>;
  /** Of the configuration. */
  config: object;
  command: string;
  /** The folder of its package.json. */
  folder: string;
  /** What is added besides packages and code. */
  adds: string[];
}

const EXPECTED: Record<string, Expected> = {
  hook: {
    image: OPERATOR_IMAGE,
    tar: operatorImage,
    config: { Cmd: ['serve'], WorkingDir: '/app', ExposedPorts: { '8080/tcp': {} } },
    command: '/app/dist/cli.js',
    folder: '',
    adds: ['app/crds'],
  },
  runtime: {
    image: RUNTIME_IMAGE,
    tar: runtimeImage,
    config: { Cmd: ['--help'], WorkingDir: '/app' },
    command: '/app/dist/runtime/main.js',
    folder: 'src/runtime',
    adds: [],
  },
};

interface File {
  mode: string;
  owner: string;
  name: string;
}

async function filesOf(tar: string): Promise<File[]> {
  const { stdout } = await finish('tar', ['--list', '--verbose', '--numeric-owner', `--file=${tar}`]);
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

for (const [which, expected] of Object.entries(EXPECTED)) {
  t.test(`the image of the ${which}`, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'smooth-image-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    await finish('tar', ['--extract', `--file=${await expected.tar()}`, `--directory=${folder}`]);
    const [manifest] = json(folder, 'manifest.json');
    const { config, history } = json(folder, manifest.Config);
    const layers: string[] = manifest.Layers.map((name: string) => path.join(folder, name));
    const all = (await Promise.all(layers.map(filesOf))).flat();
    /** What the Dockerfile adds to the image that it starts from. */
    const added = await filesOf(layers.at(-1)!);

    t.test('it is called as it was asked for, and starts its command', async (t) => {
      t.strictSame(manifest.RepoTags, [`${expected.image.repository}:${expected.image.tag}`]);
      t.match(config, expected.config);
      t.strictSame([config.Entrypoint[0], config.Entrypoint.at(-1)], ['node', expected.command]);
      t.ok(added.some(({ name }) => `/${name}` === expected.command));
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
      const programs = all.filter(
        ({ mode, name }) => names.test(path.basename(name)) && /^-.*x|^l/.test(mode),
      );
      t.strictSame(programs, []);
    });

    t.test('its packages are those of the lock file that it needs, and no others', async (t) => {
      const wanted = packagesOf(expected.folder);
      const isPackage = /^app\/((node_modules\/(@[^/]+\/)?[^/.][^/]*\/?)+)\/package\.json$/;
      const found = added.flatMap(({ name }) => isPackage.exec(name)?.[1] ?? []);
      t.ok(wanted.size > 10);
      t.strictSame(found.sort(), [...wanted.keys()].sort());
      const installed = 'app/node_modules/.package-lock.json';
      const { stdout } = await finish('tar', [
        '--extract',
        '--to-stdout',
        `--file=${layers.at(-1)}`,
        installed,
      ]);
      const { packages } = JSON.parse(stdout) as { packages: Record<string, { version: string }> };
      for (const [name, version] of wanted) t.equal(packages[name]?.version, version, name);
      t.notMatch(stdout, /"resolved": "[^"]*:/, "npm's own list names no registry");
    });

    t.test('nothing else is added, and nothing of the machine that built it', async (t) => {
      const folders = new Set(added.map(({ name }) => name.split('/').slice(0, 2).join('/')));
      const always = ['app', 'app/LICENSE', 'app/dist', 'app/node_modules', 'app/package.json'];
      t.strictSame([...folders].sort(), [...always, ...expected.adds].sort());
      const inCrds = added
        .filter(({ name }) => name.startsWith('app/crds/'))
        .map(({ name }) => path.extname(name));
      t.strictSame([...new Set(inCrds)], expected.adds.includes('app/crds') ? ['.yaml'] : []);
      t.notMatch(JSON.stringify(history), /https?:/);
      const variables = config.Env.map((one: string) => one.split('=')[0]);
      t.strictSame(variables.sort(), ['MALLOC_ARENA_MAX', 'NODE_ENV', 'PATH', 'SSL_CERT_FILE']);
    });
  });
}
