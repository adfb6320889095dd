/** A container that does not come to run. */
import {
  type Container,
  claimsOf,
  conditionOf,
  endOf,
  type PodView,
  type Sighting,
  sinceOf,
  timeOf,
} from './pod.ts';
import { heard, words } from './words.ts';

/** What a container waits for as a matter of course: its volumes, the network, its image, those before it. */
const ON_ITS_WAY = ['ContainerCreating', 'PodInitializing'];
const QUOTES_THE_COMMAND = /^(?:Create|Run|Start)(?:Init)?Container(?:Error|Failed)$/;

/** What a message of the runtime that says so means. The first that fits holds. */
const CAUSES: [RegExp, string][] = [
  [/no space left/i, 'the disk of the node is full'],
  [/OOM-killed|memory limit too low/i, 'resources.limits.memory is too little even to start it'],
  [
    /error mounting|create mountpoint|failed to mkdir|subPath/i,
    'nothing can be mounted at a mountPath: is that a file in the image, or below something read-only?',
  ],
  [/chdir to cwd/i, 'its working directory is not in the image, or its user may not enter it'],
  [/CDI device|nvidia|device plugin/i, 'it cannot be given a device that it asks for, such as a GPU'],
  [
    /exec format error/i,
    "its command is built for another architecture than the node's, or is a script that does not name its interpreter",
  ],
  [/no command specified/i, 'neither it nor its image has a command'],
  [/executable file not found|no such file/i, 'its command is not in the image'],
  [/permission denied|not permitted/i, 'its user may not run its command'],
  [/deadline exceeded|timed out|is reserved for/i, 'the container runtime of the node is too slow, or hangs'],
];

/** In these the kubelet quotes the command, into which values of secrets may have been put. */
export function cannotStart(view: PodView): Sighting | undefined {
  const container = view.containers.find((one) => {
    const { waiting } = one.status.state ?? {};
    // The same failure to start, told a moment later.
    const end = endOf(one)?.reason;
    return (
      QUOTES_THE_COMMAND.test(waiting?.reason ?? '') || end === 'StartError' || end === 'ContainerCannotRun'
    );
  });
  if (!container) return undefined;
  const { waiting } = container.status.state ?? {};
  const said = heard(
    QUOTES_THE_COMMAND.test(waiting?.reason ?? '') ? waiting?.message : endOf(container)?.message,
  );
  const cause = CAUSES.find(([pattern]) => pattern.test(said))?.[1];
  return {
    reason: 'RunContainerError',
    message: `${container.label} cannot be started: ${cause ?? 'is its command in the image, and may its user run it?'}`,
    since: sinceOf(view, 'Ready'),
  };
}

/** Whatever else the kubelet gives as its reason. */
export function otherWait(view: PodView): Sighting | undefined {
  const container = view.containers.find(({ status }) => {
    const { reason } = status.state?.waiting ?? {};
    return reason !== undefined && !ON_ITS_WAY.includes(reason);
  });
  if (!container) return undefined;
  const { reason = '', message } = container.status.state?.waiting ?? {};
  const said = words(message);
  return {
    reason,
    message: `${container.label} waits: ${reason}${said ? `: ${said}` : ''}`,
    since: sinceOf(view, 'Ready'),
    lasting: true,
  };
}

/** Only the events of a pod say why it hangs before its containers start. */
export function notStarted(view: PodView): Sighting | undefined {
  const { containers } = view;
  if (containers.length === 0) {
    if (conditionOf(view, 'PodScheduled')?.status !== 'True' && view.spec.nodeName === undefined)
      return undefined;
    const node = view.spec.nodeName ? `its node ${view.spec.nodeName}` : 'its node';
    const message = `${node} has not begun to start it`;
    return {
      reason: 'ContainerCreating',
      message,
      since: sinceOf(view, 'PodScheduled'),
      lasting: true,
    };
  }
  const first = containers.findIndex((one) => !isDone(one));
  const container = containers[first];
  const reason = container?.status.state ? container.status.state.waiting?.reason : 'ContainerCreating';
  if (!container || !reason || !ON_ITS_WAY.includes(reason)) return undefined;
  const isPrepared = conditionOf(view, 'PodReadyToStartContainers')?.status === 'True';
  const said = words(container.status.state?.waiting?.message);
  return {
    reason,
    message: `${container.label} has not been started (${reason}${said ? `: ${said}` : ''}): ${
      isPrepared
        ? `volumes and network are there, and its image ${container.status.image} may still be on its way`
        : `${missable(view)}, or its network cannot be set up`
    }`,
    since: begunAt(view, containers.slice(0, first)),
    lasting: true,
    ...(!isPrepared && claimsOf(view).length > 0 ? { lacks: 'volume' as const } : {}),
  };
}

/** Whether what comes after it may start. */
function isDone({ part, status }: Container): boolean {
  return status.ready || (part !== 'init' && Boolean(status.state?.running) && status.started !== false);
}

/** @returns when it was a container's turn: what came before it had ended or started then. */
function begunAt(view: PodView, before: readonly Container[]): string | undefined {
  const times = before.map(({ status: { state } }) =>
    timeOf(state?.terminated?.finishedAt, state?.running?.startedAt),
  );
  const last = times
    .filter((time) => time !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);
  return last ?? sinceOf(view, 'PodReadyToStartContainers', 'PodScheduled', 'Ready');
}

/** @returns what the kubelet needs for the volumes of a pod, each of which may not be there. */
function missable(view: PodView): string {
  // Without what admission adds for the token, which is always there.
  const volumes = (view.spec.volumes ?? []).filter(({ name }) => !name.startsWith('kube-api-access-'));
  const named = volumes.flatMap(({ configMap, secret, csi, projected }) => [
    ...(configMap && !configMap.optional ? [`ConfigMap ${configMap.name}`] : []),
    ...(secret && !secret.optional ? [`Secret ${secret.secretName}`] : []),
    ...(csi ? [`the CSI driver ${csi.driver}`] : []),
    ...(projected?.sources ?? []).flatMap((source) => [
      ...(source.configMap && !source.configMap.optional ? [`ConfigMap ${source.configMap.name}`] : []),
      ...(source.secret && !source.secret.optional ? [`Secret ${source.secret.name}`] : []),
    ]),
  ]);
  const claims = claimsOf(view).map(
    (name) => `PersistentVolumeClaim ${name}, perhaps still attached to another node`,
  );
  const all = [...new Set([...claims, ...named])];
  return `a volume cannot be attached or mounted${all.length > 0 ? ` (is there ${all.join(', ')}?)` : ''}`;
}
