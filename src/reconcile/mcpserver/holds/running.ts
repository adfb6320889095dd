/** What a rollout that is held back leaves: what runs, with all that it needs. */
import type { V1Deployment } from '@kubernetes/client-node';
import { type KubernetesObject, kindKey } from '../../contract.ts';
import { scaled } from '../kept.ts';
import { DEPLOYMENT, EXTERNAL_SECRET } from '../kinds.ts';
import { type Plan, rendered } from '../plan.ts';
import type { View } from '../view.ts';

/** @returns the plan with the last good spec in place of the new one; where none is known, with the Deployment as it is. */
export function keepRunning(plan: Plan, view: View): Plan {
  const before = view.lastValid();
  if (!before) {
    const children = withDeploymentAsObserved(plan.children, view.deployment, view.replicas);
    return { ...plan, asked: children, children };
  }
  const children = withoutLoss(rendered(before, view, { isKept: true }).children, plan.children);
  return { ...plan, asked: children, children, rendered: { ...view.server, spec: before.spec } };
}

/** @returns the children with the Deployment as it is, but for the number of pods; without one where there is none. */
export function withDeploymentAsObserved(
  children: readonly KubernetesObject[],
  deployment: V1Deployment | undefined,
  replicas: number,
): KubernetesObject[] {
  return children.flatMap((child) => {
    if (child.kind !== DEPLOYMENT.kind) return child;
    return deployment ? scaled(deployment as KubernetesObject, replicas) : [];
  });
}

/** What runs, with the values that a later spec waits for: else they would never come. */
function withoutLoss(
  running: readonly KubernetesObject[],
  later: readonly KubernetesObject[],
): KubernetesObject[] {
  const isExternalSecret = (child: KubernetesObject) => kindKey(child) === kindKey(EXTERNAL_SECRET);
  const rest = running.filter((child) => !isExternalSecret(child));
  const before = running.filter(isExternalSecret);
  const after = later.filter(isExternalSecret);
  const names = new Set([...before, ...after].map(({ metadata }) => metadata.name));
  const merged = [...names].sort().map((name) => {
    const [old, next] = [before, after].map((list) => list.find(({ metadata }) => metadata.name === name));
    return old && next ? withEntriesOf(next, old) : (next ?? old!);
  });
  return [...rest, ...merged];
}

function withEntriesOf(next: KubernetesObject, old: KubernetesObject): KubernetesObject {
  const entries = ({ spec }: KubernetesObject) => (spec as { data: { secretKey: string }[] }).data;
  const named = new Set(entries(next).map(({ secretKey }) => secretKey));
  const data = [...entries(next), ...entries(old).filter(({ secretKey }) => !named.has(secretKey))];
  return { ...next, spec: { ...(next.spec as object), data } };
}
