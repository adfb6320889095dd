/**
 * `up [--node real] [--nodes N]`: starts one cluster per user, in the background. `env`: shell lines that point kubectl and
 * helm at it. `down`: ends it. The cluster is held by a process of its own (`hold`), whose id the state file keeps.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { binaries } from './binaries.ts';
import { builtAt } from './build.ts';
import { type UpOptions, up } from './cluster.ts';
import { ensureSystemPackages } from './packages.ts';
import { poll } from './process.ts';
import * as versions from './versions.ts';

interface State {
  /** The holder. Ids are given out again; the start time tells whether it is still the same process. */
  pid: number;
  started: string;
  profile?: string;
  kubeconfig?: string;
  dir?: string;
}

const stateHome = process.env.XDG_STATE_HOME ?? path.join(homedir(), '.local', 'state');
const stateDir = path.join(stateHome, 'smooth-operator');
const stateFile = path.join(stateDir, 'cluster.json');
const holderLog = path.join(stateDir, 'cluster.log');

/** Field 22 of /proc/PID/stat, counted behind the name, which may hold blanks. Undefined where there is no such process. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}

/** The running cluster's state. What a killed holder left is removed. */
function current(): State | undefined {
  if (!existsSync(stateFile)) return undefined;
  const state = JSON.parse(readFileSync(stateFile, 'utf8')) as State;
  if (startTime(state.pid) === state.started) return state;
  rmSync(stateFile, { force: true });
  return undefined;
}

async function start(args: string[], node: UpOptions['node']): Promise<void> {
  const running = current();
  if (running)
    throw new Error(`a cluster is already up (${running.profile ?? 'starting'}); see env, or down`);
  // What takes minutes the first time is done here, where its progress is seen.
  if (node === 'real') ensureSystemPackages();
  await binaries(node === 'real' ? versions.realBuilds : versions.simulatedBuilds());
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const log = openSync(holderLog, 'w');
  const holder = fork(import.meta.filename, ['hold', ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  const ready = await Promise.race([
    once(holder, 'message').then(() => true),
    once(holder, 'exit').then(() => false),
  ]);
  if (!ready) throw new Error(readFileSync(holderLog, 'utf8'));
  holder.disconnect();
  holder.unref();
  const state = current()!;
  console.log(
    `The cluster (${state.profile}) is up; its logs are in ${state.dir}\n\n${environment(state)}\n`,
  );
}

async function hold({ node, nodes }: UpOptions): Promise<void> {
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const state: State = { pid: process.pid, started: startTime(process.pid)! };
  writeFileSync(stateFile, JSON.stringify(state), { flag: 'wx' });
  try {
    const cluster = await up({ ...(node && { node }), ...(nodes && { nodes }) });
    const { profile, kubeconfig, dir } = cluster;
    writeFileSync(stateFile, JSON.stringify({ ...state, profile, kubeconfig, dir }));
    process.send?.('ready');
    await stopped;
    await cluster.down();
  } finally {
    rmSync(stateFile, { force: true });
  }
}

async function stop(): Promise<void> {
  const state = current();
  if (!state) return console.log('no cluster is up');
  process.kill(state.pid, 'SIGTERM');
  await poll('the cluster is down', async () => startTime(state.pid) !== state.started, 60);
  rmSync(holderLog, { force: true });
}

function environment({ kubeconfig }: State): string {
  const { controlPlane, helm } = versions;
  const folders = [controlPlane, helm].map(builtAt).filter(existsSync);
  return [`export KUBECONFIG=${kubeconfig}`, `export PATH=${folders.join(':')}:$PATH`].join('\n');
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { node: { type: 'string' }, nodes: { type: 'string' } },
});
try {
  const [command] = positionals;
  const { node, nodes } = values;
  if (node !== undefined && node !== 'real' && node !== 'simulated') throw new Error(`no such node: ${node}`);
  if (command === 'up') await start(process.argv.slice(3), node);
  else if (command === 'hold') await hold({ ...(node && { node }), ...(nodes && { nodes: Number(nodes) }) });
  else if (command === 'down') await stop();
  else if (command === 'env') {
    const state = current();
    if (!state?.kubeconfig) throw new Error('no cluster is up');
    console.log(environment(state));
  } else throw new Error('usage: npm run cluster -- up [--node real] [--nodes N] | down | env');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
