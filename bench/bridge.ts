/**
 * `npm run bench:bridge`: a stdio server behind the bridge, behind supergateway (stateful), and by its own HTTP, in one run
 * and in turns, so that a noisy machine is noisy for all. Fetches supergateway and the server from the registry once, into the
 * cache beside the checkout's.
 *
 *     npm run bench:bridge [-- --rounds 5] [-- --calls 1000000] [-- --sessions 10000]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { poll } from '../test/cluster/process.ts';
import { bridgeTo, type Contestant, contestants, everything, fetched, TINY } from './bridge/contestants.ts';
import { sessionAt } from './bridge/session.ts';

const CONNECTIONS = [1, 16];
const ROUND_SECONDS = 4;
const STARTS = 5;
const MEGABYTE = 1024 * 1024;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    calls: { type: 'string' },
    sessions: { type: 'string' },
  },
});

interface Load {
  calls: number;
  seconds: number;
  p99: number;
  /** Of the process in front, in milliseconds. */
  cpu: number;
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

async function load(url: string, pid: number, connections: number, amount: object): Promise<Load> {
  const headers = { ...(await sessionAt(url)), accept: 'application/json, text/event-stream' };
  const before = cpuOf(pid);
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
  const { requests, duration, latency } = result;
  return {
    calls: requests.total,
    seconds: duration,
    p99: latency.p99,
    cpu: cpuOf(pid) - before,
    rss: Math.max(rss, rssOf(pid)),
  };
}

/** Of a process, in milliseconds. */
function cpuOf(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

function rssOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kilobytes) * 1024;
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
const rate = ({ calls, seconds }: Load) => calls / seconds;

async function throughput(competing: readonly Contestant[], connections: number): Promise<void> {
  const loads = new Map(competing.map((one) => [one, [] as Load[]]));
  const seconds = { duration: ROUND_SECONDS };
  for (const { url, pid } of competing) await load(url, pid, connections, seconds);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [{ url, pid }, results] of loads) results.push(await load(url, pid, connections, seconds));
  }
  console.log(
    `\nThe tool echo, ${connections} connections, ${values.rounds} rounds of ${ROUND_SECONDS} s each, medians`,
  );
  const table: Record<string, object> = {};
  for (const [{ name }, results] of loads) {
    table[name] = {
      'calls per second': Math.round(median(results.map(rate))),
      'p99 ms': median(results.map(({ p99 }) => p99)),
      'CPU us per call': Math.round(median(results.map(({ cpu, calls }) => (cpu * 1000) / calls))),
      'RSS MB': Math.round(Math.max(...results.map(({ rss }) => rss)) / MEGABYTE),
    };
  }
  console.table(table);
  const [ours, ...others] = [...loads];
  for (const [{ name }, results] of others) {
    const ratios = results.map((other, round) => rate(ours![1][round]!) / rate(other));
    console.log(`the bridge makes ${median(ratios).toFixed(2)} times the calls of ${name}`);
  }
}

/** Memory over many calls. */
async function long(calls: number): Promise<void> {
  const bridge = await bridgeTo(everything());
  const steps: Record<string, object> = {};
  const step = Math.ceil(calls / 10);
  for (let made = step; made <= calls; made += step) {
    const { rss } = await load(bridge.url, bridge.pid, 16, { amount: step });
    steps[made] = { 'RSS MB': Math.round(rss / MEGABYTE) };
  }
  console.log(`\nMemory of the bridge over ${calls} calls`);
  console.table(steps);
  await bridge.stop();
}

/** From the start of a process until a client can be answered. */
async function starts(): Promise<void> {
  const own: number[] = [];
  const behind: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    own.push(await everything().firstAnswer());
    const began = performance.now();
    const bridge = await bridgeTo(everything());
    behind.push(performance.now() - began);
    await bridge.stop();
  }
  console.log(
    `\nThe server's own start takes ${Math.round(median(own))} ms, the bridge is ready after ${Math.round(median(behind))} ms`,
  );
}

/** What is left of many sessions. */
async function sessions(count: number): Promise<void> {
  const bridge = await bridgeTo(TINY, ['--max-sessions', '64', '--spare', '0']);
  const before = rssOf(bridge.pid);
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const headers = await sessionAt(bridge.url);
      await fetch(bridge.url, { method: 'DELETE', headers });
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: 8 }, worker));
  const seconds = (performance.now() - began) / 1000;
  await poll('the end of the processes', async () => childrenOf(bridge.pid) <= 1, 30);
  console.log(
    `\n${count} sessions with a process each in ${Math.round(seconds)} s: ${childrenOf(bridge.pid)} processes are left, RSS ${Math.round(before / MEGABYTE)} MB before, ${Math.round(rssOf(bridge.pid) / MEGABYTE)} MB after, ${readdirSync(`/proc/${bridge.pid}/fd`).length} open files`,
  );
  await bridge.stop();
}

function childrenOf(pid: number): number {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).length;
}

await fetched();
if (values.calls !== undefined) await long(Number(values.calls));
else if (values.sessions !== undefined) await sessions(Number(values.sessions));
else {
  const competing = await contestants();
  await sleep(1000);
  for (const connections of CONNECTIONS) await throughput(competing, connections);
  for (const one of competing) await one.stop();
  await starts();
}
