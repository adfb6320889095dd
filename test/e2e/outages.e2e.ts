/**
 * Outages of the hook, of Metacontroller and of the API server, with changes made meanwhile: a minute after each has come
 * back, every server is what was asked for last. With SMOOTH_OUTAGE_SECONDS=900 each is away for so long.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { up } from '../cluster/cluster.ts';
import type { Replaceable } from '../cluster/process.ts';
import { brief, ChangingFleet } from './changing-fleet.ts';
import { accessTo } from './client.ts';
import { engineReport, engines, startOperator } from './operator.ts';

const SERVERS = 40;
/** How many are made anew in each outage. */
const NEW_SERVERS = 5;
/** What an outage is followed by at most. */
const BACK_SECONDS = 60;
/** For what is no outage; a machine may be busy. */
const LIMIT_SECONDS = 180;

/** Metacontroller doubles the time between its tries, from 5 ms on: after this time the next is 82 s after the last. */
const LONG_SECONDS = 90;
/** Its clients find out after 45 s that nobody answers, and then try others in vain. */
const HANG_SECONDS = 60;
/** For what forgets how long it was away, and for the API server, whose clients wait for up to a minute after longer. */
const SHORT_SECONDS = 10;

interface Outage {
  name: string;
  seconds: number;
  begin(): void | Promise<void>;
  end(): void | Promise<void>;
  /** Whether servers can be changed meanwhile. */
  isChangeable: boolean;
}

t.comment(engineReport);
// One of them: what is tried here, its queue, is the same in each.
const engine = engines.at(-1)!;
t.test(engine.name, async (t) => {
  const cluster = await up();
  t.teardown(() => cluster.down());
  const operator = await startOperator(cluster, engine, {});
  t.teardown(() => operator.stop());
  const fleet = new ChangingFleet(accessTo(cluster).client);
  await fleet.create(SERVERS);
  await fleet.right(LIMIT_SECONDS);

  const { apiServer } = cluster;
  const killed = (name: string, part: Replaceable, seconds: number, isChangeable: boolean): Outage => ({
    name: `${name} is killed`,
    seconds,
    begin: () => part.stop('SIGKILL'),
    end: part.start,
    isChangeable,
  });
  // Apart from each other, for clients of the API server forget only after two minutes how long they have had to wait.
  const outages: Outage[] = [
    killed('the API server', apiServer, SHORT_SECONDS, false),
    ...Object.entries(operator.parts).map(([name, part]) =>
      killed(name, part, name === 'hook' ? LONG_SECONDS : SHORT_SECONDS, true),
    ),
    {
      name: 'the API server hangs',
      seconds: HANG_SECONDS,
      begin: apiServer.pause,
      end: apiServer.resume,
      isChangeable: false,
    },
  ];
  for (const [index, outage] of outages.entries()) {
    await t.test(outage.name, (t) => survive(t, fleet, outage, index));
  }
});

/** @param turn which change is the first server's: no two outages change it in the same way. */
async function survive(t: Test, fleet: ChangingFleet, outage: Outage, turn: number): Promise<void> {
  const { begin, end, isChangeable } = outage;
  const seconds = Number(process.env.SMOOTH_OUTAGE_SECONDS ?? outage.seconds);
  const { names } = fleet;
  if (isChangeable) await begin();
  await fleet.change(isChangeable ? names : names.slice(SERVERS / 2), turn);
  await fleet.create(NEW_SERVERS);
  // Where nobody can change anything meanwhile, it is caught at what was changed before.
  if (!isChangeable) await begin();
  // Nothing announces that somebody has been away long enough: time itself is what is awaited.
  await sleep(seconds * 1000);
  await end();
  if (!isChangeable) await fleet.change(names.slice(0, SERVERS / 2), turn);
  t.pass(`${seconds} s away: ${brief(await fleet.right(BACK_SECONDS))}`);
  await fleet.noOrphans(LIMIT_SECONDS);
}
