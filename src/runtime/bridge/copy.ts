/**
 * `smooth-runtime copy-bridge DIR`: all that the bridge needs in an image that may have nothing, in one folder: Node.js, the
 * libraries that it has loaded here, their loader, and the bridge in one file. The loader is started by its path and told where
 * the libraries are, so neither the image's own nor the environment of the server's process matter.
 */
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../usage.ts';
import { VERSION } from '../version.ts';

const TERMINATION_LOG = '/dev/termination-log';
const BUNDLE = 'bridge.mjs';
/** Whoever runs the server has to be able to read and to run it. */
const MODE = 0o755;

export const usage = `smooth-runtime copy-bridge DIR

Copies the bridge into DIR, which is then mounted at /bridge beside a server, and runs it there once. It is started by

  /bridge/lib/ld.so --library-path /bridge/lib /bridge/node --max-semi-space-size=2 --max-old-space-size=64 \\
    /bridge/bridge.mjs --host 0.0.0.0 --port PORT -- COMMAND ARG...

Exit status: 0 it is there and runs; 1 it does not run, or cannot be written; 2 wrong use. The reason is also written to
${TERMINATION_LOG}, if there is one.
`;

/** @throws UsageError */
export async function run(args: string[]): Promise<number> {
  const [folder, extra] = args;
  if (folder === undefined || folder.startsWith('-')) throw new UsageError('which folder?');
  if (extra !== undefined) throw new UsageError(`${extra}: what is this?`);
  const problem = await copied(folder).then(
    () => notRunning(folder),
    ({ message }: Error) => `the bridge cannot be copied: ${message}`,
  );
  if (problem === undefined) return 0;
  process.stderr.write(`${problem}\n`);
  await writeFile(TERMINATION_LOG, problem, { flag: 'r+' }).catch(() => {});
  return 1;
}

/** The command line of a bridge in a folder, up to its own flags. */
export function startedFrom(folder: string): [string, ...string[]] {
  const lib = path.join(folder, 'lib');
  return [
    path.join(lib, 'ld.so'),
    '--library-path',
    lib,
    path.join(folder, 'node'),
    '--max-semi-space-size=2',
    '--max-old-space-size=64',
    path.join(folder, BUNDLE),
  ];
}

async function copied(folder: string): Promise<void> {
  const lib = path.join(folder, 'lib');
  await mkdir(lib, { recursive: true });
  const libraries = librariesOfThisProcess();
  const files: [string, string][] = [
    [process.execPath, path.join(folder, 'node')],
    // Beside the compiled command.
    [path.join(import.meta.dirname, '..', '..', BUNDLE), path.join(folder, BUNDLE)],
    ...libraries.map((file): [string, string] => [
      file,
      path.join(lib, isLoader(file) ? 'ld.so' : path.basename(file)),
    ]),
  ];
  for (const [from, to] of files) {
    await copyFile(await realpath(from), to);
    await chmod(to, MODE);
  }
}

interface Report {
  sharedObjects: string[];
}

function librariesOfThisProcess(): string[] {
  const { sharedObjects } = process.report.getReport() as unknown as Report;
  const libraries = sharedObjects.filter((file) => file.startsWith('/') && /\.so(\.|$)/.test(file));
  if (!libraries.some(isLoader)) throw new Error('this Node.js has no loader of glibc');
  return libraries;
}

function isLoader(file: string): boolean {
  return /^ld-linux.*\.so|^ld\.so$/.test(path.basename(file));
}

/** @returns why the copy does not run. */
function notRunning(folder: string): string | undefined {
  const [loader, ...args] = startedFrom(folder);
  const { error, status, stdout, stderr } = spawnSync(loader, [...args, '--version'], { encoding: 'utf8' });
  if (status === 0 && stdout.trim() === VERSION) return undefined;
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  // The loader itself is refused, or what it should map.
  if (code === 'EACCES' || /failed to map segment/.test(stderr ?? '')) {
    return `nothing can be run from ${folder}: its volume is mounted noexec. Put the kubelet's folder on a file system that is not`;
  }
  return `the bridge does not run from ${folder}: ${error?.message ?? stderr.trim()}`;
}
