/** Whose an object is that has a name we want: ours, a stranger's, or left over from a parent of the same name. */
import { type KubernetesObject, lookUp, type ResourceKind, type SyncRequest } from './contract.ts';

export interface Claims {
  /** Names that an object of somebody else has: it is left alone, and the user is told. */
  taken: KubernetesObject[];
  /** Objects on their way out that the garbage collector has not reached: their names are ours in a moment. */
  leaving: KubernetesObject[];
}

/**
 * @param wanted the kinds of which a child with the parent's name is wanted.
 */
export function claims(request: SyncRequest, wanted: readonly ResourceKind[]): Claims {
  const { name, namespace = '', uid } = request.parent.metadata;
  const result: Claims = { taken: [], leaving: [] };
  for (const kind of wanted) {
    const object = lookUp(request.related, kind, namespace, name);
    if (!object || lookUp(request.children, kind, namespace, name)) continue;
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller);
    if (owner && owner.uid === uid) continue;
    // Other projects have a kind of this name too, so its group counts.
    const { apiVersion, kind: parentKind } = request.parent;
    const leftover =
      owner?.kind === parentKind && owner.name === name && sameGroup(owner.apiVersion, apiVersion);
    (leftover || object.metadata.deletionTimestamp ? result.leaving : result.taken).push(object);
  }
  return result;
}

function sameGroup(one: string, other: string): boolean {
  return one.split('/')[0] === other.split('/')[0];
}
