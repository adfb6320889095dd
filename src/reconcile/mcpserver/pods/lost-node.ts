/** A pod whose node does not answer. */
import { type PodView, type Sighting, sinceOf } from './pod.ts';

export function lostNode(view: PodView): Sighting {
  return {
    reason: 'NodeLost',
    message: `its ${nodeOf(view)} does not answer; a pod is made elsewhere once the node is given up, after 5 minutes unless its tolerations say otherwise`,
    since: sinceOf(view, 'Ready'),
    next: describeNode(view),
  };
}

export function nodeOf({ spec }: PodView): string {
  return spec.nodeName === undefined ? 'node' : `node ${spec.nodeName}`;
}

export function describeNode({ spec }: PodView): string | undefined {
  return spec.nodeName === undefined ? undefined : `kubectl describe node ${spec.nodeName}`;
}
