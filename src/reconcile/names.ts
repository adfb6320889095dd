/** Whose an object is that has a name we want: of this parent, of another owner, or of a former parent of the same name. */
import { type KubernetesObject, lookUp, type SyncRequest } from './contract.ts';

export interface Claims {
  /** Objects not owned by this parent that have a name it wants: they are left alone, and the user is told. */
  conflicts: KubernetesObject[];
  /** The same, of objects that are terminating, or that the garbage collector has yet to reach: their names are free in a moment. */
  terminating: KubernetesObject[];
}

/** @param wanted the children that are to be applied. */
export function claims(request: SyncRequest, wanted: readonly KubernetesObject[]): Claims {
  const { name: parentName, namespace = '', uid } = request.parent.metadata;
  const result: Claims = { conflicts: [], terminating: [] };
  for (const child of wanted) {
    const { name } = child.metadata;
    const object = lookUp(request.related, child, namespace, name);
    if (!object || lookUp(request.children, child, namespace, name)) continue;
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller);
    if (owner && owner.uid === uid) continue;
    // Other projects have a kind of this name too, so its group counts.
    const { apiVersion, kind: parentKind } = request.parent;
    const isFormer =
      owner?.kind === parentKind && owner.name === parentName && sameGroup(owner.apiVersion, apiVersion);
    (isFormer || object.metadata.deletionTimestamp ? result.terminating : result.conflicts).push(object);
  }
  return result;
}

function sameGroup(one: string, other: string): boolean {
  return one.split('/')[0] === other.split('/')[0];
}
