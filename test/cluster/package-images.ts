/**
 * What servers that are packages are installed and run in, in the place of the images that the operator's settings name: Node
 * with npm, and Debian's Python with uv. As in those, there is no git; the image that has it is one more.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheDir } from './build.ts';
import { directoryLayer, filesLayer, type ImageSpec, type Layer } from './images.ts';
import { ensureSystemPackages } from './packages.ts';
import { finish } from './process.ts';
import { atomically, nodeBuildImage } from './test-images.ts';

/** Debian's release with the Python of the image that the operator's settings name, and uv as there. */
const DEBIAN = 'trixie';
const UV = '0.12.24';

export const NPM_IMAGE = 'localhost/npm:smooth';
export const UV_IMAGE = 'localhost/uv:smooth';
export const UV_IMAGE_WITH_GIT = 'localhost/uv-git:smooth';

export function packageImages(): ImageSpec[] {
  const config = { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Entrypoint: ['/usr/local/bin/uv'] };
  return [
    nodeBuildImage(NPM_IMAGE),
    { name: UV_IMAGE, layers: [debian, uv, withoutGit], config },
    { name: UV_IMAGE_WITH_GIT, layers: [debian, uv], config },
  ];
}

const debian: Layer = async (tar) => directoryLayer(await bootstrap(), '/')(tar);
const uv: Layer = async (tar) => directoryLayer(await installUv(), '/usr/local')(tar);
/** https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts */
const withoutGit = filesLayer({ '/usr/bin/.wh.git': { text: '' } });

/** What Debian has and nobody needs to run something. */
const LEFT_OUT = [
  'dev',
  'var/cache/apt',
  'var/lib/apt/lists',
  'usr/share/doc',
  'usr/share/locale',
  'usr/share/man',
];

async function bootstrap(): Promise<string> {
  const folder = path.join(cacheDir, `debian-${DEBIAN}`);
  if (existsSync(folder)) return folder;
  console.error(`Making an image with Debian's Python takes a minute or two.`);
  ensureSystemPackages({
    debootstrap: ['debootstrap'],
    'debian-archive-keyring': ['/usr/share/keyrings/debian-archive-keyring.gpg'],
  });
  return atomically(folder, async (target) => {
    const what = ['--variant=minbase', '--include=ca-certificates,git,python3', DEBIAN, target];
    // It mounts what a chroot needs: all of that ends with it.
    await finish('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'debootstrap', ...what]);
    for (const name of LEFT_OUT) await rm(path.join(target, name), { recursive: true, force: true });
    return '.';
  });
}

async function installUv(): Promise<string> {
  const folder = path.join(cacheDir, `uv-${UV}`);
  if (existsSync(folder)) return folder;
  ensureSystemPackages({ 'python3-pip': ['pip3'] });
  return atomically(folder, async (target) => {
    await finish('pip3', [
      'install',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      `--target=${target}`,
      `uv==${UV}`,
    ]);
    return '.';
  });
}
