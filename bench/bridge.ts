/**
 * `npm run bench:bridge`: what takes longer than `npm run bench` may. A stdio server behind the bridge, behind supergateway
 * (stateful), and by its own HTTP; or the bridge's memory over many calls; or what is left of many sessions. Fetches
 * supergateway and the server from the registry once, into the cache beside the checkout's.
 *
 *     npm run bench:bridge [-- --rounds 5] [-- --calls 1000000] [-- --sessions 10000]
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { poll } from '../test/cluster/process.ts';
import { bridgeTo, contestants, everything, fetched, TINY } from './bridge/contestants.ts';
import { childrenOf, load, MEGABYTE, rssOf } from './bridge/load.ts';
import { sessionAt } from './bridge/session.ts';
import { starts } from './bridge/starts.ts';
import { throughput } from './bridge/throughput.ts';

const CONNECTIONS = [1, 16];
const ROUND_SECONDS = 4;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    calls: { type: 'string' },
    sessions: { type: 'string' },
  },
});

/** Memory over many calls. */
async function long(calls: number): Promise<void> {
  const bridge = await bridgeTo(everything());
  const steps: Record<string, object> = {};
  const step = Math.ceil(calls / 10);
  for (let made = step; made <= calls; made += step) {
    const { rss } = await load(bridge, 16, { amount: step });
    steps[made] = { 'RSS MB': Math.round(rss / MEGABYTE) };
  }
  console.log(`\nMemory of the bridge over ${calls} calls`);
  console.table(steps);
  await bridge.stop();
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
  const processes = () => childrenOf(bridge.pid).length;
  await poll('the end of the processes', async () => processes() <= 1, 30);
  console.log(
    `\n${count} sessions with a process each in ${Math.round(seconds)} s: ${processes()} processes are left, RSS ${Math.round(before / MEGABYTE)} MB before, ${Math.round(rssOf(bridge.pid) / MEGABYTE)} MB after, ${readdirSync(`/proc/${bridge.pid}/fd`).length} open files`,
  );
  await bridge.stop();
}

await fetched();
if (values.calls !== undefined) await long(Number(values.calls));
else if (values.sessions !== undefined) await sessions(Number(values.sessions));
else {
  const competing = await contestants();
  for (const connections of CONNECTIONS) {
    await throughput(competing, connections, Number(values.rounds), ROUND_SECONDS);
  }
  for (const one of competing) await one.stop();
  await starts();
}
