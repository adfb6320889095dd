/** A pod as its troubles are looked for: containers by their part in it, and what it was to be. */
import type {
  V1Container,
  V1ContainerState,
  V1ContainerStatus,
  V1Pod,
  V1PodCondition,
  V1PodSpec,
  V1PodStatus,
  V1PodTemplateSpec,
} from '@kubernetes/client-node';

/** Pods as they travel: times are strings. */
export type Pod = Omit<V1Pod, 'metadata'> & {
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    creationTimestamp?: string;
    deletionTimestamp?: string;
  };
};

/** What is wrong with a pod. */
export interface Trouble {
  /** One word for a condition. */
  reason: string;
  message: string;
  /** What pods of an older generation may hold that it waits for. */
  lacks?: 'volume' | 'room';
}

/** A trouble as one kind of it finds it, before it is put into a sentence. */
export interface Sighting extends Trouble {
  /** RFC 3339; only a time that does not move while the trouble lasts. */
  since?: string | undefined;
  /** Whether it is one only once it has lasted a while since then. */
  lasting?: true;
  /** The command that tells more, where it is not to describe the pod. */
  next?: string | undefined;
}

export interface PodView {
  pod: Pod;
  /** `lost`: its node does not answer. `ended`: it will not run again. `terminating`: it has been deleted and is not gone. */
  life: 'living' | 'lost' | 'ended' | 'terminating';
  status: V1PodStatus;
  /** What the status of the server said before. */
  told: string;
  /** As the pod itself has it, and in what it does not say as its Deployment would make it. */
  spec: Partial<V1PodSpec>;
  /** Those that the kubelet has reported, in the order in which they start. */
  containers: Container[];
}

export interface Container {
  /** How a sentence calls it. */
  label: string;
  name: string;
  part: 'init' | 'sidecar' | 'main';
  status: V1ContainerStatus;
  /** Undefined where somebody has injected it and the pod does not say what. */
  spec: V1Container | undefined;
}

export type End = NonNullable<V1ContainerState['terminated']>;

const LABELS = { init: 'init container', sidecar: 'sidecar', main: 'container' };

export function podViewOf(pod: Pod, template: V1PodTemplateSpec | undefined, told: string): PodView {
  const status = pod.status ?? {};
  const spec: Partial<V1PodSpec> = { ...template?.spec, ...pod.spec };
  const containers = [
    ...(status.initContainerStatuses ?? []).map((one) => {
      const known = findByName(one.name, spec.initContainers, template?.spec?.initContainers);
      return container(isSidecar(one, known, status) ? 'sidecar' : 'init', one, known);
    }),
    ...(status.containerStatuses ?? []).map((one) =>
      container('main', one, findByName(one.name, spec.containers, template?.spec?.containers)),
    ),
  ];
  return { pod, life: lifeOf(pod), told, status, spec, containers };
}

function findByName(name: string, ...lists: (V1Container[] | undefined)[]): V1Container | undefined {
  return lists.flatMap((list) => list ?? []).find((one) => one.name === name);
}

function container(
  part: Container['part'],
  status: V1ContainerStatus,
  spec: V1Container | undefined,
): Container {
  return { label: `${LABELS[part]} ${status.name}`, name: status.name, part, status, spec };
}

/** Init containers that go on beside the server. Only they have a startup probe, so only they run and are not started. */
function isSidecar(status: V1ContainerStatus, spec: V1Container | undefined, pod: V1PodStatus): boolean {
  if (spec) return spec.restartPolicy === 'Always';
  if (!status.state?.running) return false;
  return status.started === false || findCondition(pod, 'Initialized')?.status === 'True';
}

function lifeOf(pod: Pod): PodView['life'] {
  if (pod.metadata.deletionTimestamp !== undefined) return 'terminating';
  if (hasEnded(pod)) return 'ended';
  return isLost(pod) ? 'lost' : 'living';
}

export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded';
}

/**
 * Whether the node of a pod does not answer. The controller manager then says of the pod alone that it is not ready; the
 * kubelet, which has the word on its containers, never says so of a pod whose containers are, but for a readiness gate.
 */
