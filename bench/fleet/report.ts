/** The results of one fleet as Markdown: what each contestant took, and how that compares to the small stub. */
import type { Cpu } from './cpu.ts';
import { cpuOf, cpuPerServer, PHASES, type PhaseKey, rounded, secondsOf, total } from './figures.ts';
import { judged, LIMITS, WRITES } from './limits.ts';
import type { Phase, Result } from './measure.ts';
import { table } from './table.ts';

const OPERATOR: [keyof Cpu & keyof Result['peak'], string][] = [
  ['metacontroller', 'Metacontroller'],
  ['hook', 'the hook'],
];
/** Who spends CPU time, those first who are compared. */
const SPENDERS: [keyof Cpu, string][] = [
  ...OPERATOR,
  ['api', 'API server and etcd'],
  ['cluster', 'controllers, scheduler and nodes'],
  ['bench', 'the bench itself'],
];

/** A column for each contestant. */
export function comparison(results: readonly Result[], limit: number): string {
  const rows = [
    ...PHASES.flatMap(([phase, label]) => phaseRows(results, phase, label, limit)),
    ...settledRows(results),
    ...OPERATOR.map(([who, name]) => [
      `peak resident MB, ${name}`,
      ...results.map(({ peak }) => peak[who]?.toFixed(0) ?? '-'),
    ]),
  ];
  return table(['', ...results.map(({ name }) => name)], rows);
}

function phaseRows(results: readonly Result[], phase: PhaseKey, label: string, limit: number): string[][] {
  const row = (what: string, cell: (result: Result, phase: Phase) => string) => [
    `${label}: ${what}`,
    ...results.map((one) => (one[phase] ? cell(one, one[phase]) : '-')),
  ];
  const perServer = (what: string, count: (phase: Phase) => number) =>
    row(what, ({ fleet }, spent) => rounded(count(spent) / fleet.servers));
  const kinds = [...new Set(results.flatMap((one) => Object.keys(one[phase]?.writes ?? {})))].sort();
  return [
    [`${label}: seconds`, ...results.map((one) => secondsOf(one[phase], limit))],
    row('seconds until all are asked what they are', (_, { verified }) =>
      verified ? (verified.seconds?.toFixed(1) ?? `> ${limit}`) : '-',
    ),
    row('reasons of Verified', (_, { verified }) =>
      verified
        ? Object.entries(verified.reasons)
            .map(([reason, count]) => `${count} ${reason}`)
            .join(', ')
        : '-',
    ),
    ...SPENDERS.map(([who, name]) => row(`CPU ms per server, ${name}`, (one) => cpuOf(one, phase, who))),
    row('cores busy with something else', (_, { cpu, elapsed }) => rounded(cpu.others / elapsed)),
    perServer('sync calls per server', ({ calls }) => calls.sync ?? 0),
    perServer('customize calls per server', ({ calls }) => calls.customize ?? 0),
    perServer('live GETs of parents per server', ({ reads }) => reads),
    row('writes per server', (one, { writes }) =>
      judged(total(writes) / one.fleet.servers, WRITES[phase](one)),
    ),
    ...kinds.map((kind) => perServer(`- ${kind}`, ({ writes }) => writes[kind] ?? 0)),
    perServer('- of them refused', ({ refused }) => refused),
    perServer('pods made per server, by Deployments too', ({ pods }) => pods),
  ];
}

function settledRows(results: readonly Result[]): string[][] {
  const row = (what: string, cell: (result: Result, settled: NonNullable<Result['settled']>) => string) => [
    `settled, looked at once more: ${what}`,
    ...results.map((one) => (one.settled ? cell(one, one.settled) : '-')),
  ];
  return [
    row('writes', (_, { writes }) => judged(total(writes), 0)),
    row('sync calls per server', ({ fleet }, { calls }) => rounded((calls.sync ?? 0) / fleet.servers)),
    ...OPERATOR.map(([who, name]) => row(`CPU ms per server, ${name}`, (one) => cpuOf(one, 'settled', who))),
  ];
}

/** A row for each ratio to the small stub; undefined where it did not take part. */
export function ratios(results: readonly Result[], limit: number): string | undefined {
  const stub = results.find(({ key }) => key === 'stub');
  const others = results.filter((one) => one !== stub);
  if (!stub || others.length === 0) return undefined;
  const seconds = (one: Result, phase: PhaseKey) => {
    const took = one[phase];
    if (took && took.seconds === undefined) return `not within ${limit} s`;
    return judged(ratio(took?.seconds, stub[phase]?.seconds), LIMITS[one.key]?.[phase].seconds);
  };
  const cpu = (one: Result, phase: PhaseKey) => {
    const [ours, theirs] = [one, stub].map((each) => cpuPerServer(each, phase, 'metacontroller'));
    return judged(ratio(ours, theirs), LIMITS[one.key]?.[phase].cpu);
  };
  const rows = [
    ...PHASES.map(([phase, label]) => [`${label}: seconds`, ...others.map((one) => seconds(one, phase))]),
    ...PHASES.map(([phase, label]) => [
      `${label}: CPU of Metacontroller`,
      ...others.map((one) => cpu(one, phase)),
    ]),
  ];
  return table(['against the small stub', ...others.map(({ name }) => name)], rows);
}

function ratio(ours: number | undefined, theirs: number | undefined): number | undefined {
  return ours !== undefined && theirs ? ours / theirs : undefined;
}
