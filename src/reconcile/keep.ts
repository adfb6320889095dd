/** Asking for an observed child again exactly as it is, where nothing better is known and deleting it would be wrong. */
import type { KubernetesObject } from './contract.ts';

const LAST_APPLIED = 'metacontroller.k8s.io/last-applied-configuration';
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
 *   recorded (server-side apply), the object without what the API server sets.
 */
export function keepAsObserved(child: KubernetesObject): object {
  const recorded = child.metadata.annotations?.[LAST_APPLIED];
  if (recorded) {
    try {
      const applied = JSON.parse(recorded);
      if (applied?.kind === child.kind && applied.metadata?.name === child.metadata.name) return applied;
    } catch {
      // Edited by hand: the object itself is all there is.
    }
  }
  const { status: _, ...kept } = child;
  const metadata = Object.fromEntries(
    Object.entries(child.metadata).filter(([field]) => !(SERVER_SET as readonly string[]).includes(field)),
  );
  return { ...kept, metadata };
}
