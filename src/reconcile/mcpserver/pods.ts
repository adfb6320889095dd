/**
 * What a server's pods say of themselves when they do not serve, in one sentence with the next step. Only names, reasons and
 * exit codes: what a container wrote may hold secrets. The same trouble gives the same sentence however often the kubelet
 * tries again, for each new one is a write.
 */
import type { V1ContainerState, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { SERVER_CONTAINER } from '../../api/containers.ts';

export interface Trouble {
  /** One word for a condition. */
  reason: string;
  message: string;
}

export interface PodReport {
  trouble: Trouble | undefined;
  /** Seconds after which a pod that only starts now would be one that does not become ready. */
  lookAgainAfter: number | undefined;
}

/** Pods as they travel: times are strings. */
export type Pod = Omit<V1Pod, 'metadata'> & {
  metadata: { name: string; namespace: string; deletionTimestamp?: string };
};

/** How long a pod may run without being ready before the message says so. */
const PATIENCE_SECONDS = 30;
/** A container that ends by itself this soon after its start has nothing to serve. */
const AT_ONCE_SECONDS = 30;

/** @param now RFC 3339. */
export function reportOf(pods: readonly Pod[], now: string): PodReport {
  const living = pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded',
  );
  const reports = [...living]
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((pod) => reportOfPod(pod, now));
  const worst = RANKS.map((rank) => reports.find(({ trouble }) => trouble && rank(trouble.reason))).find(
    Boolean,
  );
  const waits = reports.flatMap(({ lookAgainAfter }) => lookAgainAfter ?? []);
  return {
    trouble: worst?.trouble,
    lookAgainAfter: waits.length > 0 ? Math.min(...waits) : undefined,
  };
}

/** What a person has to mend comes before what may mend itself. */
const RANKS: ((reason: string) => boolean)[] = [
  (reason) => reason !== 'Unschedulable' && reason !== 'NotReady',
  (reason) => reason === 'Unschedulable',
  () => true,
];

function reportOfPod(pod: Pod, now: string): PodReport {
  const { status = {} } = pod;
  const name = `Pod ${pod.metadata.namespace}/${pod.metadata.name}`;
  const report = (reason: string, message: string): PodReport => ({
    trouble: { reason, message: `${name}: ${message}` },
    lookAgainAfter: undefined,
  });
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return report(
      'Unschedulable',
      `no node takes it: ${scheduled.message ?? 'the scheduler does not say why'}`,
    );
  }
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const trouble = containerTrouble(pod, container);
    if (trouble) return report(trouble.reason, trouble.message);
  }

  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const late = status.containerStatuses?.find((one) => one.state?.running && !one.ready);
  if (ready?.status !== 'False' || !late) return { trouble: undefined, lookAgainAfter: undefined };
  const since = String(late.state!.running!.startedAt ?? ready.lastTransitionTime);
  const patience = PATIENCE_SECONDS - (Date.parse(now) - Date.parse(since)) / 1000;
  if (Number.isNaN(patience)) return { trouble: undefined, lookAgainAfter: undefined };
  if (patience > 0) return { trouble: undefined, lookAgainAfter: Math.ceil(patience) };
  return report(
    'NotReady',
    `container ${late.name} has run since ${since} and is not ready: nothing good answers its probes (is \`port\` the one it listens on?); kubectl describe pod -n ${pod.metadata.namespace} ${pod.metadata.name} says which`,
  );
}

function containerTrouble(pod: Pod, container: V1ContainerStatus): Trouble | undefined {
  if (container.ready && container.state?.running) return undefined;
  const { waiting } = container.state ?? {};
  const label = `container ${container.name}`;
  switch (waiting?.reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return {
        reason: 'ImagePullBackOff',
        message: `${label}: image ${container.image} cannot be pulled${pullFailure(waiting.message)}`,
      };
    case 'ErrImageNeverPull':
      return {
        reason: 'ErrImageNeverPull',
        message: `${label}: image ${container.image} is not on the node, and imagePullPolicy is Never`,
      };
    case 'InvalidImageName':
    case 'CreateContainerConfigError':
      // Of these the kubelet tells which object or key is missing, and no content of it.
      return { reason: waiting.reason, message: `${label}: ${waiting.message ?? waiting.reason}` };
    case 'CreateContainerError':
    case 'RunContainerError':
      return cannotStart(pod, container);
  }
  const ended = endOf(container);
  // The same failure to start, told a moment later.
  if (ended?.reason === 'StartError' || ended?.reason === 'ContainerCannotRun')
    return cannotStart(pod, container);
  return ended && crash(pod, container, ended);
}

/** How a container ended last, where it is not what was wanted; undefined while it starts for the first time. */
function endOf({ state, lastState, ready, restartCount }: V1ContainerStatus): V1ContainerState['terminated'] {
  // An init container that is done says so by being ready.
  if (state?.terminated) return ready ? undefined : state.terminated;
  return restartCount > 0 && !ready ? lastState?.terminated : undefined;
}

/** In these the kubelet quotes the command, into which values of secrets may have been put. */
function cannotStart({ metadata }: Pod, { name }: V1ContainerStatus): Trouble {
  const describe = `kubectl describe pod -n ${metadata.namespace} ${metadata.name}`;
  return {
    reason: 'RunContainerError',
    message: `container ${name} cannot be started: is its command in the image, and may its user run it? ${describe} says more`,
  };
}

function crash(
  { metadata }: Pod,
  { name }: V1ContainerStatus,
  { exitCode, reason, signal, startedAt, finishedAt }: NonNullable<V1ContainerState['terminated']>,
): Trouble {
  const seconds = (Date.parse(String(finishedAt)) - Date.parse(String(startedAt))) / 1000;
  const logs = `kubectl logs -n ${metadata.namespace} ${metadata.name} -c ${name} --previous`;
  if (exitCode === 0 && seconds < AT_ONCE_SECONDS && name === SERVER_CONTAINER) {
    return {
      reason: 'CrashLoopBackOff',
      message: `container ${name} ends right after its start with exit code 0, as a server that speaks MCP over stdio does: it has to serve HTTP (see its command and args; ${logs})`,
    };
  }
  if (reason === 'OOMKilled') {
    return {
      reason: 'OOMKilled',
      message: `container ${name} needs more memory than resources.limits.memory gives it, and is killed (exit code ${exitCode}); ${logs}`,
    };
  }
  const why = [reason, signal ? `signal ${signal}` : ''].filter(Boolean).join(', ');
  return {
    reason: 'CrashLoopBackOff',
    message: `container ${name} keeps ending with exit code ${exitCode}${why ? ` (${why})` : ''}; ${logs}`,
  };
}

/** The kubelet's two reasons take turns, and their messages differ: what both say is all that is told. */
function pullFailure(message = ''): string {
  if (/unauthorized|denied|forbidden|\b40[13]\b/i.test(message)) {
    return ': the registry refuses access (imagePullSecrets?)';
  }
  if (/not found|manifest unknown|\b404\b/i.test(message)) return ': there is no such image or tag';
  if (/no such host|timeout|refused|unreachable/i.test(message)) return ': the registry cannot be reached';
  return '';
}
