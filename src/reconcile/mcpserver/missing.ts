/** Children that are asked for and not there: of a refused one nobody is told, so that it is not there is the only sign. */
import { type KubernetesObject, kindKey, lookUp } from '../contract.ts';
import { CHILDREN } from './children.ts';
import { isFresh } from './patience.ts';
import type { Plan } from './plan.ts';
import type { View } from './view.ts';

const OPTIONAL = new Set(CHILDREN.filter(({ feature }) => feature).map(kindKey));

/** @returns the children that a rollout has waited for a while, as `Kind namespace/name`. */
export function missing({ children, waiting }: Plan, view: View): string[] {
  const { server, now } = view;
  const rollout = server.status?.conditions?.find(({ type }) => type === 'Progressing');
  if (rollout?.status !== 'True' || rollout.observedGeneration !== server.metadata.generation) return [];
  // What was held back until now is asked for by this very answer.
  if (rollout.reason === 'WaitingForSecret' && waiting.length === 0) return [];
  // Nothing has moved for so long, not even to say that this generation is being rolled out; once said, it stays said.
  if (rollout.reason !== 'ChildMissing' && isFresh(server.status, now)) return [];
  return unseen(children, view).map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
}

/** Of optional kinds, which may go away, each has a condition of its own. */
export function unseen(
  children: readonly KubernetesObject[],
  { request, server }: View,
): readonly KubernetesObject[] {
  const { namespace } = server.metadata;
  return children.filter(
    (child) =>
      !OPTIONAL.has(kindKey(child)) && !lookUp(request.children, child, namespace, child.metadata.name),
  );
}
