/** How Metacontroller applies children, as it shows on them. */
import type { ApplyStrategy } from '../../settings.ts';
import type { KubernetesObject, ObjectMap } from '../contract.ts';
import { LAST_APPLIED } from '../keep.ts';

interface ManagedFields {
  manager?: string;
  operation?: string;
  subresource?: string;
  fieldsV1?: object;
}

/** As it calls itself to the API server, whatever name it applies under. */
const METACONTROLLER = 'metacontroller';

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

/**
 * @returns the children that are applied server-side now and were applied dynamically before. What dynamic apply wrote is
 *   managed by it for ever: a field that the wanted manifest drops stays.
 */
export function managedTwice(children: ObjectMap): KubernetesObject[] {
  return Object.values(children)
    .flatMap((ofKind) => Object.values(ofKind))
    .filter((child) => strategyOf(child) === 'server-side-apply' && managersOf(child).some(isOfDynamicApply));
}

function strategyOf(child: KubernetesObject): ApplyStrategy {
  if (child.metadata.annotations?.[LAST_APPLIED] !== undefined) return 'dynamic-apply';
  const isApplied = managersOf(child).some(({ operation }) => operation === 'Apply');
  return isApplied ? 'server-side-apply' : '';
}

/** Metacontroller also updates metadata alone, to take an object over or to take its annotation away. */
function isOfDynamicApply({ manager, operation, fieldsV1 = {} }: ManagedFields): boolean {
  const isMetacontrollers = manager === METACONTROLLER && operation === 'Update';
  return isMetacontrollers && Object.keys(fieldsV1).some((field) => field !== 'f:metadata');
}

/** @returns who manages fields of a child, but for those of its status. */
function managersOf({ metadata }: KubernetesObject): ManagedFields[] {
  const { managedFields } = metadata as { managedFields?: ManagedFields[] };
  return (managedFields ?? []).filter(({ subresource }) => !subresource);
}
