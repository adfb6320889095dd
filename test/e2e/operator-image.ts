/** The images of the operator, made by their Dockerfile: once for the same files, whoever asks. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { cacheDir } from '../cluster/build.ts';
import { buildDockerfile } from '../cluster/buildah.ts';
import { finish } from '../cluster/process.ts';
import { nodeBuildImage } from '../cluster/test-images.ts';
import { ROOT } from '../install/files.ts';
import { nodeImage } from './node-servers.ts';

export const OPERATOR_IMAGE = { repository: 'localhost/smooth-operator', tag: 'test' };
export const RUNTIME_IMAGE = { repository: 'localhost/smooth-operator-runtime', tag: 'test' };

/** By the target of the Dockerfile. */
const IMAGES = { hook: OPERATOR_IMAGE, runtime: RUNTIME_IMAGE };
type Target = keyof typeof IMAGES;

/** What makes an image besides the files that its Dockerfile copies. */
const RECIPE = [
  'Dockerfile',
  '.dockerignore',
  'test/cluster/buildah.ts',
  'test/cluster/images.ts',
  'test/cluster/test-images.ts',
];
/** As `.dockerignore` has it. */
const LEFT_OUT = /\/(node_modules|src\/runtime\/dist)(\/|$)/;
const DAY = 24 * 60 * 60 * 1000;

/** @returns the path of a tar for `Cluster.loadImages`. The first who asks waits for a minute or two, others with it. */
export const operatorImage = () => imageOf('hook');

/** As `operatorImage`, of what runs beside or instead of a user's server. */
export const runtimeImage = () => imageOf('runtime');

async function imageOf(target: Target): Promise<string> {
  const tar = path.join(cacheDir, `operator-${target}-${await fingerprint()}.tar`);
  if (!existsSync(tar)) {
    console.error(`Building the image ${IMAGES[target].repository} by its Dockerfile takes a minute or two.`);
    await mkdir(cacheDir, { recursive: true });
    // The lock ends with the process that holds it, however that ends.
    const lock = path.join(cacheDir, 'operator.lock');
    await finish('flock', ['--no-fork', lock, process.execPath, import.meta.filename, target, tar]);
  }
  const now = new Date();
  await utimes(tar, now, now);
  return tar;
}

async function fingerprint(): Promise<string> {
  const dockerfile = await readFile(path.join(ROOT, 'Dockerfile'), 'utf8');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from]) =>
    from!.split(' '),
  );
  const hash = createHash('sha256');
  for (const name of [...RECIPE, ...copied])
    for (const file of await filesAt(name))
      hash
        .update(`${file}\0`)
        .update(await readFile(path.join(ROOT, file)))
        .update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** A file, or all that are in a folder. */
async function filesAt(name: string): Promise<string[]> {
  if (!(await stat(path.join(ROOT, name))).isDirectory()) return [name];
  const found = await readdir(path.join(ROOT, name), { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() && !LEFT_OUT.test(entry.parentPath));
  return files.map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name))).sort();
}

/** Makes it where nobody has done so meanwhile. */
async function make(target: Target, tar: string): Promise<void> {
  if (existsSync(tar)) return;
  // The lock is ours: what is half made belongs to a build that was ended. What nobody wanted for a day is of older files.
  for await (const name of glob('operator-*.tar*', { cwd: cacheDir })) {
    const file = path.join(cacheDir, name);
    if (name.includes('.making-')) await finish('rm', ['--recursive', '--force', '--one-file-system', file]);
    else if ((await stat(file)).mtimeMs < Date.now() - DAY) await rm(file);
  }
  await buildDockerfile(tar, {
    context: ROOT,
    bases: {
      BUILD_IMAGE: nodeBuildImage('localhost/node-build:smooth'),
      RUNTIME_IMAGE: nodeImage('localhost/node:smooth'),
    },
    target,
    name: `${IMAGES[target].repository}:${IMAGES[target].tag}`,
  });
}

if (import.meta.main) {
  const [target, tar] = process.argv.slice(2);
  if (target && tar) await make(target as Target, tar);
  else console.log(`${await operatorImage()}\n${await runtimeImage()}`);
}
