/** Which spec of a server is rendered: the live one, the last good one, or none. */
import { ratchet } from '../../admission/ratchet.ts';
import { inOrder, type Problem } from '../../api/problem.ts';
import type { Prepared } from './prepare.ts';
import type { View } from './view.ts';

export interface Choice {
  /** What keeps the live spec from being rolled out. */
  problems: readonly Problem[];
  /** In what it breaks a policy that came later than what runs. */
  tolerated: readonly Problem[];
  /** What is rendered; undefined where no good spec is known. */
  good: Prepared | undefined;
}

/**
 * A breach of the policy that the last good spec has too is no problem: the policy came later, and what runs keeps running.
 */
export function choiceOf({ live, lastValid }: View): Choice {
  const { brought, left } =
    live.breaches.length === 0
      ? { brought: [], left: [] }
      : ratchet(live.breaches, lastValid()?.breaches ?? []);
  const problems = brought.length === 0 ? live.problems : inOrder([...live.problems, ...brought]);
  return { problems, tolerated: left, good: problems.length === 0 ? live : lastValid() };
}
