/** Which pods are of the newest generation: those that a rollout waits for. */
import type { V1Container, V1Deployment, V1PodTemplateSpec } from '@kubernetes/client-node';
import { canonical } from '../../../children/canonical.ts';
import { CONFIG_DIGEST, SECRET_DIGESTS } from '../../../children/identity.ts';
import { hasEnded, type Pod } from './pod.ts';

/** The ReplicaSet of a pod, which is to say the template that it was made from. */
const HASH = 'pod-template-hash';

/**
 * A Deployment does not say which of its ReplicaSets is the newest, and pods of an older one may be younger: one that was
 * evicted is made again. So it is the one whose pods are as the template says, and of several the one that began last.
 *
 * @param observed their Deployment, as the API server has it.
 */
export function newestOf(pods: readonly Pod[], observed: V1Deployment | undefined): readonly Pod[] {
  const generations = new Map<string, Pod[]>();
  for (const pod of pods) {
    const key = generationOf(pod);
    const others = generations.get(key);
    if (others) others.push(pod);
    else generations.set(key, [pod]);
  }
  if (generations.size < 2) return latestOf(pods, observed?.status?.updatedReplicas);
  const template = observed?.spec?.template;
  const all = [...generations.values()];
  const made = template ? all.filter((ofOne) => ofOne.some((pod) => isMadeFrom(template, pod))) : [];
  const candidates = made.length > 0 ? made : all;
  const last = Math.max(...candidates.map(beginningOf));
  return candidates.filter((ofOne) => beginningOf(ofOne) === last).flat();
}

/**
 * Pods that nothing tells apart: as many as the Deployment says are of its newest generation, those that were made last.
 *
 * @param updated how many of those that run are of the newest generation; undefined where nobody says.
 */
function latestOf(pods: readonly Pod[], updated: number | undefined): readonly Pod[] {
  const counted = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && !hasEnded(pod));
  const isLabelled = pods.some(({ metadata: { labels } }) => labels?.[HASH] !== undefined);
  if (isLabelled || !updated || updated >= counted.length) return pods;
  const since = counted.map((pod) => beginningOf([pod])).sort((a, b) => b - a)[updated - 1]!;
  return pods.filter((pod) => beginningOf([pod]) >= since);
}

/** Pods that nobody has labelled are told apart by what changes with a generation. */
function generationOf({ metadata: { labels, annotations }, spec }: Pod): string {
  const images = spec?.containers?.map(({ name, image }) => [name, image]);
  return (
    labels?.[HASH] ?? JSON.stringify([annotations?.[CONFIG_DIGEST], annotations?.[SECRET_DIGESTS], images])
  );
}

/** One whose pods do not say when they were made is older than any that does. */
function beginningOf(pods: readonly Pod[]): number {
  const times = pods.map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''));
  const known = times.filter((time) => !Number.isNaN(time));
  return known.length > 0 ? Math.min(...known) : Number.NEGATIVE_INFINITY;
}

/** Whether a pod has all that the template gives it. What else it has was added on the way, by admission. */
function isMadeFrom({ metadata, spec }: V1PodTemplateSpec, pod: Pod): boolean {
  const has = (wanted: Record<string, string> = {}, given: Record<string, string> = {}) =>
    Object.entries(wanted).every(([key, value]) => given[key] === value);
  if (!has(metadata?.labels, pod.metadata.labels)) return false;
  if (!has(metadata?.annotations, pod.metadata.annotations)) return false;
  const given = pod.spec?.containers ?? [];
  return (spec?.containers ?? []).every((wanted) => {
    const own = given.find(({ name }) => name === wanted.name);
    return own !== undefined && runsAlike(wanted, own);
  });
}

function runsAlike(wanted: V1Container, own: V1Container): boolean {
  const program = ({ image, command, args }: V1Container) => JSON.stringify([image, command, args]);
  if (program(wanted) !== program(own)) return false;
  const given = new Set((own.env ?? []).map((one) => JSON.stringify(canonical(one))));
  return (wanted.env ?? []).every((one) => given.has(JSON.stringify(canonical(one))));
}