export function isLost({ spec, status = {} }: Pod): boolean {
  const [ready, containers] = ['Ready', 'ContainersReady'].map((type) => findCondition(status, type));
  if (status.phase === 'Unknown') return true;
  if ([status.reason, ready?.reason].some((one) => one === 'NodeLost' || one === 'NodeStatusUnknown'))
    return true;
  if (ready?.status === 'Unknown') return true;
  const gates = spec?.readinessGates ?? [];
  const gated =
    ready?.reason === 'ReadinessGatesNotReady' ||
    gates.some(({ conditionType }) => findCondition(status, conditionType)?.status !== 'True');
  return (
    ready?.status === 'False' && (containers?.status === 'True' || isContradicted(ready, status)) && !gated
  );
}

/** The same where nobody says it of the containers as a whole: the kubelet would give a reason. */
function isContradicted(
  { reason }: V1PodCondition,
  { conditions = [], containerStatuses = [], initContainerStatuses = [] }: V1PodStatus,
): boolean {
  const isTold = conditions.some(({ type }) => type === 'ContainersReady');
  const all = [...initContainerStatuses, ...containerStatuses];
  return reason === undefined && !isTold && containerStatuses.length > 0 && all.every(({ ready }) => ready);
}

function findCondition(status: V1PodStatus, type: string): V1PodCondition | undefined {
  return status.conditions?.find((one) => one.type === type);
}

export function conditionOf({ status }: PodView, type: string): V1PodCondition | undefined {
  return findCondition(status, type);
}

/** @returns when the first of these conditions became what it is, or else when the pod began. */
export function sinceOf(view: PodView, ...types: string[]): string | undefined {
  const times = types.map((type) => conditionOf(view, type)?.lastTransitionTime);
  const { pod, status } = view;
  return timeOf(...times, status.startTime, pod.metadata.creationTimestamp);
}

/** @returns the first that is a time, as it travels. */
export function timeOf(...times: unknown[]): string | undefined {
  return times.map(String).find((one) => !Number.isNaN(Date.parse(one)));
}

/** How a container ended last, where it is not what was wanted; undefined while it starts for the first time. */
export function endOf({ status: { state, lastState, ready, restartCount } }: Container): End | undefined {
  // An init container that is done says so by being ready.
  if (state?.terminated) return ready ? undefined : state.terminated;
  return restartCount > 0 && !ready ? lastState?.terminated : undefined;
}

/** A container that ends by itself this soon after its start has nothing to serve. */
export const AT_ONCE_SECONDS = 30;
/** One that ran this long is none that fails again and again: the kubelet then forgets how often it did. */
const LONG_SECONDS = 600;

/** @returns how long the container ran; NaN where nobody says. */
export function secondsOf({ startedAt, finishedAt }: End): number {
  return (Date.parse(String(finishedAt)) - Date.parse(String(startedAt))) / 1000;
}

/** Whether a container ended once and is no loop: with its node, of which the kubelet knows nothing more, or after a long run. */
export function hasEndedOnce({ status: { state } }: Container, end: End): boolean {
  const isUnknown = end.reason === 'Unknown' || end.reason === 'ContainerStatusUnknown';
  return state?.waiting?.reason !== 'CrashLoopBackOff' && (isUnknown || secondsOf(end) >= LONG_SECONDS);
}

/** @returns how a container ended, in numbers and in the word of the kubelet. */
export function exitOf({ exitCode, reason, signal }: End): string {
  const why = [reason, signal ? `signal ${signal}` : ''].filter(Boolean).join(', ');
  return `exit code ${exitCode}${why ? ` (${why})` : ''}`;
}

/** @returns the names of the PersistentVolumeClaims that a pod needs. */
export function claimsOf({ spec, pod: { metadata } }: PodView): string[] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => [
    ...(persistentVolumeClaim ? [persistentVolumeClaim.claimName] : []),
    ...(ephemeral ? [`${metadata.name}-${name}`] : []),
  ]);
}

/** @returns the first of its containers that the kubelet keeps waiting for one of these reasons. */
export function waitingFor(
  { containers }: PodView,
  ...reasons: string[]
): { container: Container; reason: string; message: string | undefined } | undefined {
  const container = containers.find(({ status }) => reasons.includes(status.state?.waiting?.reason ?? ''));
  const { reason, message } = container?.status.state?.waiting ?? {};
  return container && { container, reason: reason!, message };
}

export function describePod({ pod: { metadata } }: PodView): string {
  return `kubectl describe pod -n ${metadata.namespace} ${metadata.name}`;
}

export function logsOf({ pod: { metadata } }: PodView, { name }: Container, ...flags: string[]): string {
  return ['kubectl logs', '-n', metadata.namespace, metadata.name, '-c', name, ...flags].join(' ');
}
