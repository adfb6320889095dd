/**
 * Whose a public address is. Who has it keeps it; where two have come by it at once, the older one does, by the time of its
 * creation and then by its uid. It is free again when the Ingress or route of the holder is gone.
 */
import { addressesOn } from '../../children/address.ts';
import { CLASS_ANNOTATION } from '../../children/ingressclass.ts';
import { type KubernetesObject, kindKey, lookUp, type SyncRequest } from '../contract.ts';
import { HTTP_ROUTE, INGRESS } from './kinds.ts';

/** The kinds that an address is served by. */
export const FRONTS = [INGRESS, HTTP_ROUTE];

/** @returns the Ingresses and routes of other servers that have an address that is wanted, by `kindKey` of the child. */
export function holdersOf(
  wanted: readonly KubernetesObject[],
  request: SyncRequest,
): Map<string, KubernetesObject> {
  const holders = new Map<string, KubernetesObject>();
  for (const child of wanted) {
    const key = kindKey(child);
    if (!FRONTS.some((kind) => kindKey(kind) === key)) continue;
    const { namespace = '', name } = child.metadata;
    const addresses = addressesOn(child.metadata.labels);
    const own = lookUp(request.children, child, namespace, name);
    const [holder] = Object.values(request.related[key] ?? {})
      .filter((one) => one.metadata.namespace !== namespace || one.metadata.name !== name)
      .filter((one) => serverOf(one) !== undefined && one.metadata.deletionTimestamp === undefined)
      .filter((one) => shared(one, addresses) && meets(one, child) && !(own && yields(one, own, addresses)))
      .sort(byAge);
    if (holder) holders.set(key, holder);
  }
  return holders;
}

/** @returns the server that an Ingress or a route belongs to, as `namespace/name`. */
export function serverOf({ metadata }: KubernetesObject): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return owner?.kind === 'MCPServer' ? `${metadata.namespace}/${owner.name}` : undefined;
}

function shared({ metadata }: KubernetesObject, addresses: readonly string[]): boolean {
  return addresses.some((address) => Object.hasOwn(metadata.labels ?? {}, address));
}

/** Whether both are served by the same controller: one class, or one Gateway. */
function meets(one: KubernetesObject, other: KubernetesObject): boolean {
  const [mine, theirs] = [frontsOf(one), frontsOf(other)];
  return mine.some((front) => theirs.includes(front));
}

function frontsOf({ kind, metadata, spec }: KubernetesObject): string[] {
  if (kind === INGRESS.kind) {
    const { ingressClassName = '' } = spec as { ingressClassName?: string };
    return [metadata.annotations?.[CLASS_ANNOTATION] ?? ingressClassName];
  }
  const { parentRefs = [] } = spec as { parentRefs?: { name: string; namespace?: string }[] };
  return parentRefs.map(({ name, namespace = metadata.namespace }) => `${namespace}/${name}`);
}

/** Whether another's, which has the address as ours has it already, is the younger of both. */
function yields(other: KubernetesObject, own: KubernetesObject, addresses: readonly string[]): boolean {
  const all = addresses.every((address) => Object.hasOwn(own.metadata.labels ?? {}, address));
  return all && byAge(own, other) < 0;
}

function byAge({ metadata: one }: KubernetesObject, { metadata: other }: KubernetesObject): number {
  const [mine, theirs] = [one, other].map(
    ({ creationTimestamp = '', uid = '' }) => `${creationTimestamp} ${uid}`,
  ) as [string, string];
  return mine < theirs ? -1 : mine > theirs ? 1 : 0;
}
