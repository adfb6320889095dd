/** A pod that has no node. */
import { claimsOf, conditionOf, type PodView, type Sighting, sinceOf } from './pod.ts';
import { words } from './words.ts';

const LONGEST = 1000;
/** What an older pod may have that the scheduler misses, in its words. */
const ROOM =
  /insufficient|free ports|too many pods|exceed max volume count|ReadWriteOncePod|no available disk|anti-affinity rules|cannot allocate all claims/i;
/** What the scheduler says of claims that are not bound or not there. */
const CLAIMS =
  /unbound immediate PersistentVolumeClaims|persistentvolumeclaim "|waiting for ephemeral volume/i;

export function gated(view: PodView): Sighting | undefined {
  const gates = (view.spec.schedulingGates ?? []).map(({ name }) => name);
  const isGated = conditionOf(view, 'PodScheduled')?.reason === 'SchedulingGated';
  if (hasNode(view) || !(isGated || gates.length > 0)) return undefined;
  const named = ['its scheduling gates', gates.join(', ')].filter(Boolean).join(' ');
  return {
    reason: 'SchedulingGated',
    message: `${named} keep it from every node, until whoever put them there takes them away`,
    since: sinceOf(view, 'PodScheduled'),
    lasting: true,
  };
}

export function unschedulable(view: PodView): Sighting | undefined {
  const scheduled = conditionOf(view, 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  const said = words(scheduled.message, LONGEST);
  const claims = CLAIMS.test(said) ? claimsOf(view) : [];
  return {
    reason: 'Unschedulable',
    message: `no node takes it: ${said || 'the scheduler does not say why'}`,
    since: sinceOf(view, 'PodScheduled'),
    ...(ROOM.test(said) && { lacks: 'room' as const }),
    ...(claims.length > 0 && {
      next: `kubectl describe pvc -n ${view.pod.metadata.namespace} ${claims.join(' ')}`,
    }),
  };
}

/** One that no scheduler has spoken of in a way that is known. */
export function unscheduled(view: PodView): Sighting | undefined {
  const scheduled = conditionOf(view, 'PodScheduled');
  if (hasNode(view)) return undefined;
  const said = [scheduled?.reason, words(scheduled?.message)].filter(Boolean).join(': ');
  const scheduler = view.spec.schedulerName ?? 'default-scheduler';
  return {
    reason: scheduled?.reason ?? 'NotScheduled',
    message: said
      ? `it has no node: ${said}`
      : `it has no node, and scheduler ${scheduler} has not looked at it`,
    since: sinceOf(view, 'PodScheduled'),
    lasting: true,
  };
}

function hasNode({ spec, status, containers }: PodView): boolean {
  return (
    spec.nodeName !== undefined ||
    status.startTime !== undefined ||
    containers.length > 0 ||
    (status.conditions ?? []).some((one) => one.type === 'PodScheduled' && one.status === 'True')
  );
}
