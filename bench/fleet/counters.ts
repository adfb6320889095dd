/** What the API server, the hook and the kernel have counted, and what of it belongs to one phase. */
import { setTimeout as sleep } from 'node:timers/promises';
import { controllers } from '../../src/reconcile/controllers.ts';
import type { Cluster } from '../../test/cluster/cluster.ts';
import { isOurWrite, type RequestCount, requests } from '../../test/e2e/look.ts';
import type { Started } from './contestants.ts';
import { type Cpu, cpu } from './cpu.ts';
import { controller } from './servers.ts';

/** A status may follow the last Ready, and syncs may follow that: what is counted ends once there were none for so long. */
const STILL_SECONDS = 2;
/** A controller that never comes to rest shows in the counts; waiting for it would take for ever. */
const LONGEST_TAIL_SECONDS = 60;

export interface Counters {
  requests: RequestCount[];
  calls: Record<string, number>;
  cpu: Cpu;
  /** When they were read, in seconds. */
  at: number;
}

export interface Spent {
  /** Writes by `resource[/subresource] VERB`; the API server's own count. */
  writes: Record<string, number>;
  /** How many of them it refused. */
  refused: number;
  /** Pods that were made, by whomever: nothing tells those of Deployments from the rest. */
  pods: number;
  /** GETs of single parents. */
  reads: number;
  /** Calls by hook, as the hook itself counts them. */
  calls: Record<string, number>;
  cpu: Cpu;
  /** Seconds over which all this was counted, the idle tail included. */
  elapsed: number;
}

/** @returns the counters as they are once nothing is written or synced any more: the same idle tail for everybody. */
export async function counted(cluster: Cluster, started: Started): Promise<Counters> {
  // Metacontroller gets the parent live at every sync, so that a sync shows though it writes nothing.
  const total = (counts: readonly RequestCount[]) =>
    counts.filter((one) => isOurWrite(one) || isParentGet(one)).reduce((sum, { count }) => sum + count, 0);
  let last = await requests(cluster);
  let since = performance.now();
  const end = since + LONGEST_TAIL_SECONDS * 1000;
  while (performance.now() - since < STILL_SECONDS * 1000 && performance.now() < end) {
    await sleep(500);
    const next = await requests(cluster);
    if (total(next) !== total(last)) since = performance.now();
    last = next;
  }
  const { metacontroller, hook } = started;
  return {
    requests: last,
    at: performance.now() / 1000,
    cpu: cpu({ metacontroller: metacontroller?.pid, hook: hook?.process.pid }),
    calls: hook ? await callsOf(hook.url) : {},
  };
}

export function spent(before: Counters, after: Counters): Spent {
  const writes: Record<string, number> = {};
  let refused = 0;
  let [reads, pods] = [0, 0];
  const keyOf = ({ verb, resource, subresource, code }: RequestCount) =>
    [verb, resource, subresource, code].join();
  const then = new Map(before.requests.map((one) => [keyOf(one), one.count]));
  for (const one of after.requests) {
    const count = one.count - (then.get(keyOf(one)) ?? 0);
    if (count === 0) continue;
    if (isParentGet(one)) reads += count;
    if (one.verb === 'POST' && one.resource === 'pods' && one.subresource === '') pods += count;
    if (isAsked(one) || !isOurWrite(one)) continue;
    const key = `${[one.resource, one.subresource].filter(Boolean).join('/')} ${one.verb}`;
    writes[key] = (writes[key] ?? 0) + count;
    if (one.code >= 400) refused += count;
  }
  return {
    writes,
    refused,
    pods,
    reads,
    elapsed: after.at - before.at,
    calls: minus(after.calls, before.calls),
    cpu: minus({ ...after.cpu }, { ...before.cpu }),
  };
}

const PARENTS = new Set(controllers.map(({ parent }) => parent.resource));

function isParentGet({ verb, resource, subresource }: RequestCount): boolean {
  return verb === 'GET' && subresource === '' && PARENTS.has(resource);
}

/** What the bench itself sends: servers to make, and their next image. */
function isAsked({ verb, resource, subresource }: RequestCount): boolean {
  return (
    resource === controller.parent.resource && subresource === '' && (verb === 'POST' || verb === 'PATCH')
  );
}

function minus<T extends Record<string, number>>(now: T, earlier: T): T {
  return Object.fromEntries(
    Object.entries(now).map(([key, value]) => [key, value - (earlier[key] ?? 0)]),
  ) as T;
}

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
