/** Children that are asked for as they are in the cluster. */
import { canonical } from '../../children/canonical.ts';
import type { RenderSettings } from '../../settings.ts';
import { childKinds, type KubernetesObject, kindKey, lookUp, type SyncRequest } from '../contract.ts';
import { keepAsObserved } from '../keep.ts';
import { RENDERED_KINDS } from './children.ts';
import { DEPLOYMENT } from './kinds.ts';

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
  return childKinds({ children: RENDERED_KINDS }, settings)
    .flatMap((kind) => inOrder(children[kindKey(kind)]))
    .map((child) =>
      child.kind === DEPLOYMENT.kind && child.metadata.name === name
        ? scaled(child, replicas)
        : canonical(keepAsObserved(child)),
    );
}

/** @returns observed objects by name, for a map has no order. */
export function inOrder(observed: Record<string, KubernetesObject> = {}): KubernetesObject[] {
  return Object.keys(observed)
    .sort()
    .map((key) => observed[key]!);
}

/** @returns an observed Deployment as it is, but for the number of pods. */
export function scaled(observed: KubernetesObject, replicas: number): KubernetesObject {
  const kept = keepAsObserved(observed);
  return canonical({ ...kept, spec: { ...(kept.spec as object), replicas } });
}
