/**
 * Builds the Go programs named on its standard input (JSON: GoBuild[]) into the cache. binaries.ts runs it under a lock,
 * one at a time; it is a process of its own because a lock held by `flock` ends with the process, however it ends.
 *
 * Each build takes the module's own go.mod and go.sum, so every dependency is the one its authors released with.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { type BuildProgress, buildProgress } from './build-progress.ts';
import { ended } from './process.ts';

export interface GoBuild {
  name: string;
  module: string;
  version: string;
  /** Binary name to package path inside the module. Empty: only its files are wanted. */
  binaries: Record<string, string>;
  /** Name in the cache to path inside the module: files the program needs beside it. */
  files?: Record<string, string>;
  /** Set at link time, by full name. */
  variables?: Record<string, string>;
  /** The version of modules that go.mod replaces with a local folder and requires as v0.0.0. */
  staging?: string;
  /** Path inside the module to what is put there, instead of what is there, before the build. */
  replaced?: Record<string, string>;
  /** Versions of modules, by their path, that are taken instead of those that go.mod wants. */
  instead?: Record<string, string>;
}

/** Outside the checkout, for it is large, belongs to no commit and serves every checkout. */
export const cacheDir =
  process.env.SMOOTH_CACHE ??
  path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'smooth-operator');

/** The folder in the cache where a build lies. Its name holds the whole recipe: a changed one is built anew. */
export function builtAt(build: GoBuild): string {
  const recipe = createHash('sha256').update(JSON.stringify(build)).digest('hex').slice(0, 8);
  return path.join(cacheDir, `${build.name}-${build.version}-${recipe}`);
}

/** Where a changed module lies beside the go.mod that builds it: the module cache itself takes no changes. */
const CHANGED_SOURCE = './source';

interface GoMod {
  Require?: { Path: string; Version: string }[];
  Replace?: { Old: { Path: string }; New: { Path: string; Version?: string } }[];
}

/**
 * Arguments for `go mod edit` that turn a module's own go.mod into one that requires it. Replacements with folders of its
 * repository point nowhere outside it: the released module takes their place.
 */
