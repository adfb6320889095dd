/** Pods that are over before their time: evicted, preempted, or refused by the kubelet of their node. */
import { nodeOf } from './lost-node.ts';
import { hasEnded, type Pod, type PodView, type Sighting, timeOf } from './pod.ts';
import { words } from './words.ts';

/** How long after its end the pod in its place is made at the latest. */
const REPLACED_MS = 60_000;
/** One whose readiness changed this long after it was made has a story of its own. */
const SETTLED_MS = 600_000;

/** What to do, by what the kubelet says it ran out of. */
const ADVICE: [RegExp, string][] = [
  [
    /ephemeral|emptydir|disk|inode|storage/i,
    'request what it writes in resources.requests.ephemeral-storage, or mount a volume',
  ],
  [/memory/i, 'request what it uses in resources.requests.memory'],
];

/**
 * Of pods that end again and again, the first: it stays the same while new ones end in the same way. It matters while the
 * one in its place has not run yet, or where that is only the next in a row.
 *
 * @param present of the newest generation, not terminating.
 */
export function lastEnded(present: readonly Pod[]): Pod | undefined {
  const over = present
    .filter(hasEnded)
    .sort((a, b) => timeOfEnd(a) - timeOfEnd(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
  const last = over.at(-1);
  if (!last) return undefined;
  const living = present.filter((pod) => !hasEnded(pod));
  const alike = over.filter((pod) => reasonOf(pod) === reasonOf(last));
  const isNext = (pod: Pod) => {
    const made = Date.parse(pod.metadata.creationTimestamp ?? '');
    const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
    const changed = Date.parse(String(ready?.lastTransitionTime));
    return !(made > timeOfEnd(last) + REPLACED_MS || changed > made + SETTLED_MS);
  };
  const isOpen = (pod: Pod) => isNext(pod) && (alike.length > 1 || !hasRun(pod));
  return living.length === 0 || living.some(isOpen) ? alike[0] : undefined;
}

export function ended(view: PodView): Sighting {
  const said = words(view.status.message) || words(disruptionOf(view.pod)?.message);
  const advice = ADVICE.find(([pattern]) => pattern.test(said))?.[1];
  const reason = reasonOf(view.pod);
  return {
    reason,
    message: `it was ended on its ${nodeOf(view)} (${reason})${said ? `: ${said}` : ''}${advice ? `: ${advice}` : ''}`,
    since: timeOf(disruptionOf(view.pod)?.lastTransitionTime),
  };
}

function hasRun({ status }: Pod): boolean {
  return (status?.containerStatuses ?? []).some(
    ({ state, restartCount }) => state?.running || state?.terminated || restartCount > 0,
  );
}

function reasonOf(pod: Pod): string {
  return pod.status?.reason ?? disruptionOf(pod)?.reason ?? pod.status?.phase ?? 'Failed';
}

function disruptionOf({ status }: Pod) {
  return status?.conditions?.find(
    ({ type, status: holds }) => type === 'DisruptionTarget' && holds === 'True',
  );
}

/** @returns 0 where nobody says. */
function timeOfEnd(pod: Pod): number {
  const { status, metadata } = pod;
  const stops = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].map(
    ({ state }) => state?.terminated?.finishedAt,
  );
  const time = timeOf(
    disruptionOf(pod)?.lastTransitionTime,
    ...stops,
    status?.startTime,
    metadata.creationTimestamp,
  );
  return time === undefined ? 0 : Date.parse(time);
}
