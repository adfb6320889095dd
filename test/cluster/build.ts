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
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { ended } from './process.ts';

export interface GoBuild {
  name: string;
  module: string;
  version: string;
  /** Binary name to package path inside the module. */
  binaries: Record<string, string>;
  /** Name in the cache to path inside the module: files the program needs beside it. */
  files?: Record<string, string>;
  /** Set at link time, by full name. */
  variables?: Record<string, string>;
  /** The version of modules that go.mod replaces with a local folder and requires as v0.0.0. */
  staging?: string;
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

async function build(recipe: GoBuild): Promise<void> {
  const target = builtAt(recipe);
  if (existsSync(target)) return;
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(path.join(cacheDir, '.build-'));
  try {
    const go = { cwd: work, env: { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0', GOWORK: 'off' } };
    const download = await run('go', ['mod', 'download', '-json', `${recipe.module}@${recipe.version}`], go);
    const { Dir: source } = JSON.parse(download.stdout) as { Dir: string };
    await writeFile(path.join(work, 'go.mod'), await readFile(path.join(source, 'go.mod')));
    await writeFile(path.join(work, 'go.sum'), await readFile(path.join(source, 'go.sum')));
    const mod = JSON.parse((await run('go', ['mod', 'edit', '-json'], go)).stdout) as GoMod;
    await run('go', ['mod', 'edit', ...goModEdits(recipe, mod)], go);

    const out = path.join(work, 'out');
    await mkdir(out);
    for (const [name, from] of Object.entries(recipe.files ?? {}))
      await copyFile(path.join(source, from), path.join(out, name));
    for (const [name, inModule] of Object.entries(recipe.binaries)) {
      console.error(`building ${name} ${recipe.version}`);
      const flags = ['-trimpath', '-buildvcs=false', '-ldflags', linkerFlags(recipe.variables)];
      const place = ['-o', path.join(out, name), path.posix.join(recipe.module, inModule)];
      const args = ['--pdeathsig', 'KILL', 'go', 'build', ...flags, ...place];
      const child = spawn('setpriv', args, { ...go, stdio: ['ignore', 'inherit', 'inherit'] });
      const code = await ended(child);
      if (code !== 0) throw new Error(`go build of ${name} ended with ${code}`);
    }
    await rename(out, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  // The lock is ours, so whatever is half built here belongs to a build that was ended.
  for (const name of await readdir(cacheDir))
    if (name.startsWith('.build-')) await rm(path.join(cacheDir, name), { recursive: true, force: true });
  for (const recipe of JSON.parse(await text(process.stdin)) as GoBuild[]) await build(recipe);
}
