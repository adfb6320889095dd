/** What the real node needs from the system, and cannot have from a package registry of a language. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Debian's packages, each by files that only it brings. */
export type Packages = Record<string, string[]>;

const ofTheNode: Packages = {
  runc: ['runc'],
  containerd: ['containerd', 'ctr'],
  'containernetworking-plugins': ['/usr/lib/cni/ptp'],
  iptables: ['iptables'],
  nftables: ['nft'],
  iproute2: ['ip'],
  gcc: ['gcc'],
  'libc6-dev': ['/usr/include/stdlib.h'],
};

/** Debian keeps some of them where a user's PATH does not look. */
const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];

function present(file: string): boolean {
  return folders.some((folder) => {
    try {
      accessSync(path.resolve(folder, file), constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function missingPackages(has: (file: string) => boolean = present, wanted = ofTheNode): string[] {
  return Object.keys(wanted).filter((name) => !wanted[name]!.every(has));
}

/**
 * Installs what is missing where it may; throws with the command to run where it may not.
 * @param wanted what every real node needs, unless told.
 */
export function ensureSystemPackages(wanted: Packages = ofTheNode): void {
  const missing = missingPackages(present, wanted);
  if (missing.length > 0) {
    const install = ['install', '--yes', '--no-install-recommends', ...missing];
    if (process.getuid?.() !== 0 || !present('apt-get'))
      throw new Error(
        `missing on this machine: run (as root)\n  apt-get update && apt-get ${install.join(' ')}`,
      );
    // Others may want some at the same moment, and apt-get refuses where it finds another one at work.
    const lock = path.join(tmpdir(), 'smooth-operator-packages.lock');
    for (const args of [['update'], install]) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      const { status } = spawnSync('flock', [lock, 'apt-get', ...args], { env, stdio: ['ignore', 2, 2] });
      if (status !== 0) throw new Error(`apt-get ${args[0]} ended with ${status}`);
    }
  }
  if (process.getuid?.() !== 0)
    throw new Error('the real node needs root: namespaces, mounts, a container runtime');
}
