/** The real node's mount, network and pid namespaces: made, entered, and ended with their first process. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cgroupMounts } from './janitor.ts';
import { type Finished, finish, type RunOptions, type Supervisor } from './process.ts';

export interface Namespaces {
  start: Supervisor['start'];
  startComponent: Supervisor['startComponent'];
  /** Runs a short command to its end, as `finish` of process.ts does. */
  finish(command: string, args: string[], allowFailure?: boolean): Promise<Finished>;
}

/** kubelet wants its root cgroup to exist: in each hierarchy of version 1, in the one of version 2. */
export async function makeCgroup(name: string): Promise<void> {
  await Promise.all(cgroupMounts().map((mount) => mkdir(path.join(mount, name), { recursive: true })));
}

export async function makeNamespaces(
  dir: string,
  { address, clients }: { address: string; clients: string },
  supervisor: Supervisor,
): Promise<Namespaces> {
  const script = path.join(import.meta.dirname, 'node-init.sh');
  const flags = ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL'];
  const command = [...flags, 'sh', script, dir, address, clients];
  const init = await supervisor.startComponent('node-init', 'unshare', command, { forks: true });
  await supervisor.until('the namespaces are made', async () => existsSync(path.join(dir, 'node-ready')));
  const enter = (command: string, args: string[], { env, cwd = dir }: RunOptions = {}) => {
    // Entering a mount namespace loses the working directory; nsenter's own --wd looks it up outside.
    // A caller's strict umask would keep pods out of their own images.
    const inside = ['sh', '-c', 'umask 022; cd "$0" && exec "$@"', cwd, command, ...args];
    const nsenter = ['-t', String(init.pid), '--mount', '--net', '--pid', '--', ...inside];
    return ['nsenter', nsenter, { ...(env && { env }), forks: true }] as const;
  };
  return {
    start: (name, ...rest) => supervisor.start(name, ...enter(...rest)),
    startComponent: (name, ...rest) => supervisor.startComponent(name, ...enter(...rest)),
    finish: (command, args, allowFailure = false) => {
      const [nsenter, all] = enter(command, args);
      return finish(nsenter, all, { allowFailure });
    },
  };
}
