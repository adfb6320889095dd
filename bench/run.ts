/**
 * `npm run bench`: what a sync costs, beside a bare Fastify route that moves the same bytes, and what the bridge costs, beside
 * supergateway and a server's own HTTP, in one run. They take turns in short rounds, so that a noisy machine is noisy for all.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { freePort } from '../test/cluster/ports.ts';
import { memoryEnvironment, nodeFlags } from '../test/install/image.ts';
import { contestants, fetched } from './bridge/contestants.ts';
import { starts } from './bridge/starts.ts';
import { throughput as bridgeThroughput } from './bridge/throughput.ts';
import { callOf, unseen } from './calls.ts';
import { catalogs } from './catalogs.ts';
import { bodyOf, FULL, RECORDED_WITH, TYPICAL } from './recording.ts';
import type { Usage } from './server.ts';

const ROUNDS = 6;
const ROUND_SECONDS = 3;
const CONNECTIONS = 10;
/** How many specs that were never seen before make a round. */
const UNSEEN = 2000;
const ADMISSIONS_PER_SECOND = 200;
/** How many of those go before: at this pace the compiler of V8 is otherwise still at work when the figure is taken. */
const ADMISSIONS_BEFORE = 10_000;
const MEMORY_SYNCS = 100_000;
const COLD_STARTS = 5;
const BRIDGE_CONNECTIONS = 16;
const BRIDGE_ROUNDS = 5;
const BRIDGE_ROUND_SECONDS = 2;

/** A call that is put off because the machine stood still for a second would be no figure of ours. */
const PATIENT = { MAX_EVENT_LOOP_DELAY_MS: '0' };

const root = path.resolve(import.meta.dirname, '..');
const body = bodyOf(TYPICAL);

interface Server {
  url: string;
  usage(): Promise<Usage>;
  stop(): void;
}

async function start(kind: 'hook' | 'floor', file: string, route = '/sync'): Promise<Server> {
  const child: ChildProcess = fork(path.join(import.meta.dirname, 'server.ts'), [kind, file, route], {
    execArgv: nodeFlags(),
    env: {
      ...process.env,
      ...memoryEnvironment(),
      ...PATIENT,
      ...RECORDED_WITH,
      ...(route === '/sync' ? {} : { POLICY_FILE: path.join(import.meta.dirname, 'policy.yaml') }),
    },
  });
  const [port] = await once(child, 'message');
  return {
    url: `http://127.0.0.1:${port}${route}`,
    usage: async () => {
      child.send('usage');
      const [usage] = await once(child, 'message');
      return usage as Usage;
    },
    stop: () => child.disconnect(),
  };
}

interface Load {
  requests: number;
  seconds: number;
  cpu: number;
  p99: number;
}

