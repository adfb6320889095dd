/** What `bench:fleet` counts for a contestant, and what its reports say of the figures. */
import { test } from 'tap';
import { spent } from '../../bench/fleet/counters.ts';
import type { Cpu } from '../../bench/fleet/cpu.ts';
import { judged } from '../../bench/fleet/limits.ts';
import type { Phase, Result } from '../../bench/fleet/measure.ts';
import { comparison, ratios } from '../../bench/fleet/report.ts';
import { middleOf, orderOf } from '../../bench/fleet/rounds.ts';
import { series } from '../../bench/fleet/series.ts';
import { type Fleet, serversOf } from '../../bench/fleet/servers.ts';
import type { RequestCount } from '../e2e/look.ts';

const LIMIT = 600;

const idle: Cpu = { metacontroller: 0, hook: 0, api: 0, cluster: 0, bench: 0, others: 0 };

function phase(seconds: number | undefined, metacontroller: number, more: Partial<Phase> = {}): Phase {
  return {
    seconds,
    pending: seconds === undefined ? 7 : 0,
    verified: undefined,
    writes: {},
    refused: 0,
    pods: 0,
    reads: 0,
    calls: {},
    cpu: { ...idle, metacontroller, hook: metacontroller / 2 },
    elapsed: LIMIT,
    ...more,
  };
}

function result(key: string, fleet: Partial<Fleet>, creation: Phase, change: Phase | undefined): Result {
  const peak = key === 'bare' ? undefined : 100;
  return {
    key,
    name: key,
    children: { ours: 3, lean: 3, stub: 2 }[key],
    asks: false,
    fleet: { servers: 100, namespaces: 1, ...fleet },
    creation,
    change,
    settled: undefined,
    peak: { metacontroller: peak, hook: peak },
  };
}

/** @returns the cells of a row of a table, by their column. */
function rowOf(markdown: string, label: string): Record<string, string> {
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const lines = markdown.split('\n').map(cells);
  const row = lines.find(([first]) => first === label);
  if (!row) throw new Error(`no row ${label} in\n${markdown}`);
  return Object.fromEntries(row.slice(1).map((cell, index) => [lines[0]![index + 1]!, cell]));
}

test('a figure stands beside its limit', async (t) => {
  t.equal(judged(1.2, 1.25), '1.2 (≤ 1.25: met)');
  t.equal(judged(1.25, 1.25), '1.25 (≤ 1.25: met)');
  t.equal(judged(1.31, 1.25), '1.31 (≤ 1.25: missed by 0.06)');
  t.equal(
    judged(5.003, 5),
    '5 (≤ 5: missed by less than 0.01)',
    'one write among many servers is one too many',
  );
  t.equal(judged(1.31, undefined), '1.31', 'where it has one');
  t.equal(judged(undefined, 1.25), '-');
});

test('ratios are to the small stub, and each contestant has limits of its own', async (t) => {
  const table = ratios(
    [
      result('ours', {}, phase(12, 9), phase(30, 20)),
      result('lean', {}, phase(12, 5), phase(23, 15)),
      result('stub', {}, phase(10, 4), phase(20, 10)),
      result('bare', {}, phase(8, 0), phase(15, 0)),
    ],
    LIMIT,
  )!;
  t.strictSame(rowOf(table, 'creation: seconds'), {
    ours: '1.2 (≤ 1.25: met)',
    lean: '1.2 (≤ 1.15: missed by 0.05)',
    bare: '0.8',
  });
  t.strictSame(rowOf(table, 'image change: seconds'), {
    ours: '1.5 (≤ 1.4: missed by 0.1)',
    lean: '1.15 (≤ 1.2: met)',
    bare: '0.75',
  });
  t.strictSame(rowOf(table, 'creation: CPU of Metacontroller'), {
    ours: '2.25',
    lean: '1.25 (≤ 1.5: met)',
    bare: '-',
  });
  t.strictSame(rowOf(table, 'image change: CPU of Metacontroller'), {
    ours: '2',
    lean: '1.5 (≤ 1.5: met)',
    bare: '-',
  });
  t.equal(ratios([result('ours', {}, phase(12, 9), phase(30, 20))], LIMIT), undefined, 'no stub, no ratio');
});

