/** One contestant in a cluster of its own: from nothing to Ready, through a change of image, and into silence. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, up } from '../../test/cluster/cluster.ts';
import { poll } from '../../test/cluster/process.ts';
import { accessTo } from '../../test/e2e/client.ts';
import { isOurWrite, type RequestCount, requests } from '../../test/e2e/look.ts';
import type { Contestant, Started } from './contestants.ts';
import { controller, FIRST_IMAGE, NEXT_IMAGE } from './manifests.ts';
import { type Rollouts, watchRollouts } from './rollouts.ts';

const SILENCE_SECONDS = 20;
/** A status may follow the last Ready: what is counted ends once nothing was written for so long. */
const STILL_SECONDS = 2;
/** A controller that never comes to rest shows in the silence; waiting for it would take for ever. */
const LONGEST_TAIL_SECONDS = 60;
/** Clock ticks per second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100;

export interface Phase {
  /** Until the last server was there; undefined where the limit came first. */
  seconds: number | undefined;
  /** How many servers were not there at that time. */
  pending: number;
  /** Writes by `resource[/subresource] VERB`; the API server's own count. */
  writes: Record<string, number>;
  /** How many of them it refused. */
  refused: number;
  /** GETs of single parents. */
  reads: number;
  calls: Record<string, number>;
  /** CPU seconds. */
  cpu: { metacontroller: number; hook: number };
}

export interface Result {
  name: string;
  servers: number;
  creation: Phase;
  change: Phase;
  /** Undefined where it was not asked for. */
  silence: Phase | undefined;
  /** Servers that were not Ready at the very end. */
  pending: number;
  /** Most resident memory ever, in MB; undefined for what does not exist. */
  peak: { metacontroller: number | undefined; hook: number | undefined };
}

export interface Plan {
  servers: number;
  /** Seconds that each phase may take. */
  limit: number;
  silence: boolean;
}

export async function measure(contestant: Contestant, { servers, limit, silence }: Plan): Promise<Result> {
  const cluster = await up();
  try {
    const access = accessTo(cluster);
    const started = await contestant.start(cluster, access);
    const rollouts = await watchRollouts(access, contestant.parents);
    const counters = () => look(cluster, started);
    const names = Array.from({ length: servers }, (_, index) => `server-${index}`);
    // With the first server it is known that everything runs and is connected; it does not count.
    if (contestant.parents) {
      await started.create(['warm-up']);
      await poll(
        'the first server is Ready',
        async () => rollouts.pending(['warm-up'], FIRST_IMAGE) === 0,
        60,
      );
    }
    const phase = async (image: string, ask: () => Promise<void>) => {
      const before = await still(counters);
      const seconds = await timed(started, rollouts, names, image, limit, ask);
      const pending = rollouts.pending(names, image);
      return { seconds, pending, ...difference(before, await still(counters)) };
    };
    const creation = await phase(FIRST_IMAGE, () => started.create(names));
    const change = await phase(NEXT_IMAGE, () => started.change(names));
    let quiet: Phase | undefined;
    if (silence) {
      const before = await counters();
      await started.resync();
      await sleep(SILENCE_SECONDS * 1000);
      const pending = rollouts.pending(names, NEXT_IMAGE);
      quiet = { seconds: SILENCE_SECONDS, pending, ...difference(before, await counters()) };
    }
    const pending = rollouts.pending(names, NEXT_IMAGE);
    const peak = {
      metacontroller: peakOf(started.metacontroller?.pid),
      hook: peakOf(started.hook?.process.pid),
    };
    await rollouts.stop();
    return { name: contestant.name, servers, creation, change, silence: quiet, pending, peak };
  } finally {
    await cluster.down();
  }
}

/** @returns seconds from asking to the last server; undefined past the limit. */
async function timed(
  { metacontroller, hook }: Started,
  rollouts: Rollouts,
  names: readonly string[],
  image: string,
  limit: number,
  ask: () => Promise<void>,
): Promise<number | undefined> {
  let gone: string | undefined;
  for (const one of [metacontroller, hook?.process]) {
    void one?.exited.then((code) => {
      gone = `${one.log}: its process ended with ${code}`;
    });
  }
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  await ask();
  try {
    const there = async () => {
      if (gone) throw new Error(gone);
      return rollouts.pending(names, image) === 0;
    };
    await poll('all servers are Ready', there, limit - elapsed());
    return elapsed();
  } catch (error) {
    if (elapsed() < limit) throw error;
    return undefined;
  }
}

interface Counters {
  requests: RequestCount[];
  calls: Record<string, number>;
  cpu: { metacontroller: number; hook: number };
}

async function look(cluster: Cluster, { metacontroller, hook }: Started): Promise<Counters> {
  return {
    requests: await requests(cluster),
    calls: hook ? await callsOf(hook.url) : {},
    cpu: { metacontroller: cpuOf(metacontroller?.pid), hook: cpuOf(hook?.process.pid) },
  };
}

/** Counters as they are once nothing is written any more. */
async function still(counters: () => Promise<Counters>): Promise<Counters> {
  const total = (now: Counters) => now.requests.filter(isOurWrite).reduce((sum, { count }) => sum + count, 0);
  let last = await counters();
  let since = performance.now();
  const tail = since + LONGEST_TAIL_SECONDS * 1000;
  while (performance.now() - since < STILL_SECONDS * 1000 && performance.now() < tail) {
    await sleep(500);
    const next = await counters();
    if (total(next) !== total(last)) since = performance.now();
    last = next;
  }
  return last;
}

function difference(before: Counters, after: Counters): Omit<Phase, 'seconds' | 'pending'> {
  const writes: Record<string, number> = {};
  let refused = 0;
  let reads = 0;
  const keyOf = ({ verb, resource, subresource, code }: RequestCount) =>
    [verb, resource, subresource, code].join();
  const then = new Map(before.requests.map((one) => [keyOf(one), one.count]));
  for (const one of after.requests) {
    const count = one.count - (then.get(keyOf(one)) ?? 0);
    if (count === 0) continue;
    const isParent = one.resource === controller.parent.resource && one.subresource === '';
    if (isParent && one.verb === 'GET') reads += count;
    // The parents themselves are what the contestants are asked with.
    if (isParent || !isOurWrite(one)) continue;
    const key = `${[one.resource, one.subresource].filter(Boolean).join('/')} ${one.verb}`;
    writes[key] = (writes[key] ?? 0) + count;
    if (one.code >= 400) refused += count;
  }
  const minus = <T extends Record<string, number>>(now: T, earlier: T) =>
    Object.fromEntries(Object.entries(now).map(([key, value]) => [key, value - (earlier[key] ?? 0)])) as T;
  return {
    writes,
    refused,
    reads,
    calls: minus(after.calls, before.calls),
    cpu: minus(after.cpu, before.cpu),
  };
}

/** Calls by hook, as the hook itself counts them. */
async function callsOf(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const calls: Record<string, number> = {};
  for (const [, hook, count] of text.matchAll(
    /^smooth_operator_hook_calls_total\{.*hook="(\w+)".*\} (\d+)$/gm,
  )) {
    calls[hook!] = (calls[hook!] ?? 0) + Number(count);
  }
  return calls;
}

/** User and system time in seconds; see proc_pid_stat(5). The name before them may hold spaces. */
function cpuOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function peakOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}
