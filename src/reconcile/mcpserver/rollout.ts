/** How far a Deployment has come: what the status of a server is made of. */
import type { V1Deployment } from '@kubernetes/client-node';
import type { MCPServer } from '../../api/mcpserver.ts';
import { RENDERED } from '../../children/identity.ts';
import { unseen } from './missing.ts';
import type { Plan } from './plan.ts';
import type { View } from './view.ts';
import { complaintsOf, keepsOldPods } from './waits.ts';

export interface Rollout {
  /**
   * `absent`: no Deployment is observed. `rolling`: the wanted one is not fully there yet. `stuck`: the cluster has
   * given up waiting for it. `complete`: every pod is of the wanted form, or was and none has to be replaced.
   */
  stage: 'absent' | 'rolling' | 'stuck' | 'complete';
  replicas: number;
  ready: number;
  available: number;
  /** What the Deployment itself says is wrong; empty where it says nothing. */
  trouble: string;
  /** Whether old pods stay until new ones are available, with all that they hold. */
  keepsOldPods: boolean;
  /** Whether the Deployment controller has seen the Deployment that is wanted. */
  isSeen: boolean;
  /** Whether all pods are there, and other children are not seen yet. */
  lacksChildren?: true;
}

/**
 * @param observed the Deployment as the API server has it.
 * @param rendered the digest of the wanted Deployment; undefined where the observed one is kept as it is.
 * @param replicas how many pods are wanted.
 * @param wasComplete whether this generation was complete before. Pods that are lost later do not make it a rollout.
 */
export function rolloutOf(
  observed: V1Deployment | undefined,
  rendered: string | undefined,
  replicas: number,
  wasComplete: boolean,
): Rollout {
  const status = observed?.status ?? {};
  const counts = {
    replicas: status.replicas ?? 0,
    ready: status.readyReplicas ?? 0,
    available: status.availableReplicas ?? 0,
  };
  if (!observed) return { stage: 'absent', ...counts, trouble: '', keepsOldPods: false, isSeen: false };

  const deadline = status.conditions?.some(
    ({ type, status: holds, reason }) =>
      type === 'Progressing' && holds === 'False' && reason === 'ProgressDeadlineExceeded',
  );
  const trouble = complaintsOf(observed).join('; ');

  const applied =
    (rendered === undefined || observed.metadata?.annotations?.[RENDERED] === rendered) &&
    observed.spec?.replicas === replicas;
  const seen = (status.observedGeneration ?? 0) >= (observed.metadata?.generation ?? 0);
  // A generation that the Deployment controller has not seen is a new rollout only where we asked for one: an annotation
  // that another writer sets makes a new generation too.
  const untouched = applied && wasComplete && counts.available >= replicas;
  if (!applied || !(seen || untouched)) {
    return { stage: 'rolling', ...counts, trouble: '', keepsOldPods: false, isSeen: false };
  }

  const updated = status.updatedReplicas ?? 0;
  // More pods than wanted are old ones, or ones that a smaller count is about to take away.
  const replaced = updated >= replicas && counts.replicas <= replicas;
  if (replaced && (counts.available >= replicas || wasComplete)) {
    return { stage: 'complete', ...counts, trouble, keepsOldPods: false, isSeen: true };
  }
  const stage = deadline ? 'stuck' : 'rolling';
  return { stage, ...counts, trouble, keepsOldPods: keepsOldPods(observed), isSeen: true };
}

/** How far the rollout of a plan has come. */
export function progressOf({ digest, children }: Plan, view: View): Rollout {
  const { deployment, replicas, server } = view;
  const complete = wasComplete(server);
  const rollout = rolloutOf(deployment, digest, replicas, complete);
  // A generation is rolled out when all that it wants has been seen; what is lost later comes back without a word.
  const lacks = rollout.stage === 'complete' && !complete && unseen(children, view).length > 0;
  return lacks ? { ...rollout, stage: 'rolling', lacksChildren: true } : rollout;
}

/** Whether pods are late, so that it is worth asking what they say. */
export function isUnderWay({ stage, available, lacksChildren }: Rollout, { replicas }: View): boolean {
  if (stage === 'absent') return false;
  return available < replicas || (stage !== 'complete' && !lacksChildren);
}

function wasComplete({ metadata, status }: MCPServer): boolean {
  return (status?.conditions ?? []).some(
    ({ type, reason, observedGeneration }) =>
      type === 'Progressing' && reason === 'Complete' && observedGeneration === metadata.generation,
  );
}
