/** The operator's image as its Dockerfile makes it, without Docker: production dependencies, the built code, nothing else. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheDir } from '../cluster/build.ts';
import { directoryLayer, type ImageSpec } from '../cluster/images.ts';
import { finish } from '../cluster/process.ts';
import { NODE_IN_IMAGE, nodeBaseLayer, nodeImageConfig } from '../cluster/test-images.ts';
import { memoryEnvironment, nodeFlags } from '../install/image.ts';
import { root } from './operator.ts';

export const OPERATOR_REPOSITORY = 'localhost/smooth-operator';

export function operatorImage(tag: string): ImageSpec {
  return {
    name: `${OPERATOR_REPOSITORY}:${tag}`,
    layers: [
      nodeBaseLayer(),
      async (tar) => directoryLayer(await productionDependencies(), '/app')(tar),
      async (tar) => directoryLayer(await built(), '/app')(tar),
    ],
    config: {
      ...nodeImageConfig,
      Env: [
        ...nodeImageConfig.Env,
        ...Object.entries(memoryEnvironment()).map(([name, value]) => `${name}=${value}`),
      ],
      Entrypoint: [NODE_IN_IMAGE, ...nodeFlags(), 'dist/cli.js'],
      Cmd: ['serve'],
      WorkingDir: '/app',
    },
  };
}

/** Installed once per lock file, for it takes a while. */
async function productionDependencies(): Promise<string> {
  const manifests = ['package.json', 'package-lock.json', '.npmrc'];
  const key = createHash('sha256');
  for (const name of manifests) key.update(await readFile(path.join(root, name)));
  const folder = path.join(cacheDir, `operator-${key.digest('hex').slice(0, 8)}`);
  if (existsSync(folder)) return folder;
  await mkdir(cacheDir, { recursive: true });
  const target = await mkdtemp(`${folder}.making-`);
  try {
    for (const name of manifests) await cp(path.join(root, name), path.join(target, name));
    await finish('npm', ['ci', '--omit=dev', '--omit=optional', '--ignore-scripts'], { cwd: target });
    await rename(target, folder);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
  return folder;
}

async function built(): Promise<string> {
  await finish('npm', ['run', 'build'], { cwd: root });
  const folder = await mkdtemp(path.join(cacheDir, 'built-'));
  await cp(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
  return folder;
}
