/**
 * Two minutes in which the hook and Metacontroller are killed and the API server hangs, as chance has it, while servers
 * change: a minute after the end every server is what was asked for last. SMOOTH_SEED=NUMBER draws the same again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { up } from '../cluster/cluster.ts';
import { brief, ChangingFleet } from './changing-fleet.ts';
import { accessTo } from './client.ts';
import { engineReport, engines, startOperator } from './operator.ts';

const SERVERS = 40;
const CHAOS_SECONDS = 120;
/** What the chaos is followed by at most. */
const BACK_SECONDS = 60;
/** For what is no chaos; a machine may be busy. */
const LIMIT_SECONDS = 180;

/** Milliseconds, from and to: how long something is away, and how long all is well before the next. */
const AWAY_MS = [1_000, 15_000] as const;
const WELL_MS = [1_000, 8_000] as const;
const BETWEEN_CHANGES_MS = [100, 1_000] as const;

t.comment(engineReport);
const seed = Number(process.env.SMOOTH_SEED ?? Date.now() % 2 ** 31);
// The other strategy than that of the single outages, where there are two.
const engine = engines.at(1) ?? engines[0]!;
t.test(`${engine.name}, seed ${seed}`, async (t) => {
  const cluster = await up();
  t.teardown(() => cluster.down());
  const operator = await startOperator(cluster, engine, {});
  t.teardown(() => operator.stop());
  const fleet = new ChangingFleet(accessTo(cluster).client);
  await fleet.create(SERVERS);
  await fleet.right(LIMIT_SECONDS);

  const { apiServer } = cluster;
  const troubles = [
    ...Object.entries(operator.parts).map(([name, part]) => ({
      name: `${name} is killed`,
      begin: () => part.stop('SIGKILL'),
      end: part.start,
    })),
    { name: 'the API server hangs', begin: apiServer.pause, end: apiServer.resume },
  ];
  const end = performance.now() + CHAOS_SECONDS * 1000;
  const goesOn = () => performance.now() < end;
  const trouble = async () => {
    // Streams of their own: how fast the one goes does not change what the other draws.
    const draw = drawing(seed);
    while (goesOn()) {
      const one = draw.oneOf(troubles);
      const [away, well] = [draw.between(AWAY_MS), draw.between(WELL_MS)];
      t.comment(`${one.name} for ${(away / 1000).toFixed(1)} s`);
      await one.begin();
      await sleep(away);
      await one.end();
      if (goesOn()) await sleep(well);
    }
  };
  const changes = async () => {
    const draw = drawing(seed + 1);
    for (let count = 1; ; count++) {
      if (!goesOn()) return count;
      const { names } = fleet;
      if (names.length < SERVERS) await fleet.create(1);
      else await fleet.change([draw.oneOf(names)], draw.between([0, 100]));
      await sleep(draw.between(BETWEEN_CHANGES_MS));
    }
  };
  const [count] = await Promise.all([changes(), trouble()]);
  // What ended by itself, as Metacontroller does where it finds no API server, is brought back as the kubelet would.
  for (const part of Object.values(operator.parts)) await part.start();
  t.pass(`${count} changes: ${brief(await fleet.right(BACK_SECONDS))}`);
  await fleet.noOrphans(LIMIT_SECONDS);
});

interface Drawing {
  /** A whole number, at least `from` and below `to`. */
  between(range: readonly [from: number, to: number]): number;
  oneOf<T>(values: readonly T[]): T;
}

/** The same draws for the same seed: a linear congruential generator, with the constants of Numerical Recipes. */
function drawing(seed: number): Drawing {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const between: Drawing['between'] = ([from, to]) => from + Math.floor(next() * (to - from));
  return { between, oneOf: (values) => values[between([0, values.length])]! };
}
