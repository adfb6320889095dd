/**
 * Long-lived processes of one cluster: started, waited for, stopped by id.
 *
 * Nothing survives the process that started it, however that ends: every child asks the kernel to be killed with its parent
 * (`setpriv --pdeathsig`), and a janitor of its own session clears the folder and the cgroups once the last of them is gone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';

/**
 * In front of every command: the kernel kills it with its parent, and it runs as a user would run it, without what a test
 * runner puts into NODE_OPTIONS of all that is started from it.
 */
const MORTAL = ['--pdeathsig', 'KILL', '--', 'env', '-u', 'NODE_OPTIONS'];

export interface RunningProcess {
  readonly pid: number;
  /** Path of the file that takes its output, behind that of others of its name. */
  readonly log: string;
  /** What it has written so far. */
  output(): Promise<string>;
  /** Its exit code; null where a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Asks (SIGTERM unless told), kills after ten seconds, and returns when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A process that can be taken away and brought back as it was. */
export interface Replaceable {
  /** As of a RunningProcess; one that is gone already is no error. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again unless it runs, and returns when it takes work. */
  start(): Promise<void>;
  /** Has it neither work nor answer until `resume`, while its connections stay open. */
  pause(): void;
  resume(): void;
}

/** @param again starts the process as it was, and returns when it takes work. */
export function replaceable(first: RunningProcess, again: () => Promise<RunningProcess>): Replaceable {
  let running = first;
  let isGone = false;
  const watch = () =>
    running.exited.then(() => {
      isGone = true;
    });
  watch();
  return {
    stop: (first) => running.stop(first),
    async start() {
      if (!isGone) return;
      running = await again();
      isGone = false;
      watch();
    },
    pause: () => signal(running.pid, 'SIGSTOP'),
    resume: () => signal(running.pid, 'SIGCONT'),
  };
}

/** Has others stop and start with a process that they cannot do without. They go on while it is paused. */
export function withOthers(one: Replaceable, others: readonly Replaceable[]): Replaceable {
  return {
    ...one,
    async stop(first) {
      await Promise.all([one, ...others].map((each) => each.stop(first)));
    },
    async start() {
      await one.start();
      await Promise.all(others.map((each) => each.start()));
    },
  };
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
}

export interface StartOptions extends RunOptions {
  /** The command (unshare, nsenter) forks, waits for its child and passes no signal on: the process meant is the child. */
  forks?: boolean;
}

export interface Supervisor {
  /** Starts a process whose output goes to NAME.log in the cluster's folder. */
  start(name: string, command: string, args: string[], options?: StartOptions): Promise<RunningProcess>;
  /** Like start, and when the process ends without being stopped, whoever waits with `until` gets its last words. */
  startComponent(
    name: string,
    command: string,
    args: string[],
    options?: StartOptions,
  ): Promise<RunningProcess>;
  /** Waits until the check holds. Throws when a component ends, or after the time limit (60 s unless told). */
  until(what: string, check: () => Promise<boolean>, seconds?: number): Promise<void>;
  /** Ends every process and returns when all are gone and the janitor has cleared up. */
  down(): Promise<void>;
}

/** @param leavings what the janitor removes at the end: the cluster's folder, and names of cgroups at their root. */
export async function supervise(leavings: { dir: string; cgroups?: string[] }): Promise<Supervisor> {
  const script = path.join(import.meta.dirname, 'janitor.ts');
  const command = ['--pdeathsig', 'TERM', process.execPath, script, JSON.stringify(leavings)];
  const janitor = spawn('setpriv', command, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  await once(janitor, 'spawn').catch((error: Error) => {
    throw new Error(`setpriv of util-linux is needed: ${error.message}`);
  });
  await once(janitor.stdout, 'data'); // Its handlers are in place: from here on nothing can be left behind.
  janitor.stdin.on('error', () => {}); // It is only ever gone when somebody killed it; its end is seen in `down`.
  const janitorGone = once(janitor, 'exit');

  const running = new Map<RunningProcess, 'component' | 'guest'>();
  let closing = false;
  let failure: Error | undefined; // Whoever waits gets it; where nobody waits it is no crash.

  const start: Supervisor['start'] = async (name, command, args, options) => {
    const log = path.join(leavings.dir, `${name}.log`);
    const started = await launch(janitor.stdin, log, command, args, options);
    running.set(started, 'guest');
    started.exited.then(() => running.delete(started));
    return started;
  };
  return {
    start,
    async startComponent(name, command, args, options) {
      const started = await start(name, command, args, options);
      running.set(started, 'component');
      let meant = false;
      started.exited.then(async (code) => {
        if (!closing && !meant)
          failure ??= new Error(`${name} ended with ${code}:\n${lastLines(await started.output())}`);
      });
      const stop: RunningProcess['stop'] = (first) => {
        meant = true;
        return started.stop(first);
      };
      return { ...started, stop };
    },
    until(what, check, seconds = 60) {
      const holds = () => {
        if (failure) throw failure;
        return check();
      };
      return poll(what, holds, seconds);
    },
    async down() {
      closing = true;
      const ofKind = (kind: string) => [...running].filter((each) => each[1] === kind).map((each) => each[0]);
      await Promise.all(ofKind('guest').map((guest) => guest.stop()));
      // Components have nothing worth saving: their data goes with the folder.
      await Promise.all(ofKind('component').map((component) => component.stop('SIGKILL')));
      janitor.stdin.end();
      await janitorGone;
    },
  };
}

/**
 * Starts one process in a session and group of its own. It inherits the write end of the janitor's pipe: the janitor's
 * input ends when the last holder is gone, which is how it knows without asking that all have ended.
 */
async function launch(
  janitor: Writable,
  log: string,
  command: string,
  args: string[],
  { env, cwd, forks = false }: StartOptions = {},
): Promise<RunningProcess> {
  const output = await open(log, 'a');
  const { size: others } = await output.stat();
  const child = spawn('setpriv', [...MORTAL, command, ...args], {
    stdio: ['ignore', output.fd, output.fd, janitor],
    detached: true,
    env: { ...process.env, ...env },
    cwd,
  });
  const exited = ended(child);
  exited.catch(() => {}); // Where there is no such folder or command, the next line throws the same.
  await once(child, 'spawn').finally(() => output.close());
  const leader = child.pid!;
  janitor.write(`+${leader}\n`);
  exited.then(() => {
    signal(-leader, 'SIGKILL'); // what it may have left behind
    janitor.write(`-${leader}\n`);
  });
  const pid = forks ? await Promise.race([firstChild(leader), exited.then(() => leader)]) : leader;
  const stop = async (first: NodeJS.Signals = 'SIGTERM') => {
    signal(forks ? pid : -leader, first);
    const kill = setTimeout(() => signal(-leader, 'SIGKILL'), 10_000);
    await exited;
    clearTimeout(kill);
  };
  const said = async () => (await readFile(log)).subarray(others).toString();
  return { pid, log, output: said, exited, stop };
}

async function firstChild(pid: number): Promise<number> {
  let children = '';
  const forked = async () => {
    children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    return children !== '';
  };
  await poll(`process ${pid} has a child`, forked, 10);
  return Number.parseInt(children, 10);
}

/** Signals a process, or with a negative id its group; one that is gone already is no error. */
export function signal(id: number, name: NodeJS.Signals): void {
  try {
    process.kill(id, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Asks again and again: for conditions that nothing announces, such as a port that answers. It rests for 25 ms, and up
 * to a second as long as the check took: one that starts a process would leave little of the machine to what it waits for.
 */
export async function poll(what: string, check: () => Promise<boolean>, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    // Read before the check: however long that takes, one that began in time has not failed for lack of it.
    const asked = performance.now();
    if (await check()) return;
    if (asked > end) throw new Error(`not within ${seconds} s: ${what}`);
    const rest = Math.max(25, Math.min(1000, performance.now() - asked));
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-20).join('\n');
}

/** The exit code; null where a signal ended it. Throws where there is no such command. */
export function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
}

export interface Finished {
  stdout: string;
  stderr: string;
  code: number;
}

/** Runs a short command to its end. Throws where it fails, unless told that failure is an answer too. */
export async function finish(
  command: string,
  args: string[],
  options: RunOptions & { input?: string; allowFailure?: boolean } = {},
): Promise<Finished> {
  const child = spawn('setpriv', [...MORTAL, command, ...args], {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  child.stdin.on('error', () => {}); // It may end without having read its input.
  child.stdin.end(options.input ?? '');
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      output[stream] += chunk;
    });
  const code = await new Promise<number>((resolve, reject) =>
    child.once('error', reject).once('close', (status) => resolve(status ?? 1)),
  );
  if (code !== 0 && !options.allowFailure)
    throw new Error(`${path.basename(command)} ${args.join(' ')} ended with ${code}: ${output.stderr}`);
  return { ...output, code };
}
