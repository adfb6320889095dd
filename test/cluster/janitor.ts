/**
 * Clears up after one cluster when all its processes are gone, and after nobody but itself.
 *
 * Its input is a pipe whose other end the cluster's owner and every process of the cluster hold: it ends when the last of
 * them has. On it come the ids of the process groups (`+ID` started, `-ID` gone). SIGTERM says that the owner died.
 */
import { readFileSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { poll, signal } from './process.ts';

interface Leavings {
  dir: string;
  cgroups?: string[];
}

/** Mount points of the cgroup hierarchies: one in version 2, one for each controller in version 1. */
export function cgroupMounts(mounts = readFileSync('/proc/self/mounts', 'utf8')): string[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, mountPoint]) => mountPoint!);
}

/** Removes a cgroup and those below it; the kernel lets go of one only after its last process has been reaped. */
async function removeCgroup(folder: string): Promise<boolean> {
  try {
    for (const each of await readdir(folder, { withFileTypes: true }))
      if (each.isDirectory()) await removeCgroup(path.join(folder, each.name));
    await rmdir(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

if (import.meta.main) {
  const leavings = JSON.parse(process.argv[2]!) as Leavings;
  const groups = new Set<number>();
  let orphaned = false;
  const endGroups = () => {
    for (const group of groups) signal(-group, 'SIGKILL');
  };
  process.on('SIGTERM', () => {
    orphaned = true;
    endGroups();
  });
  // From its own end on, a terminal's Ctrl-C reaches the owner, and the owner's end reaches us.
  process.on('SIGINT', () => {});
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const group = Number(line.slice(1));
    if (line.startsWith('+')) groups.add(group);
    else groups.delete(group);
    if (orphaned) endGroups();
  }
  for (const cgroup of leavings.cgroups ?? [])
    for (const mount of cgroupMounts()) {
      const folder = path.join(mount, cgroup);
      await poll(`${folder} is empty`, () => removeCgroup(folder), 10).catch(console.error);
    }
  await rm(leavings.dir, { recursive: true, force: true, maxRetries: 5 });
}
