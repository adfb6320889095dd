/** How Metacontroller applies children, as it shows on them. */
import { MANAGER } from '../../children/identity.ts';
import type { ApplyStrategy } from '../../settings.ts';
import { describe, type KubernetesObject, type ObjectMap } from '../contract.ts';
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
 * @returns the children that Metacontroller applies server-side now, and that were applied otherwise before: by it
 *   dynamically, or by `dev`. What was written so is managed by that for ever: a field that a new manifest drops stays.
 */
export function managedTwice(children: ObjectMap): KubernetesObject[] {
  return (
    Object.values(children)
      .flatMap((ofKind) => Object.values(ofKind))
      .filter((child) => strategyOf(child) === 'server-side-apply' && managersOf(child).some(isOfBefore))
      // Maps have no order, and a message has to have one.
      .sort((one, other) => (describe(one) < describe(other) ? -1 : 1))
  );
}

function strategyOf(child: KubernetesObject): ApplyStrategy {
  if (child.metadata.annotations?.[LAST_APPLIED] !== undefined) return 'dynamic-apply';
  const isApplied = managersOf(child).some((one) => one.operation === 'Apply' && !isOfDev(one));
  return isApplied ? 'server-side-apply' : '';
}

/** Metacontroller also updates metadata alone, to take an object over or to take its annotation away. */
function isOfBefore(one: ManagedFields): boolean {
  if (isOfDev(one)) return true;
  const { manager, operation, fieldsV1 = {} } = one;
  const isMetacontrollers = manager === METACONTROLLER && operation === 'Update';
  return isMetacontrollers && Object.keys(fieldsV1).some((field) => field !== 'f:metadata');
}

function isOfDev({ manager, operation }: ManagedFields): boolean {
  return manager === MANAGER && operation === 'Apply';
}

/** @returns who manages fields of a child, but for those of its status. */
function managersOf({ metadata }: KubernetesObject): ManagedFields[] {
  const { managedFields } = metadata as { managedFields?: ManagedFields[] };
  return (managedFields ?? []).filter(({ subresource }) => !subresource);
}
