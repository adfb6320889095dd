/** How Metacontroller applies children, as it shows on them. */
import type { ApplyStrategy } from '../../settings.ts';
import type { KubernetesObject, ObjectMap } from '../contract.ts';
import { LAST_APPLIED } from '../keep.ts';

interface ManagedFields {
  operation?: string;
  subresource?: string;
}

/**
 * @param children as they are observed.
 * @returns the strategy that all of them show; empty where they show none, or one this and another that, as they do for a
 *   moment when it changes. Dynamic apply leaves an annotation, server-side apply an entry among the managed fields.
 */
export function strategySeen(children: ObjectMap): ApplyStrategy {
  const seen = new Set(Object.values(children).flatMap((ofKind) => Object.values(ofKind).map(strategyOf)));
  const [only = ''] = seen;
  return seen.size === 1 ? only : '';
}

function strategyOf({ metadata }: KubernetesObject): ApplyStrategy {
  if (metadata.annotations?.[LAST_APPLIED] !== undefined) return 'dynamic-apply';
  const { managedFields } = metadata as { managedFields?: ManagedFields[] };
  const isApplied = managedFields?.some(
    ({ operation, subresource }) => operation === 'Apply' && !subresource,
  );
  return isApplied ? 'server-side-apply' : '';
}
