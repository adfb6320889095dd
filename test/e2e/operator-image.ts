/** The operator's image as its Dockerfile makes it, without Docker: production dependencies, the built code, nothing else. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheDir } from '../cluster/build.ts';
import { directoryLayer, type ImageSpec, type Layer } from '../cluster/images.ts';
import { finish } from '../cluster/process.ts';
import { atomically, NODE_IN_IMAGE, nodeBaseLayer, nodeImageConfig } from '../cluster/test-images.ts';
import { memoryEnvironment, nodeFlags } from '../install/image.ts';
import { root } from './operator.ts';

export const OPERATOR_REPOSITORY = 'localhost/smooth-operator';

export function operatorImage(tag: string): ImageSpec {
  return {
    name: `${OPERATOR_REPOSITORY}:${tag}`,
    layers: [nodeBaseLayer(), dependencies, built],
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

const dependencies: Layer = async (tar) => directoryLayer(await productionDependencies(), '/app')(tar);

/** Installed once per lock file, for it takes a while. */
async function productionDependencies(): Promise<string> {
  const manifests = ['package.json', 'package-lock.json', '.npmrc'];
  const key = createHash('sha256');
  for (const name of manifests) key.update(await readFile(path.join(root, name)));
  const folder = path.join(cacheDir, `operator-${key.digest('hex').slice(0, 8)}`);
  if (existsSync(folder)) return folder;
  return atomically(folder, async (target) => {
    for (const name of manifests) await cp(path.join(root, name), path.join(target, name));
    await finish('npm', ['ci', '--omit=dev', '--omit=optional', '--ignore-scripts'], { cwd: target });
    return '.';
  });
}

const built: Layer = async (tar) => {
  await finish('npm', ['run', 'build'], { cwd: root });
  const folder = await mkdtemp(path.join(tmpdir(), 'smooth-built-'));
  try {
    await cp(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
    await directoryLayer(folder, '/app')(tar);
  } finally {
    await rm(folder, { recursive: true });
  }
};
