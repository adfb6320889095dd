/** That there is no budget, where one was asked for that would block every drain. */
import { blocksEveryDrain } from '../../../children/poddisruptionbudget.ts';
import { no, type Part, type View } from './part.ts';

/** Only where something is to be said: that there is one is no news. */
export function disruptionBudget({ server }: View): Part | undefined {
  if (!blocksEveryDrain(server)) return undefined;
  const message = `podDisruptionBudget would let no node be drained while there are ${server.spec.replicas} replicas, so there is none: let a drain take at least one pod`;
  return { finding: no('PodDisruptionBudgetCreated', 'BlocksEveryDrain', message), counts: false };
}
