/** A pod that does not go, whose volumes and place new ones may wait for. */
import { describeNode, nodeOf } from './lost-node.ts';
import { conditionOf, isLost, type PodView, type Sighting, timeOf } from './pod.ts';

export function stuckTerminating(view: PodView): Sighting {
  const { finalizers = [], deletionTimestamp } = view.pod.metadata;
  const isGone =
    isLost(view.pod) || conditionOf(view, 'DisruptionTarget')?.reason === 'DeletionByTaintManager';
  const why = isGone
    ? `its ${nodeOf(view)} does not answer`
    : finalizers.length > 0
      ? `its finalizers ${finalizers.join(', ')} keep it until whoever put them there takes them away`
      : `its ${nodeOf(view)} has not stopped its containers or let go of its volumes`;
  return {
    reason: isGone ? 'NodeLost' : 'Terminating',
    message: `it is still terminating, though its grace period is over: ${why}`,
    // It counts from the end of the grace period.
    since: timeOf(deletionTimestamp),
    lasting: true,
    next: isGone ? describeNode(view) : undefined,
  };
}
