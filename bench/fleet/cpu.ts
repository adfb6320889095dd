/** Who spends the machine's time, from /proc: seconds until all is done say little on a machine that others use too. */
import { readFileSync } from 'node:fs';

/** Clock ticks per second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100;

/** CPU seconds, user and system. */
export interface Cpu {
  metacontroller: number;
  hook: number;
  /** The API server and etcd. */
  api: number;
  /** The cluster's controllers, its scheduler and its simulated nodes. */
  cluster: number;
  /** This process, which asks and watches. */
  bench: number;
  /** Everything else on the machine, and what its own host took away from it. */
  others: number;
}

const API = new Set(['kube-apiserver', 'etcd']);

/** @param known the processes that are told apart by their id; the cluster's are the other children of this one. */
export function cpu(known: { metacontroller: number | undefined; hook: number | undefined }): Cpu {
  const { user, system } = process.cpuUsage();
  const spent: Cpu = {
    metacontroller: 0,
    hook: 0,
    api: 0,
    cluster: 0,
    bench: (user + system) / 1e6,
    others: 0,
  };
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  for (const pid of children.split(' ').filter(Boolean).map(Number)) {
    const { command, seconds } = processAt(pid);
    if (pid === known.metacontroller) spent.metacontroller += seconds;
    else if (pid === known.hook) spent.hook += seconds;
    else spent[API.has(command) ? 'api' : 'cluster'] += seconds;
  }
  const ours = Object.values(spent).reduce((sum, seconds) => sum + seconds, 0);
  return { ...spent, others: machine() - ours };
}

/** See proc_pid_stat(5). The command stands in brackets, and may hold spaces. */
function processAt(pid: number): { command: string; seconds: number } {
  const [, command, rest] = /^\d+ \((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
  const fields = rest!.split(' ');
  return { command: command!, seconds: (Number(fields[11]) + Number(fields[12])) / TICKS };
}

/** What all processes of the machine have spent since it started; see proc_stat(5). */
function machine(): number {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number) as [number, number, number, number, number, number, number, number];
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

/** @returns most resident memory that a process ever had, in MB; undefined for one that does not exist. */
export function peakOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}
