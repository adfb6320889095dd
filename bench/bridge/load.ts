/** Calls of one tool, and what they cost the processes that answer. */
import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import type { Contestant } from './contestants.ts';
import { sessionAt } from './session.ts';

export const MEGABYTE = 1024 * 1024;

export interface Load {
  calls: number;
  seconds: number;
  /** In milliseconds. */
  p99: number;
  /** In milliseconds of CPU time: of the process in front, of the server's processes behind it, of the client. */
  cpu: { front: number; behind: number; client: number };
  /** Of the process in front, in bytes: the most that was seen. */
  rss: number;
}

/** With an id of its own each time, which autocannon puts in: of two that are alike in flight, others answer only one. */
const call = JSON.stringify({
  jsonrpc: '2.0',
  id: '[<id>]',
  method: 'tools/call',
  params: { name: 'echo', arguments: { message: 'hello' } },
});

/** @param amount `duration` in seconds or `amount` of calls. */
export async function load(
  { url, pid }: Contestant,
  connections: number,
  amount: { duration: number } | { amount: number },
): Promise<Load> {
  const headers = { ...(await sessionAt(url)), accept: 'application/json, text/event-stream' };
  const before = usage(pid);
  let rss = 0;
  const sampling = setInterval(() => {
    rss = Math.max(rss, rssOf(pid));
  }, 100);
  const result = await autocannon({
    url,
    method: 'POST',
    body: call,
    idReplacement: true,
    headers,
    connections,
    ...amount,
  });
  clearInterval(sampling);
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers other than 200 and ${result.errors} errors`);
  }
  const after = usage(pid);
  return {
    calls: result.requests.total,
    seconds: result.duration,
    p99: result.latency.p99,
    cpu: {
      front: after.front - before.front,
      behind: after.behind - before.behind,
      client: after.client - before.client,
    },
    rss: Math.max(rss, rssOf(pid)),
  };
}

function usage(pid: number) {
  const { user, system } = process.cpuUsage();
  const behind = descendantsOf(pid).reduce((sum, child) => sum + cpuOf(child), 0);
  return { front: cpuOf(pid), behind, client: (user + system) / 1000 };
}

/** Of a process, in milliseconds. */
function cpuOf(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

/** Of a process, in bytes. */
export function rssOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) * 1024;
}

export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}
