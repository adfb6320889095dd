/** One result of several rounds: a machine that is busy for a moment, or slower than before, shows in one of them alone. */
import type { Result } from './measure.ts';

/**
 * @param rounds at least one result of the same contestant and fleet.
 * @returns each figure as the middle round has it, the lower one of two; a phase that mostly did not end has no seconds.
 */
export function middleOf(rounds: readonly Result[]): Result {
  return middle(rounds as readonly object[]) as Result;
}

function middle(rounds: readonly object[]): object {
  const keys = new Set(rounds.flatMap(Object.keys));
  return Object.fromEntries([...keys].map((key) => [key, middleAt(rounds, key)]));
}

function middleAt(rounds: readonly object[], key: string): unknown {
  const values = rounds.map((one) => (key in one ? (one as Record<string, unknown>)[key] : 0));
  const objects = values.filter((one) => typeof one === 'object') as object[];
  if (objects.length > 0) return middle(objects);
  if (!values.some((one) => typeof one === 'number')) return values[0];
  // Not in time comes after every time.
  const sorted = values.map((one) => (one === undefined ? Infinity : Number(one))).sort((a, b) => a - b);
  const found = sorted[Math.floor((sorted.length - 1) / 2)];
  return found === Infinity ? undefined : found;
}

/** @returns the contestants in the order of a round: nobody always comes first, or after the same. */
export function orderOf<T>(contestants: readonly T[], round: number): T[] {
  const first = round % contestants.length;
  const turned = [...contestants.slice(first), ...contestants.slice(0, first)];
  return round % 2 === 0 ? turned : turned.reverse();
}