/** @param bodies gives one after another, each of which is sent once, so many in all. */
async function load(server: Server, body: string, bodies?: () => string, amount = UNSEEN): Promise<Load> {
  const before = await server.usage();
  const result = await autocannon({
    url: server.url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(bodies
      ? { requests: Array.from({ length: amount }, () => ({ body: bodies() })), amount }
      : { body, duration: ROUND_SECONDS }),
    connections: bodies ? 1 : CONNECTIONS,
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers other than 200 and ${result.errors} errors`);
  }
  const after = await server.usage();
  return {
    requests: result.requests.total,
    seconds: result.duration,
    cpu: after.cpu - before.cpu,
    p99: result.latency.p99,
  };
}

/** One call after the other at even intervals, whether the one before is answered or not: as an API server comes. */
async function paced(server: Server, bodies: readonly string[], perSecond: number): Promise<Load> {
  const agent = new http.Agent({ keepAlive: true });
  const call = (body: string) =>
    new Promise<number>((resolve, reject) => {
      const began = performance.now();
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = http.request(server.url, { method: 'POST', agent, headers }, (response) => {
        response.resume().once('end', () => resolve(performance.now() - began));
        if (response.statusCode !== 200) reject(new Error(`an answer of ${response.statusCode}`));
      });
      request.once('error', reject).end(body);
    });
  const before = await server.usage();
  const began = performance.now();
  const calls: Promise<number>[] = [];
  for (const [index, body] of bodies.entries()) {
    const wait = began + (index * 1000) / perSecond - performance.now();
    if (wait > 0) await sleep(wait);
    calls.push(call(body));
  }
  const times = (await Promise.all(calls)).sort((a, b) => a - b);
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  const after = await server.usage();
  const p99 = times[Math.ceil(times.length * 0.99) - 1]!;
  return { requests: bodies.length, seconds, cpu: after.cpu - before.cpu, p99 };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function throughput(what: string, file: string): Promise<void> {
  const body = bodyOf(file);
  const [hook, floor] = [await start('hook', file), await start('floor', file)];
  await load(hook, body);
  await load(floor, body);
  const rounds: { hook: Load; floor: Load }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({
      hook: await load(hook, body),
      floor: await load(floor, body),
    });
  }
  const rate = (side: 'hook' | 'floor') =>
    median(rounds.map((one) => one[side].requests / one[side].seconds));
  const cost = (side: 'hook' | 'floor') => median(rounds.map((one) => one[side].cpu / one[side].requests));
  console.log(
    `\nA sync of ${what}, its spec seen before: ${body.length} bytes in, ${ROUNDS} rounds of ${ROUND_SECONDS} s each, medians`,
  );
  console.table({
    hook: row(rate('hook'), cost('hook'), median(rounds.map((one) => one.hook.p99))),
    'bare Fastify': row(rate('floor'), cost('floor'), median(rounds.map((one) => one.floor.p99))),
    'ratio hook / bare': {
      'syncs per second': round3(median(rounds.map((one) => ratio(one.hook) / ratio(one.floor)))),
      'CPU ms per sync': round3(cost('hook') / cost('floor')),
    },
  });
  const fresh = () => JSON.stringify(unseen(JSON.parse(body)));
  const first = await load(hook, body, fresh);
  const same = await load(floor, body, fresh);
  console.log(`\nThe first sync of a spec, ${what}: ${UNSEEN} different ones, one after another`);
  console.table({
    hook: { 'CPU ms per sync': round3(first.cpu / first.requests) },
    'bare Fastify': { 'CPU ms per sync': round3(same.cpu / same.requests) },
  });
  hook.stop();
  floor.stop();
}

/** Each server is one that nobody has seen: the API server asks once. */
async function admission(what: string, file: string): Promise<void> {
  const route = '/admission/validate';
  const call = JSON.parse(bodyOf(file));
  const fresh = () => JSON.stringify(callOf(route, unseen(call)));
  const [hook, floor] = [await start('hook', file, route), await start('floor', file, route)];
  const table: Record<string, object> = {};
  const costs: number[] = [];
  for (const [name, server] of [
    ['hook', hook],
    ['bare Fastify', floor],
  ] as const) {
    const before = await load(server, '', fresh, ADMISSIONS_BEFORE);
    const { cpu, requests, p99 } = await paced(
      server,
      Array.from({ length: UNSEEN }, fresh),
      ADMISSIONS_PER_SECOND,
    );
    costs.push(cpu / requests);
    table[name] = {
      'CPU ms per answer': round3(cpu / requests),
      'p99 ms': round3(p99),
      'CPU ms, one after another': round3(before.cpu / before.requests),
    };
    server.stop();
  }
  table['ratio hook / bare'] = { 'CPU ms per answer': round3(costs[0]! / costs[1]!) };
  console.log(
    `\nAn admission answer for ${what}: ${fresh().length} bytes in, ${UNSEEN} different ones at ${ADMISSIONS_PER_SECOND} a second, after ${ADMISSIONS_BEFORE} others`,
  );
  console.table(table);
}

const ratio = ({ requests, seconds }: Load) => requests / seconds;
const round3 = (value: number) => Math.round(value * 1000) / 1000;
const row = (rate: number, cost: number, p99: number) => ({
  'syncs per second': Math.round(rate),
  'CPU ms per sync': round3(cost),
  'p99 ms': p99,
});

async function memory(): Promise<void> {
  const table: Record<string, object> = {};
  const service = await startService();
  const rss = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.child.pid}/status`, 'utf8'))![1]);
  table['at the start'] = { 'resident MB': Math.round(rss() / 1024) };
  for (let part = 1; part <= 4; part++) {
    await autocannon({
      url: `${service.url}/sync`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      connections: CONNECTIONS,
      amount: MEMORY_SYNCS / 4,
    });
    table[`after ${(MEMORY_SYNCS / 4) * part} syncs`] = { 'resident MB': Math.round(rss() / 1024) };
  }
  service.child.kill('SIGKILL');
  console.log('\nMemory of `smooth-operator serve`, as built');
  console.table(table);
}

async function coldStart(): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < COLD_STARTS; run++) {
    const { child, milliseconds } = await startService();
    times.push(milliseconds);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  console.log('\nFrom start to a ready answer of `smooth-operator serve`, as built');
  console.table({
    'cold start': { 'median ms': Math.round(median(times)), 'worst ms': Math.round(Math.max(...times)) },
  });
}

/** Starts the command as the image does and waits until `/readyz` says yes. */
async function startService() {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [...nodeFlags(), path.join(root, 'dist/cli.js'), 'serve'], {
    env: {
      ...process.env,
      ...memoryEnvironment(),
      ...PATIENT,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'error',
    },
    stdio: 'inherit',
  });
  const url = `http://127.0.0.1:${port}`;
  while (true) {
    try {
      if ((await fetch(`${url}/readyz`)).ok) break;
    } catch {
      // Not listening yet.
    }
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode} before it was ready`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { child, url, milliseconds: performance.now() - began };
}

/** `npm run bench:bridge` takes longer for it, and looks at many calls and many sessions. */
async function bridge(): Promise<void> {
  await fetched();
  const competing = await contestants();
  await bridgeThroughput(competing, BRIDGE_CONNECTIONS, BRIDGE_ROUNDS, BRIDGE_ROUND_SECONDS);
  for (const one of competing) await one.stop();
  await starts();
}

await throughput('a typical server', TYPICAL);
await throughput('a server with every feature on', FULL);
await admission('a typical server', TYPICAL);
await admission('a server with every feature on', FULL);
await catalogs();
await coldStart();
await memory();
await bridge();
