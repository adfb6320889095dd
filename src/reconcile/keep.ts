/** Asking for an observed child again exactly as it is, where nothing better is known and deleting it would be wrong. */
import type { KubernetesObject } from './contract.ts';

/** Where dynamic apply keeps what it applied. */
export const LAST_APPLIED = 'metacontroller.k8s.io/last-applied-configuration';
const SERVER_SET = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'ownerReferences',
  'selfLink',
] as const;

/**
 * @returns a manifest that changes nothing when applied: what Metacontroller applied last, or, where that is not
 *   recorded (server-side apply), the object without what the API server sets; in both, without nulls.
 */
export function keepAsObserved(child: KubernetesObject): KubernetesObject {
  return lastApplied(child) ?? withoutNulls(withoutServerSet(child));
}

function lastApplied(child: KubernetesObject): KubernetesObject | undefined {
  const { name, namespace, annotations } = child.metadata;
  try {
    const applied = JSON.parse(annotations?.[LAST_APPLIED] ?? 'null') as KubernetesObject | null;
    // Whoever may edit the child may edit the annotation, but shall not turn it into another object.
    const same =
      applied?.apiVersion === child.apiVersion &&
      applied.kind === child.kind &&
      applied.metadata.name === name &&
      applied.metadata.namespace === namespace;
    // It may be nested deeper than can be looked through.
    return same ? withoutNulls(applied) : undefined;
  } catch {
    // Edited by hand: the object itself is all there is.
    return undefined;
  }
}

function withoutServerSet({ status: _, ...child }: KubernetesObject): KubernetesObject {
  const metadata = Object.fromEntries(
    Object.entries(child.metadata).filter(([field]) => !(SERVER_SET as readonly string[]).includes(field)),
  );
  return { ...child, metadata: metadata as KubernetesObject['metadata'] };
}

/** The API server itself writes `creationTimestamp: null` into templates, and a null in an answer is never settled. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.filter((one) => one !== null).map(withoutNulls) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field)]),
  ) as T;
}
