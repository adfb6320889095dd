/** One contestant in a cluster of its own: from nothing to Ready, through a change of image, and into silence. */
import { setTimeout as sleep } from 'node:timers/promises';
import { up } from '../../test/cluster/cluster.ts';
import { poll } from '../../test/cluster/process.ts';
import { accessTo } from '../../test/e2e/client.ts';
import type { Contestant, Started } from './contestants.ts';
import { counted, type Spent, spent } from './counters.ts';
import { peakOf } from './cpu.ts';
import { total } from './figures.ts';
import { type Rollouts, watchRollouts } from './rollouts.ts';
import {
  FIRST_IMAGE,
  type Fleet,
  makeNamespaces,
  NEXT_IMAGE,
  type ServerName,
  serversOf,
} from './servers.ts';

/** Within that Metacontroller has begun to look at every server once more. */
const RESYNC_SECONDS = 5;

export interface Phase extends Spent {
  /** Until the last server was there; undefined where the limit came first. */
  seconds: number | undefined;
  /** How many servers were not there at that time. */
  pending: number;
  /** Where servers are asked what they are. */
  verified: Verified | undefined;
}

export interface Verified {
  /** Until the last server was asked; undefined where the limit came first. */
  seconds: number | undefined;
  /** How many servers had each reason of the condition Verified at that time. */
  reasons: Record<string, number>;
}

export interface Result {
  key: string;
  name: string;
  /** As its contestant has it. */
  children: number | undefined;
  asks: boolean;
  fleet: Fleet;
  creation: Phase;
  /** Undefined where creation did not end: what is left of it would count as the change's. */
  change: Phase | undefined;
  /** A sync of every server where all is right already; undefined where it was not asked for, or nobody looks. */
  settled: Spent | undefined;
  /** Most resident memory ever, in MB; undefined for what does not exist. */
  peak: { metacontroller: number | undefined; hook: number | undefined };
}

export interface Plan {
  fleet: Fleet;
  /** Seconds that each phase may take. */
  limit: number;
  settled: boolean;
}

export async function measure(contestant: Contestant, { fleet, limit, settled }: Plan): Promise<Result> {
  const cluster = await up();
  try {
    const access = accessTo(cluster);
    await makeNamespaces(access, fleet);
    const started = await contestant.start(cluster, access);
    const rollouts = await watchRollouts(access, contestant.children !== undefined);
    const servers = serversOf(fleet);
    if (contestant.children !== undefined) await warmUp(started, rollouts, servers[0]!.namespace);

    let before = await counted(cluster, started);
    const spentSince = async () => {
      const after = await counted(cluster, started);
      const difference = spent(before, after);
      before = after;
      return difference;
    };
    const phase = async (image: string, ask: () => Promise<void>): Promise<Phase> => {
      const there = () => rollouts.pending(servers, image);
      const clock = startClock(started, limit);
      await ask();
      const seconds = await clock.until('all servers are Ready', () => there() === 0);
      const pending = there();
      const reasons = () => rollouts.verdicts(servers, image);
      const areTold = () => total(reasons()) === servers.length;
      const verified = contestant.asks
        ? { seconds: await clock.until('all servers are asked', areTold), reasons: reasons() }
        : undefined;
      return { seconds, pending, verified, ...(await spentSince()) };
    };
    const creation = await phase(FIRST_IMAGE, () => started.create(servers));
    const change =
      creation.pending === 0 ? await phase(NEXT_IMAGE, () => started.change(servers)) : undefined;
    let silence: Spent | undefined;
    if (settled && started.resync && change?.pending === 0) {
      await started.resync();
      await sleep(RESYNC_SECONDS * 1000);
      silence = await spentSince();
    }
    const peak = {
      metacontroller: peakOf(started.metacontroller?.pid),
      hook: peakOf(started.hook?.process.pid),
    };
    await rollouts.stop();
    const { key, name, children, asks } = contestant;
    return { key, name, children, asks, fleet, creation, change, settled: silence, peak };
  } finally {
    await cluster.down();
  }
}

/** With a first server it is known that everything runs and is connected; it does not count. */
async function warmUp(started: Started, rollouts: Rollouts, namespace: string): Promise<void> {
  const servers: ServerName[] = [{ namespace, name: 'warm-up' }];
  await started.create(servers);
  await poll('the first server is Ready', async () => rollouts.pending(servers, FIRST_IMAGE) === 0, 60);
}

interface Clock {
  /** @returns seconds from its start until that is so; undefined past the limit. */
  until(what: string, isSo: () => boolean): Promise<number | undefined>;
}

function startClock({ metacontroller, hook }: Started, limit: number): Clock {
  let gone: string | undefined;
  for (const one of [metacontroller, hook?.process]) {
    void one?.exited.then((code) => {
      gone = `${one.log}: its process ended with ${code}`;
    });
  }
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  const until: Clock['until'] = async (what, isSo) => {
    try {
      const there = async () => {
        if (gone) throw new Error(gone);
        return isSo();
      };
      await poll(what, there, limit - elapsed());
      return elapsed();
    } catch (error) {
      if (elapsed() < limit) throw error;
      return undefined;
    }
  };
  return { until };
}
