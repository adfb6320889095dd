/**
 * `npm run bench:fleet`: many servers at once on simulated nodes, with the real Metacontroller of the PATH. Each contestant
 * gets a fresh cluster, one after another, so the ratios say more than the seconds.
 *
 *     node bench/fleet.ts [--servers 100,300,1000] [--namespaces 1,50] [--only ours,unasked,pods,lean,catalog,stub,bare] [--rounds 3]
 *                         [--apply-strategy dynamic-apply] [--workers 20] [--limit 600]
 *     node bench/fleet.ts --flags [--servers 100,300] [--apply-strategy dynamic-apply] [--limit 600]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { FAST, metacontroller } from '../test/e2e/operator.ts';
import { type Contestant, contestants, ours } from './fleet/contestants.ts';
import { cpuOf, duration, inWords, spreadOver } from './fleet/figures.ts';
import { measure, type Result } from './fleet/measure.ts';
import { flagsOf, PACES, settingsTable } from './fleet/paces.ts';
import { comparison, ratios } from './fleet/report.ts';
import { middleOf, orderOf } from './fleet/rounds.ts';
import { series } from './fleet/series.ts';
import type { Fleet } from './fleet/servers.ts';

const { values } = parseArgs({
  options: {
    servers: { type: 'string' },
    namespaces: { type: 'string', default: '1' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    flags: { type: 'boolean', default: false },
    'apply-strategy': { type: 'string', default: 'dynamic-apply' },
    workers: { type: 'string', default: String(FAST.workers) },
    limit: { type: 'string', default: '600' },
  },
});
if (!metacontroller) throw new Error('a metacontroller binary on the PATH is needed');
const strategy = values['apply-strategy'];
const sizes = wholeNumbers('--servers', values.servers ?? (values.flags ? '100' : '1000'));
const spreads = wholeNumbers('--namespaces', values.namespaces);
const [limit] = wholeNumbers('--limit', values.limit) as [number];
const [rounds] = wholeNumbers('--rounds', values.rounds) as [number];
const [workers] = wholeNumbers('--workers', values.workers) as [number];
const pace = { ...FAST, workers };

function wholeNumbers(option: string, list: string): number[] {
  const numbers = list.split(',').map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number > 0)) return numbers;
  throw new Error(`${option} ${list}: it takes whole numbers above 0, with commas between`);
}

function progress(who: string, result: Result): void {
  const phases = (['creation', 'change'] as const).map((phase) => {
    const cpu = cpuOf(result, phase, 'metacontroller');
    const spent = cpu === '-' ? '' : ` (Metacontroller: ${cpu} ms a server)`;
    return `${duration(result[phase], limit)}${spent}`;
  });
  console.error(`${new Date().toISOString()} ${inWords(result.fleet)}, ${who}: ${phases.join(', then ')}`);
}

function chosen() {
  const all = contestants({ strategy, pace });
  const keys = values.only?.split(',') ?? all.map(({ key }) => key);
  const unknown = keys.find((key) => !all.some((one) => one.key === key));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: there are ${all.map(({ key }) => key).join(', ')}`);
  }
  return all.filter(({ key }) => keys.includes(key));
}

/** Contestants side by side, for each size and spread. */
async function compare(): Promise<void> {
  const known: Result[] = [];
  const competing = chosen();
  const conditions = `${availableParallelism()} cores, \`${flagsOf(pace)} --apply-strategy=${strategy}\``;
  for (const namespaces of spreads) {
    for (const servers of sizes) {
      const fleet: Fleet = { servers, namespaces };
      const measured: Result[] = [];
      for (let round = 0; round < rounds; round++) {
        measured.push(...(await roundOf(orderOf(competing, round), fleet)));
      }
      const results = competing.flatMap(({ key }) => {
        const these = measured.filter((one) => one.key === key);
        return these.length > 0 ? middleOf(these) : [];
      });
      known.push(...results);
      const middle = rounds > 1 ? `, the middle of ${rounds} rounds` : '';
      print(`${inWords(fleet)}, ${conditions}${middle}`, comparison(results, limit), ratios(results, limit));
    }
  }
  if (sizes.length > 1) {
    for (const namespaces of spreads) {
      const these = known.filter(({ fleet }) => fleet.namespaces === namespaces);
      print(`Growth in ${spreadOver(namespaces)}, ${conditions}`, series(these, 'servers', limit));
    }
  }
  if (spreads.length > 1) {
    for (const servers of sizes) {
      const these = known.filter(({ fleet }) => fleet.servers === servers);
      print(`Spread of ${servers} servers, ${conditions}`, series(these, 'namespaces', limit));
    }
  }
}

async function roundOf(competing: readonly Contestant[], fleet: Fleet): Promise<Result[]> {
  const results: Result[] = [];
  for (const contestant of competing) {
    try {
      const result = await measure(contestant, { fleet, limit, settled: true });
      progress(contestant.name, result);
      results.push(result);
    } catch (error) {
      // What the others took so long for is still worth reading.
      console.error(`${inWords(fleet)}, ${contestant.name}:`, error);
      process.exitCode = 1;
    }
  }
  return results;
}

function print(title: string, ...tables: (string | undefined)[]): void {
  console.log(`\n## ${title}\n`);
  for (const one of tables) if (one) console.log(`${one}\n`);
}

/** The operator with each setting of Metacontroller's rate flags. */
async function flags(): Promise<void> {
  const settings: { flags: string; results: Result[] }[] = [];
  for (const pace of PACES) {
    const results: Result[] = [];
    for (const servers of sizes) {
      const fleet = { servers, namespaces: 1 };
      const result = await measure(ours({ strategy, pace }), { fleet, limit, settled: false });
      progress(flagsOf(pace), result);
      results.push(result);
    }
    settings.push({ flags: flagsOf(pace), results });
  }
  console.log(`\n${settingsTable(settings, limit)}`);
}

await (values.flags ? flags() : compare());
