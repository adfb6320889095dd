/** What the pods of a late server say, and how it is found out: the price of looking at pods is in the settings. */
import type { V1Deployment } from '@kubernetes/client-node';
import type { MCPServerDiagnosisStatus } from '../../api/mcpserverdiagnosis.ts';
import { printable } from '../../api/printable.ts';
import { fixedLabelsOf } from '../../children/identity.ts';
import { type KubernetesObject, lookUp } from '../contract.ts';
import { DIAGNOSIS } from './kinds.ts';
import type { Trouble } from './pods/pod.ts';
import { type PodReport, reportOf } from './pods/report.ts';
import { reportOfUnrelated } from './pods/unrelated.ts';
import { oneWord } from './pods/words.ts';
import { isUnderWay, type Rollout } from './rollout.ts';
import type { View } from './view.ts';

export interface Diagnosis extends PodReport {
  /** The child that has the pods looked at; none where that is not needed. */
  children: readonly KubernetesObject[];
}

/** Where many servers change at once, most that are waited for so long are well before their pods are asked. */
const PATIENCE_SECONDS = 20;
const LONGEST = 8192;
const NOTHING: Diagnosis = { trouble: undefined, lookAgainAfter: undefined, children: [] };

export function diagnosisOf(view: View, rollout: Rollout): Diagnosis {
  const { pods, deployment, now, server, settings, replicas } = view;
  const isLate = isUnderWay(rollout, view);
  if (settings.relatePods === 'late' && pods.length === 0) return throughChild(view, rollout, isLate);
  if (settings.relatePods === 'never') {
    const isAwaited = rollout.available < replicas && (isLate || rollout.stage === 'absent');
    return isAwaited ? { ...reportOfUnrelated(server), children: [] } : NOTHING;
  }
  return isLate ? { ...reportOf(pods, deployment, now, server.status?.message), children: [] } : NOTHING;
}

/**
 * A rollout that goes well is over before its pods are asked. The child stays for a while after the trouble has ended, for a
 * pod that fails again and again is well in between.
 */
function throughChild(view: View, rollout: Rollout, isLate: boolean): Diagnosis {
  const { request, server, deployment, now } = view;
  const observed = lookUp(request.children, DIAGNOSIS, server.metadata.namespace, server.metadata.name);
  const hasSeen = isSeenByItsController(deployment);
  const moved =
    hasSeen && !isNews(rollout, view) ? later(lastMoved(deployment), server.status?.lastUpdated) : now;
  const rest = PATIENCE_SECONDS - secondsSince(moved, now);
  const isWaiting = rest > 0;
  const lookAgainAfter = isWaiting && isLate !== (observed !== undefined) ? Math.ceil(rest) : undefined;
  const isWanted = isLate ? observed !== undefined || !isWaiting : observed !== undefined && isWaiting;
  if (!isWanted) return { ...NOTHING, lookAgainAfter };
  const { apiVersion, kind } = DIAGNOSIS;
  const { name, namespace } = server.metadata;
  const child = { apiVersion, kind, metadata: { name, namespace, labels: fixedLabelsOf(server) }, spec: {} };
  const status = observed?.status as MCPServerDiagnosisStatus | undefined;
  // Where a change is held back or refused, the Deployment of before is what there is; but not while it may be on its way.
  const isOfDeployment = hasSeen && status?.deploymentGeneration === deployment?.metadata?.generation;
  const isCurrent = isLate && isOfDeployment && (rollout.isSeen || !isWaiting);
  return { trouble: isCurrent ? troubleOf(status) : undefined, lookAgainAfter, children: [child] };
}

/** Whether what is told of the Deployment is told of its newest generation: the queue of its controller may be long. */
function isSeenByItsController(deployment: V1Deployment | undefined): boolean {
  const { metadata, status } = deployment ?? {};
  return metadata !== undefined && (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

/** Whether this very sync finds something that the status does not say yet, and nobody can have waited for its end. */
function isNews({ available }: Rollout, { server: { metadata, status }, replicas }: View): boolean {
  const told = status?.availableReplicas ?? 0;
  // The pods that an update adds for a while are not told.
  return (
    status?.observedGeneration !== metadata.generation ||
    Math.min(available, Math.max(replicas, told)) !== told
  );
}

function later(one: string | undefined, other: string | undefined): string | undefined {
  return one !== undefined && other !== undefined && Date.parse(other) > Date.parse(one)
    ? other
    : (one ?? other);
}

/** @returns when a Deployment last came further, or fell back, as its controller says; RFC 3339. */
function lastMoved(deployment: V1Deployment | undefined): string | undefined {
  const times = (deployment?.status?.conditions ?? []).flatMap(
    ({ lastUpdateTime, lastTransitionTime }) => [lastUpdateTime, lastTransitionTime] as unknown as string[],
  );
  return times
    .filter((time) => typeof time === 'string')
    .sort()
    .at(-1);
}

/** @returns how long ago that was; 0 where it is not known, or where another clock is ahead, but not by far. */
function secondsSince(time: string | undefined, now: string): number {
  const seconds = (Date.parse(now) - Date.parse(time ?? now)) / 1000;
  return seconds < -PATIENCE_SECONDS ? PATIENCE_SECONDS : Math.max(0, seconds);
}

/** Whoever may write that status may write anything into it. */
function troubleOf({ reason, message, lacks }: MCPServerDiagnosisStatus = {}): Trouble | undefined {
  if (typeof message !== 'string' || message === '') return undefined;
  const word = oneWord(typeof reason === 'string' ? reason : undefined, 'NotReady');
  const known = lacks === 'volume' || lacks === 'room';
  return { reason: word, message: printable(message, LONGEST), ...(known && { lacks }) };
}
