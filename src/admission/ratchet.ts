/** What an update brings, told from what was wrong before it. */
import type { Problem } from '../api/problem.ts';

export interface Ratcheted {
  /** Wrong now and not before. */
  brought: Problem[];
  /** Wrong as it was before. */
  left: Problem[];
}

/**
 * A problem is the same when it says the same of the same field, wherever in its list the entry stands now: entries move
 * when others are taken away.
 *
 * @param now the problems of an object.
 * @param before those that it had; each accounts for one.
 */
export function ratchet(now: readonly Problem[], before: readonly Problem[]): Ratcheted {
  const known = new Map<string, number>();
  for (const problem of before) {
    const key = identity(problem);
    known.set(key, (known.get(key) ?? 0) + 1);
  }
  const result: Ratcheted = { brought: [], left: [] };
  for (const problem of now) {
    const key = identity(problem);
    const count = known.get(key) ?? 0;
    known.set(key, count - 1);
    (count > 0 ? result.left : result.brought).push(problem);
  }
  return result;
}

function identity({ path, detail }: Problem): string {
  return JSON.stringify([path.map((step) => (typeof step === 'number' ? 0 : step)), detail]);
}