test('a fleet that is not there within the limit is told with what was missing', async (t) => {
  const results = [
    result('ours', {}, phase(undefined, 9), undefined),
    result('stub', {}, phase(10, 4), phase(undefined, 10)),
  ];
  const table = comparison(results, LIMIT);
  t.strictSame(rowOf(table, 'creation: seconds'), { ours: '> 600 (7 missing)', stub: '10.0' });
  t.strictSame(rowOf(table, 'image change: seconds'), {
    ours: 'not begun',
    stub: '> 600 (7 missing)',
  });
  t.strictSame(rowOf(ratios(results, LIMIT)!, 'creation: seconds'), { ours: 'not within 600 s' });
  t.strictSame(rowOf(ratios(results, LIMIT)!, 'image change: seconds'), { ours: '-' });
  t.match(rowOf(series(results, 'servers', LIMIT), 'image change: seconds'), { ours: 'not begun' });
});

test('writes per server are held to the children of each contestant', async (t) => {
  const creation = (services: number) =>
    phase(10, 4, {
      writes: { 'deployments POST': 100, 'services POST': services, 'mcpservers/status PUT': 200 },
    });
  const change = phase(10, 4, { writes: { 'deployments PUT': 100, 'mcpservers/status PUT': 201 } });
  const results = [
    result('lean', {}, creation(200), change),
    result('stub', {}, creation(100), change),
    result('bare', {}, creation(100), change),
  ];
  const settled = { ...phase(0, 1), writes: { 'services PUT': 1 } };
  const table = comparison([...results, { ...results[0]!, name: 'restless', settled }], LIMIT);
  t.match(rowOf(table, 'creation: writes per server'), {
    lean: '5 (≤ 5: met)',
    stub: '4 (≤ 4: met)',
    bare: '4',
  });
  t.strictSame(rowOf(table, 'creation: - services POST').lean, '2');
  t.match(rowOf(table, 'image change: writes per server'), { stub: '3.01 (≤ 3: missed by 0.01)' });
  t.match(rowOf(table, 'settled, looked at once more: writes'), {
    stub: '-',
    restless: '1 (≤ 0: missed by 1)',
  });
});

test('when servers are asked what they are, and what comes of it, is told', async (t) => {
  const verified = { seconds: 12, reasons: { Verified: 99, NotAsked: 1 } };
  const writes = { 'deployments POST': 100, 'mcpservers/status PUT': 500 };
  const asked = {
    ...result('ours', {}, phase(10, 4, { verified, writes, pods: 200 }), undefined),
    asks: true,
  };
  const table = comparison([asked, result('stub', {}, phase(10, 4), undefined)], LIMIT);
  t.strictSame(rowOf(table, 'creation: seconds until all are asked what they are'), {
    ours: '12.0',
    stub: '-',
  });
  t.strictSame(rowOf(table, 'creation: reasons of Verified'), { ours: '99 Verified, 1 NotAsked', stub: '-' });
  t.match(rowOf(table, 'creation: writes per server'), { ours: '6 (≤ 6: met)' }, 'a status more');
  t.match(rowOf(table, 'creation: pods made per server, by Deployments too'), { ours: '2' });
});

test('growth is told for every size, and judged from 100 to 1000 servers', async (t) => {
  const of = (key: string, servers: number, cpu: number) =>
    result(key, { servers }, phase(servers / 10, cpu), phase(servers / 5, cpu, { reads: servers * 4 }));
  const fleets = [
    of('ours', 100, 2),
    of('lean', 100, 1),
    of('ours', 300, 9),
    of('ours', 1000, 50),
    of('lean', 1000, 12),
  ];
  const table = series(fleets, 'servers', LIMIT);
  t.strictSame(rowOf(table, '100 → 300 → 1000 servers'), { ours: 'ours', lean: 'lean' });
  t.strictSame(rowOf(table, 'creation: seconds'), {
    ours: '10.0 → 30.0 → 100.0',
    lean: '10.0 → - → 100.0',
  });
  t.match(rowOf(table, 'creation: CPU ms per server, Metacontroller'), { ours: '20.0 → 30.0 → 50.0' });
  t.match(rowOf(table, 'image change: live GETs of parents per server'), { ours: '4 → 4 → 4' });
  const growth = 'image change: CPU per server, Metacontroller and hook, 1000 against 100 servers';
  t.strictSame(rowOf(table, growth), { ours: '2.5 (≤ 2: missed by 0.5)', lean: '1.2 (≤ 1.3: met)' });

  const small = series(fleets.slice(0, 3), 'servers', LIMIT);
  t.match(
    rowOf(small, 'creation: CPU per server, Metacontroller and hook, 300 against 100 servers'),
    { ours: '1.5', lean: '-' },
    'the limits are for these two sizes',
  );
});

