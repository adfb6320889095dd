/**
 * `npm run test:e2e [-- NAME ...]`: all suites, or those named, several at once, for most of their time is waiting. Each is
 * a process with clusters of its own. What it said is printed when it has ended, and in the end how long each took.
 */
import { globSync } from 'node:fs';
import path from 'node:path';
import { finish } from '../cluster/process.ts';
import { OLDEST } from '../cluster/versions.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SUITES = ['test/e2e/*.e2e.ts', 'test/cluster/addons/*.e2e.ts', 'test/docs/*.e2e.ts'];
const AT_ONCE = 4;
const LIMIT_SECONDS = 1800;

/** Those that take longest, in the order in which they begin: what is begun last should end soon. */
const FIRST = [
  'credentials',
  'fleet',
  'outages',
  'api',
  'edits',
  'features',
  'secrets',
  'commands',
  'packages',
  'chaos',
  'sessions',
  'admission',
  'exposure',
];
/** They have more to do than two cores can, so that they go one at a time, beside others that wait. */
const BUSY = new Set(['features', 'fleet', 'life', 'commands', 'packages']);
/** What an older API server may judge or keep otherwise. */
const ON_OLDEST = ['api', 'admission', 'addresses', 'life'];

interface Run {
  /** As the table at the end has it. */
  name: string;
  suite: string;
  file: string;
  env: Record<string, string>;
}

interface Result {
  name: string;
  seconds: number;
  passed: boolean;
}

function runsOf(names: string[]): Run[] {
  const files = globSync(SUITES, { cwd: ROOT }).sort();
  const runs = files.flatMap((file): Run[] => {
    const suite = path.basename(file, '.e2e.ts');
    const newest = { name: suite, suite, file, env: {} };
    const oldest = { ...newest, name: `${suite} on ${OLDEST}`, env: { SMOOTH_KUBERNETES: OLDEST } };
    return ON_OLDEST.includes(suite) ? [newest, oldest] : [newest];
  });
  const isNamed = ({ name, suite }: Run) => names.includes(suite) || names.includes(name);
  const unknown = names.filter((one) => !runs.some(({ name, suite }) => one === name || one === suite));
  if (unknown.length > 0) throw new Error(`no such suite: ${unknown.join(', ')}`);
  const place = ({ suite }: Run) => (FIRST.includes(suite) ? FIRST.indexOf(suite) : FIRST.length);
  return runs
    .filter((run) => names.length === 0 || isNamed(run))
    .sort((one, other) => place(one) - place(other));
}

async function execute({ name, file, env }: Run): Promise<Result> {
  console.log(`=== ${name}: begun`);
  const since = performance.now();
  const { code, stdout, stderr } = await finish(process.execPath, [file], {
    cwd: ROOT,
    env: { TAP_TIMEOUT: String(LIMIT_SECONDS), ...env },
    allowFailure: true,
  });
  const seconds = (performance.now() - since) / 1000;
  const passed = code === 0;
  console.log(
    `\n=== ${name}: ${passed ? 'passed' : 'FAILED'} in ${seconds.toFixed(0)} s\n${stdout}${stderr}`,
  );
  return { name, seconds, passed };
}

/** @returns the results in the order in which they came. */
async function sideBySide(waiting: Run[]): Promise<Result[]> {
  const results: Result[] = [];
  const running = new Map<Run, Promise<void>>();
  while (waiting.length > 0 || running.size > 0) {
    const isBusy = [...running.keys()].some(({ suite }) => BUSY.has(suite));
    const next = waiting.findIndex(({ suite }) => !(isBusy && BUSY.has(suite)));
    if (next === -1 || running.size === AT_ONCE) {
      await Promise.race(running.values());
      continue;
    }
    const [run] = waiting.splice(next, 1) as [Run];
    const done = execute(run).then((result) => {
      results.push(result);
      running.delete(run);
    });
    running.set(run, done);
  }
  return results;
}

const since = performance.now();
const results = await sideBySide(runsOf(process.argv.slice(2)));
console.log(`=== ${results.length} suites in ${((performance.now() - since) / 1000).toFixed(0)} s`);
for (const { name, seconds, passed } of results.sort((one, other) => other.seconds - one.seconds)) {
  console.log(`${seconds.toFixed(0).padStart(5)} s  ${name}${passed ? '' : '  FAILED'}`);
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
