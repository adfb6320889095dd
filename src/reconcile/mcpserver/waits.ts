/** What a rollout waits for beside its pods, and what would end it. */
import type { V1Deployment } from '@kubernetes/client-node';
import { words } from './pods/words.ts';

const LONGEST = 1000;

/** @returns what the Deployment itself complains about, one sentence each. */
export function complaintsOf(observed: V1Deployment): string[] {
  const { spec, status, metadata } = observed;
  const conditions = status?.conditions ?? [];
  const failure = conditions.find(({ type, status: holds }) => type === 'ReplicaFailure' && holds === 'True');
  const progress = conditions.find(({ type, status: holds }) => type === 'Progressing' && holds === 'False');
  const sentences = [failure, progress]
    .map((one) => words(one?.message, LONGEST) || (one?.reason ?? ''))
    .filter((one) => one !== '');
  if (failure) sentences.push(commandFor(failure.message ?? '', observed));
  const isPaused = conditions.some(
    ({ type, reason }) => type === 'Progressing' && reason === 'DeploymentPaused',
  );
  if (spec?.paused || isPaused) {
    sentences.push(
      `it is paused; kubectl rollout resume -n ${metadata?.namespace} deployment ${metadata?.name} lets it go on`,
    );
  }
  const soaking = (status?.readyReplicas ?? 0) - (status?.availableReplicas ?? 0);
  if (spec?.minReadySeconds && soaking > 0) {
    sentences.push(
      `pods count as available once they have been ready for minReadySeconds (${spec.minReadySeconds})`,
    );
  }
  return [...new Set(sentences)];
}

/** Where pods are refused, by what the API server says: the field that it may be about, and what tells more of it. */
const REFUSALS: [RegExp, (namespace: string) => string][] = [
  [/(?:exceeded|failed) quota/, (namespace) => `kubectl describe resourcequota -n ${namespace}`],
  [
    /per (?:Container|Pod|PersistentVolumeClaim) is/,
    (namespace) => `kubectl describe limitrange -n ${namespace}`,
  ],
  [
    /violates PodSecurity/,
    (namespace) =>
      `spec.pod asks for more than the namespace allows (securityContext, containerSecurityContext, volumes, sidecars, initContainers): kubectl get namespace ${namespace} --show-labels`,
  ],
  [
    /service ?account/i,
    (namespace) => `is serviceAccountName right? kubectl get serviceaccount -n ${namespace}`,
  ],
  [/RuntimeClass/, () => 'is pod.runtimeClassName right? kubectl get runtimeclass'],
];

/** @returns the field in doubt and the next command where a ReplicaSet may not make pods. */
function commandFor(refusal: string, { metadata, spec }: V1Deployment): string {
  const namespace = metadata?.namespace ?? '';
  const known = REFUSALS.find(([pattern]) => pattern.test(refusal))?.[1];
  const selector = Object.entries(spec?.selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  return known ? known(namespace) : `kubectl describe replicaset -n ${namespace} -l ${selector.join(',')}`;
}

/** @returns whether it is a quota that a Deployment complains about. */
export function isQuota(complaint: string): boolean {
  return complaint.includes('exceeded quota');
}

/** @returns whether pods of an older generation stay, by the strategy, until new ones are available. */
export function keepsOldPods({ spec, status = {} }: V1Deployment): boolean {
  const old = (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  const { type = 'RollingUpdate', rollingUpdate } = spec?.strategy ?? {};
  if (old <= 0 || type !== 'RollingUpdate') return false;
  return absoluteOf(rollingUpdate?.maxUnavailable ?? '25%', spec?.replicas ?? 1) === 0;
}

/** Rounded down, as the Deployment controller does it. */
function absoluteOf(value: number | string, replicas: number): number {
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  return percent === undefined ? Number(value) : Math.floor((Number(percent) * replicas) / 100);
}

const HELD = {
  volume:
    'a volume that only one node may have (ReadWriteOnce) stays with the old pods until new ones are available',
  room: 'the old pods keep what the new ones need until those are available',
  quota: 'the old pods count against the quota until new ones are available',
};

/** @returns by which strategy old pods would make way for new ones; empty where that is not what a rollout waits for. */
export function strategyFor(held: keyof typeof HELD | undefined): string {
  if (!held) return '';
  return `${HELD[held]}: strategy: {type: Recreate}, or rollingUpdate: {maxSurge: 0, maxUnavailable: 1}, stops old pods first`;
}