test('what a spread over namespaces costs is told side by side', async (t) => {
  const of = (namespaces: number, cpu: number) =>
    result('ours', { namespaces }, phase(10, cpu), phase(10, cpu));
  const table = series([of(1, 2), of(50, 1)], 'namespaces', LIMIT);
  const label = 'creation: CPU per server, Metacontroller and hook, 50 against 1 namespaces';
  t.strictSame(rowOf(table, label), { ours: '0.5' });
});

test('servers are spread evenly over their namespaces', async (t) => {
  const servers = serversOf({ servers: 7, namespaces: 3 });
  const counts = Map.groupBy(servers, ({ namespace }) => namespace);
  t.strictSame(
    [...counts.values()].map((each) => each.length),
    [3, 2, 2],
  );
  t.equal(new Set(servers.map(({ name }) => name)).size, 7);
});

test('what a contestant writes and gets is counted, what the bench asks for is not', async (t) => {
  const count = (verb: string, at: string, count: number, code = 200): RequestCount => {
    const [resource, subresource = ''] = at.split('/') as [string, string?];
    return { verb, resource, subresource, code, count };
  };
  const counters = (requests: RequestCount[], sync: number, hook: number, at: number) => ({
    requests,
    calls: { sync },
    cpu: { ...idle, hook },
    at,
  });
  const before = counters([count('PUT', 'deployments', 10), count('GET', 'mcpservers', 5)], 4, 1, 100);
  const after = counters(
    [
      count('POST', 'mcpservers', 30),
      count('PATCH', 'mcpservers', 30),
      count('PUT', 'deployments', 40),
      count('PUT', 'deployments', 2, 409),
      count('PUT', 'deployments/status', 90),
      count('PUT', 'mcpservers/status', 60),
      count('GET', 'mcpservers', 95),
      count('LIST', 'mcpservers', 3),
      count('POST', 'pods', 30),
    ],
    64,
    3,
    110,
  );
  t.strictSame(spent(before, after), {
    writes: { 'deployments PUT': 32, 'mcpservers/status PUT': 60 },
    refused: 2,
    pods: 30,
    reads: 90,
    calls: { sync: 60 },
    cpu: { ...idle, hook: 2 },
    elapsed: 10,
  });
});

test('of several rounds each figure is the middle one', async (t) => {
  const round = (seconds: number | undefined, cpu: number, writes: Record<string, number>) =>
    result('ours', {}, phase(seconds, cpu, { writes }), phase(seconds, cpu));
  const rounds = [round(20, 9, { 'a POST': 1 }), round(35, 3, {}), round(21, 6, { 'a POST': 2 })];
  const { key, fleet, children, creation, settled } = middleOf(rounds);
  t.strictSame(
    { key, fleet, children, settled },
    { key: 'ours', fleet: rounds[0]!.fleet, children: 3, settled: undefined },
  );
  t.equal(creation.seconds, 21);
  t.equal(creation.cpu.metacontroller, 6);
  t.equal(creation.writes['a POST'], 1, 'what a round had none of counts as none');
  const late = middleOf([round(undefined, 9, {}), round(undefined, 9, {}), round(20, 9, {})]);
  t.equal(late.creation.seconds, undefined, 'mostly not in time');
  t.equal(middleOf([rounds[0]!, rounds[1]!]).creation.seconds, 20, 'the lower one of two');
});

test('nobody always comes after the same in the rounds', async (t) => {
  t.strictSame(
    [0, 1, 2].map((round) => orderOf(['a', 'b', 'c'], round).join('')),
    ['abc', 'acb', 'cab'],
  );
});
