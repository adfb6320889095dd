/** Has Go programs built into the cache, once per version and machine, and says where they lie. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { builtAt, cacheDir, type GoBuild } from './build.ts';
import { ended } from './process.ts';
import { allBuilds } from './versions.ts';

/** Finds what the builds brought, by name: a binary or one of their files. Throws for a name none of them has. */
export type Binaries = (name: string) => string;

/** Builds what is missing. Two callers at once, whatever their process, build one after the other and nothing twice. */
export async function binaries(builds: GoBuild[]): Promise<Binaries> {
  const missing = builds.filter((build) => !existsSync(builtAt(build)));
  if (missing.length > 0) await buildUnderLock(missing);
  return (name) => {
    const build = builds.find((each) => name in each.binaries || name in (each.files ?? {}));
    if (!build) throw new Error(`${name} is not among ${builds.map((each) => each.name).join(', ')}`);
    return path.join(builtAt(build), name);
  };
}

async function buildUnderLock(builds: GoBuild[]): Promise<void> {
  const names = builds.map((build) => `${build.module} ${build.version}`).join(', ');
  if (spawnSync('go', ['version']).error)
    throw new Error(`Go 1.26 or newer is needed on the PATH, once, to build ${names}`);
  await mkdir(cacheDir, { recursive: true });
  const script = path.join(import.meta.dirname, 'build.ts');
  const lock = path.join(cacheDir, 'build.lock');
  if (spawnSync('flock', ['--nonblock', lock, 'true']).status === 1)
    console.error(`Another process builds ${cacheDir} just now and tells how far it is: waiting for it.`);
  // Both come with util-linux. The build ends with whoever wants it, and the lock with the build.
  const command = ['--pdeathsig', 'KILL', 'flock', '--no-fork', lock, process.execPath, script];
  const child = spawn('setpriv', command, { stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin.end(JSON.stringify(builds));
  const code = await ended(child);
  if (code !== 0) throw new Error(`building ${names} failed`);
}

if (import.meta.main) await binaries(allBuilds);
