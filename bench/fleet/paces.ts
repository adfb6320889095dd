/** Metacontroller's rate flags, and what the fleets of the operator took with each setting of them. */
import { FAST, type Pace } from '../../test/e2e/operator.ts';
import { duration } from './figures.ts';
import type { Result } from './measure.ts';
import { table } from './table.ts';

/** Metacontroller's own defaults first. */
export const PACES: Pace[] = [
  { qps: 5, burst: 10, workers: 5 },
  { qps: 20, burst: 40, workers: 5 },
  { qps: 50, burst: 100, workers: 10 },
  { qps: 100, burst: 200, workers: 10 },
  FAST,
];

export const flagsOf = ({ qps, burst, workers }: Pace) =>
  `--client-go-qps=${qps} --client-go-burst=${burst} --workers=${workers}`;

/** A row for each setting, and for each size of fleet two columns. */
export function settingsTable(
  settings: readonly { flags: string; results: Result[] }[],
  limit: number,
): string {
  const sizes = settings[0]?.results.map(({ fleet }) => fleet.servers) ?? [];
  const header = sizes.flatMap((size) => [`${size} servers Ready`, `${size} servers on a new image`]);
  return table(
    ['Metacontroller', ...header],
    settings.map(({ flags, results }) => [
      `\`${flags}\``,
      ...results.flatMap(({ creation, change }) => [creation, change].map((one) => duration(one, limit))),
    ]),
  );
}