export function goModEdits(build: GoBuild, mod: GoMod): string[] {
  const edits = ['-module=smooth-operator/build', `-require=${build.module}@${build.version}`];
  for (const [module, version] of Object.entries(build.instead ?? {}))
    edits.push(`-replace=${module}=${module}@${version}`);
  if (build.replaced) edits.push(`-replace=${build.module}=${CHANGED_SOURCE}`);
  for (const { Old, New } of mod.Replace ?? []) {
    if (New.Version !== undefined || !/^\.{0,2}\//.test(New.Path)) continue;
    const required = mod.Require?.find(({ Path }) => Path === Old.Path)?.Version;
    if (required !== 'v0.0.0') edits.push(`-dropreplace=${Old.Path}`);
    else if (build.staging) edits.push(`-replace=${Old.Path}=${Old.Path}@${build.staging}`);
    else throw new Error(`${build.module}: ${Old.Path} has no released version`);
  }
  return edits;
}

export function linkerFlags(variables: Record<string, string> = {}): string {
  return ['-s', '-w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}

const run = promisify(execFile);

interface Go {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** Has a module downloaded, and returns its folder in the module cache. */
async function download({ module, version, binaries }: GoBuild, go: Go): Promise<string> {
  const args = ['mod', 'download', '-json', `${module}@${version}`];
  // Plain files are good whatever Go their module wants: `local` keeps it from fetching that Go, and it fails only then,
  // with the module in its place. Where it failed before, no zip is named.
  const isFiles = Object.keys(binaries).length === 0;
  const env = isFiles ? { ...go.env, GOTOOLCHAIN: 'local' } : go.env;
  // It says in its answer why it failed.
  const { stdout } = await run('go', args, { ...go, env }).catch((error: { stdout: string }) => {
    if (!error.stdout) throw error;
    return error;
  });
  const { Dir, Zip, Error: reason } = JSON.parse(stdout) as { Dir?: string; Zip?: string; Error?: string };
  if (Dir) return Dir;
  if (isFiles && Zip) return extracted(Zip);
  throw new Error(`go mod download of ${module}: ${reason}`);
}

/** The folder that belongs to a zip of the module cache: `cache/download/PATH/@v/VERSION.zip` to `PATH@VERSION`. */
export function extracted(zip: string): string {
  return zip.replace('/cache/download/', '/').replace(/\/@v\/(.+)\.zip$/, '@$1');
}

/** Makes the go.mod in which a module is built, and its changed source where it has one. */
async function prepare(recipe: GoBuild, source: string, go: Go): Promise<void> {
  const at = (name: string) => path.join(go.cwd, name);
  await writeFile(at('go.mod'), await readFile(path.join(source, 'go.mod')));
  await writeFile(at('go.sum'), await readFile(path.join(source, 'go.sum')));
  const mod = JSON.parse((await run('go', ['mod', 'edit', '-json'], go)).stdout) as GoMod;
  await run('go', ['mod', 'edit', ...goModEdits(recipe, mod)], go);
  if (!recipe.replaced) return;
  // The module cache is read-only; the copy must be neither that nor stay behind when it is cleared.
  await run('cp', ['-r', '--no-preserve=mode', source, at(CHANGED_SOURCE)]);
  for (const [name, text] of Object.entries(recipe.replaced)) {
    const file = path.join(at(CHANGED_SOURCE), name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Runs Go, and hears what it says on the way. Returns its output; throws with its own words where it fails. */
async function listen(args: string[], go: Go, progress: BuildProgress): Promise<string> {
  const command = ['--pdeathsig', 'KILL', 'go', ...args];
  const child = spawn('setpriv', command, { ...go, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = async () => {
    for await (const line of createInterface(child.stderr)) progress.heard(line);
  };
  const [code, output] = await Promise.all([ended(child), text(child.stdout), said()]);
  if (code !== 0) throw new Error(`go ${args[0]} ended with ${code}\n${progress.words()}`);
  return output;
}

async function build(recipe: GoBuild, progress: BuildProgress): Promise<void> {
  const target = builtAt(recipe);
  const work = await mkdtemp(path.join(cacheDir, '.build-'));
  try {
    const go = { cwd: work, env: { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0', GOWORK: 'off' } };
    const binaries = Object.entries(recipe.binaries);
    const parts = partsOf(recipe);
    progress.begin(parts[0]!); // What all of its parts need is made ready in the time of the first.
    const source = await download(recipe, go);
    const out = path.join(work, 'out');
    await mkdir(out);
    for (const [name, from] of Object.entries(recipe.files ?? {}))
      await copyFile(path.join(source, from), path.join(out, name));
    if (binaries.length > 0) await prepare(recipe, source, go);
    for (const [index, [name, inModule]] of binaries.entries()) {
      if (index > 0) progress.begin(parts[index]!);
      const program = path.posix.join(recipe.module, inModule);
      progress.expect((await listen(['list', '-deps', program], go, progress)).trim().split('\n'));
      const flags = ['-v', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags(recipe.variables)];
      await listen(['build', ...flags, '-o', path.join(out, name), program], go, progress);
    }
    await rename(out, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What is counted: each program; a module of which only files are wanted is one too. */
function partsOf({ name, version, binaries }: GoBuild): string[] {
  const programs = Object.keys(binaries);
  return (programs.length > 0 ? programs : [name]).map((part) => `${part} ${version}`);
}

async function buildAll(recipes: GoBuild[]): Promise<void> {
  console.error(`Building the throwaway cluster from Go modules, once: what is built stays in ${cacheDir}.`);
  if (recipes.some(({ module }) => module === 'k8s.io/kubernetes'))
    console.error('Kubernetes is part of it, which takes 15 to 40 minutes on two cores.');
  const progress = buildProgress(recipes.flatMap(partsOf).length, process.stderr);
  const telling = setInterval(progress.tell, progress.every);
  try {
    for (const recipe of recipes) await build(recipe, progress);
    progress.end();
  } catch (error) {
    progress.fail();
    throw error;
  } finally {
    clearInterval(telling);
  }
}

if (import.meta.main) {
  // The lock is ours, so whatever is half built here belongs to a build that was ended.
  for (const name of await readdir(cacheDir))
    if (name.startsWith('.build-')) await rm(path.join(cacheDir, name), { recursive: true, force: true });
  const recipes = JSON.parse(await text(process.stdin)) as GoBuild[];
  // Somebody else may have built some of them, while we waited for the lock.
  const missing = recipes.filter((recipe) => !existsSync(builtAt(recipe)));
  if (missing.length > 0)
    await buildAll(missing).catch((error: Error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
}
