/** Several fleets as Markdown: how what a server costs grows with their number, or with that of their namespaces. */
import { cpuOf, cpuPerServer, PHASES, type PhaseKey, rounded, secondsOf, total } from './figures.ts';
import { GROWTH, judged, LIMITS } from './limits.ts';
import type { Phase, Result } from './measure.ts';
import type { Fleet } from './servers.ts';
import { table } from './table.ts';

/**
 * A column for each contestant, in which the figures of all fleets stand side by side.
 * @param axis in what the fleets differ.
 */
export function series(results: readonly Result[], axis: keyof Fleet, limit: number): string {
  const steps = [...new Set(results.map(({ fleet }) => fleet[axis]))];
  const keys = [...new Set(results.map(({ key }) => key))];
  const at = (key: string, step: number) =>
    results.find((one) => one.key === key && one.fleet[axis] === step);
  const row = (label: string, cell: (result: Result) => string) => {
    const cells = keys.map((key) =>
      steps.map((step) => {
        const one = at(key, step);
        return one ? cell(one) : '-';
      }),
    );
    return [
      label,
      ...cells.map((figures) => (figures.every((one) => one === '-') ? '-' : figures.join(' → '))),
    ];
  };
  const phaseRows = (phase: PhaseKey, label: string) => {
    const perServer = (what: string, count: (spent: Phase) => number) =>
      row(`${label}: ${what} per server`, ({ fleet, [phase]: spent }) =>
        spent ? rounded(count(spent) / fleet.servers) : '-',
      );
    return [
      row(`${label}: seconds`, (one) => secondsOf(one[phase], limit)),
      row(`${label}: CPU ms per server, Metacontroller`, (one) => cpuOf(one, phase, 'metacontroller')),
      row(`${label}: CPU ms per server, the hook`, (one) => cpuOf(one, phase, 'hook')),
      perServer('sync calls', ({ calls }) => calls.sync ?? 0),
      perServer('writes', ({ writes }) => total(writes)),
      perServer('live GETs of parents', ({ reads }) => reads),
    ];
  };
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  const isLimited = axis === 'servers' && first === GROWTH.from && last === GROWTH.to;
  const growthRow = (phase: PhaseKey, label: string) => [
    `${label}: CPU per server, Metacontroller and hook, ${last} against ${first} ${axis}`,
    ...keys.map((key) => {
      const [small, large] = [first, last].map((step) => {
        const one = at(key, step);
        return one && cpuPerServer(one, phase, 'metacontroller', 'hook');
      });
      const growth = small && large !== undefined ? large / small : undefined;
      return judged(growth, isLimited ? LIMITS[key]?.growth : undefined);
    }),
  ];
  const names = keys.map((key) => results.find((one) => one.key === key)!.name);
  const rows = [
    ...PHASES.flatMap(([phase, label]) => phaseRows(phase, label)),
    ...PHASES.map(([phase, label]) => growthRow(phase, label)),
  ];
  return table([`${steps.join(' → ')} ${axis}`, ...names], rows);
}
