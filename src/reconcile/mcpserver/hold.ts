/** What stays as it is: where a rollout waits or is stuck, and where no good spec is known. */
import type { V1Deployment } from '@kubernetes/client-node';
import { canonical } from '../../children/canonical.ts';
import type { RenderSettings } from '../../settings.ts';
import { childKinds, type KubernetesObject, kindKey, lookUp, type SyncRequest } from '../contract.ts';
import { keepAsObserved } from '../keep.ts';
import { CHILDREN } from './children.ts';
import { CONFIG_MAP, DEPLOYMENT, EXTERNAL_SECRET, SERVICE_ACCOUNT } from './kinds.ts';

/** Where what runs cannot be rendered again, the Deployment at least stays as it is. */
export function heldBack(
  desired: KubernetesObject[],
  observed: V1Deployment | undefined,
  replicas: number,
): KubernetesObject[] {
  return desired.flatMap((child) => {
    if (child.kind !== DEPLOYMENT.kind) return child;
    return observed ? scaled(observed as KubernetesObject, replicas) : [];
  });
}

/** What runs, with the values that a later spec waits for: else they would never come. */
export function withoutLoss(
  running: KubernetesObject[],
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

/** Old pods may serve for long, and be made anew on another node: what they refer to goes when they do. */
export function stillNeeded(
  wished: readonly KubernetesObject[],
  { children }: SyncRequest,
): KubernetesObject[] {
  const there = new Set(wished.map((child) => `${kindKey(child)} ${child.metadata.name}`));
  return [SERVICE_ACCOUNT, CONFIG_MAP, EXTERNAL_SECRET]
    .flatMap((kind) => inOrder(children[kindKey(kind)]))
    .filter((child) => !there.has(`${kindKey(child)} ${child.metadata.name}`))
    .map((child) => canonical(keepAsObserved(child)));
}

/** @returns a child as it is in the cluster; none where it is not there. */
export function asObserved(child: KubernetesObject, { children }: SyncRequest): KubernetesObject[] {
  const observed = lookUp(children, child, child.metadata.namespace ?? '', child.metadata.name);
  return observed ? [canonical(keepAsObserved(observed))] : [];
}

/** @returns every observed child as it is, but for the number of pods. */
export function keptChildren(
  { children }: SyncRequest,
  name: string,
  replicas: number,
  settings: RenderSettings,
): KubernetesObject[] {
  return childKinds({ children: CHILDREN }, settings)
    .flatMap((kind) => inOrder(children[kindKey(kind)]))
    .map((child) =>
      child.kind === DEPLOYMENT.kind && child.metadata.name === name
        ? scaled(child, replicas)
        : canonical(keepAsObserved(child)),
    );
}

function inOrder(observed: Record<string, KubernetesObject> = {}): KubernetesObject[] {
  return Object.keys(observed)
    .sort()
    .map((key) => observed[key]!);
}

function scaled(observed: KubernetesObject, replicas: number): KubernetesObject {
  const kept = keepAsObserved(observed);
  return canonical({ ...kept, spec: { ...(kept.spec as object), replicas } });
}
