/**
 * `npm run bench:fleet`: many servers at once on simulated nodes, with the real Metacontroller of the PATH. Each contestant
 * gets a fresh cluster, one after another, so the ratios say more than the seconds.
 *
 *     node bench/fleet.ts [--servers 1000] [--only ours,stub] [--apply-strategy dynamic-apply] [--limit 600]
 *     node bench/fleet.ts --flags [--servers 100,300]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { FAST, metacontroller, type Pace } from '../test/e2e/operator.ts';
import { contestants, ours } from './fleet/contestants.ts';
import { measure, type Result } from './fleet/measure.ts';
import { comparison, settingsTable } from './fleet/report.ts';

/** Metacontroller's own defaults first. */
const PACES: Pace[] = [
  { qps: 5, burst: 10, workers: 5 },
  { qps: 20, burst: 40, workers: 5 },
  { qps: 50, burst: 100, workers: 10 },
  { qps: 100, burst: 200, workers: 10 },
  FAST,
];

const { values } = parseArgs({
  options: {
    servers: { type: 'string' },
    flags: { type: 'boolean', default: false },
    only: { type: 'string' },
    'apply-strategy': { type: 'string', default: 'dynamic-apply' },
    limit: { type: 'string', default: '600' },
  },
});
const strategy = values['apply-strategy'];
const limit = Number(values.limit);
const sizes = (values.servers ?? (values.flags ? '100' : '1000')).split(',').map(Number);
if (!metacontroller) throw new Error('a metacontroller binary on the PATH is needed');
if (![limit, ...sizes].every((number) => Number.isInteger(number) && number > 0)) {
  throw new Error('--servers and --limit take whole numbers above 0');
}

const flagsOf = ({ qps, burst, workers }: Pace) =>
  `--client-go-qps=${qps} --client-go-burst=${burst} --workers=${workers}`;

function progress(who: string, { servers, creation, change }: Result): void {
  const seconds = [creation, change].map((phase) => phase.seconds?.toFixed(1) ?? `> ${limit}`);
  console.error(`${new Date().toISOString()} ${who}, ${servers} servers: ${seconds.join(' s, then ')} s`);
}

async function compare(servers: number): Promise<void> {
  const only = values.only?.split(',');
  const results: Result[] = [];
  for (const contestant of contestants({ strategy })) {
    if (only && !only.includes(contestant.name)) continue;
    try {
      const result = await measure(contestant, { servers, limit, silence: true });
      progress(contestant.name, result);
      results.push(result);
    } catch (error) {
      // What the others took so long for is still worth reading.
      console.error(`${contestant.name}:`, error);
      process.exitCode = 1;
    }
  }
  const cores = availableParallelism();
  console.log(`\n${servers} servers, ${cores} cores, \`${flagsOf(FAST)} --apply-strategy=${strategy}\`\n`);
  console.log(comparison(results, limit));
}

async function flags(): Promise<void> {
  const settings: { flags: string; results: Result[] }[] = [];
  for (const pace of PACES) {
    const results: Result[] = [];
    for (const servers of sizes) {
      const result = await measure(ours({ strategy, pace }), { servers, limit, silence: false });
      progress(flagsOf(pace), result);
      results.push(result);
    }
    settings.push({ flags: flagsOf(pace), results });
  }
  console.log(`\n${settingsTable(settings, limit)}`);
}

if (values.flags) await flags();
else for (const servers of sizes) await compare(servers);
