/**
 * Whose a public address is. Who has it keeps it; where two have come by it at once, the older one does, by the time of its
 * creation and then by its uid. It is free again when the Ingress or route of the holder is gone.
 */
import { addressesOn, addressesServed, type Division, divide } from '../../children/address.ts';
import { routeWithin } from '../../children/httproute.ts';
import { ingressWithin } from '../../children/ingress.ts';
import { CLASS_ANNOTATION } from '../../children/ingressclass.ts';
import { type KubernetesObject, kindKey, lookUp, type SyncRequest } from '../contract.ts';
import { HTTP_ROUTE, INGRESS } from './kinds.ts';

/** The kinds that an address is served by. */
export const FRONTS = [INGRESS, HTTP_ROUTE];

/** What of one kind of child others have. */
export interface Conflict extends Division {
  /** The Ingresses or routes that have it, by address. */
  holders: ReadonlyMap<string, KubernetesObject>;
}

export interface Addresses {
  /** By `kindKey` of the child. */
  conflicts: Map<string, Conflict>;
  /** Kinds of child, by `kindKey`, of whose addresses nothing is known: others that have them were not related. */
  unknown: Set<string>;
}

/** Where no address is in conflict. */
export const NO_CONFLICTS: Addresses = { conflicts: new Map(), unknown: new Set() };

/** @param related the children by whose addresses the others were related: those of the live spec. */
export function addressesOf(
  wanted: readonly KubernetesObject[],
  related: readonly KubernetesObject[],
  request: SyncRequest,
): Addresses {
  const result: Addresses = { conflicts: new Map(), unknown: new Set() };
  for (const key of FRONTS.map(kindKey)) {
    const fronts = wanted.filter((child) => kindKey(child) === key);
    const known = new Set(addressesOfKind(related, key));
    if (!addressesOfKind(fronts, key).every((address) => known.has(address))) {
      result.unknown.add(key);
      continue;
    }
    const holders = new Map(fronts.flatMap((child) => holdersOf(child, request)));
    if (holders.size === 0) continue;
    const specs = fronts.map(({ spec }) => spec as object);
    result.conflicts.set(key, { holders, ...divide(specs, holders) });
  }
  return result;
}

/** @returns the addresses that children of a kind are to serve. */
export function addressesOfKind(children: readonly KubernetesObject[], key: string): string[] {
  return children
    .filter((child) => kindKey(child) === key)
    .flatMap(({ metadata }) => addressesOn(metadata.labels));
}

/** @returns who has an address of a child, by address. */
function holdersOf(child: KubernetesObject, request: SyncRequest): [string, KubernetesObject][] {
  const { namespace = '', name } = child.metadata;
  const own = lookUp(request.children, child, namespace, name);
  const server = `${request.parent.metadata.namespace}/${request.parent.metadata.name}`;
  const others = Object.values(request.related[kindKey(child)] ?? {})
    .filter((one) => ![undefined, server].includes(serverOf(one)))
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter((one) => meets(one, child, own))
    .sort(byAge);
  return addressesOn(child.metadata.labels).flatMap((address) => {
    const holder = others.find((one) => has(one, address) && !(own && isYounger(one, own, address)));
    return holder ? [[address, holder] as [string, KubernetesObject]] : [];
  });
}

/** @returns the server that an Ingress or a route belongs to, as `namespace/name`. */
export function serverOf({ metadata }: KubernetesObject): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return owner?.kind === 'MCPServer' ? `${metadata.namespace}/${owner.name}` : undefined;
}

/** @returns a child without the addresses that others have; none where nothing is left of it. */
export function withoutTaken(child: KubernetesObject, { conflicts }: Addresses): KubernetesObject[] {
  const conflict = conflicts.get(kindKey(child));
  if (!conflict) return [child];
  const left = (child.kind === INGRESS.kind ? ingressWithin : routeWithin)(child, conflict);
  return left ? [left] : [];
}

/** The label is how others are found, and no proof. */
function has({ metadata, spec }: KubernetesObject, address: string): boolean {
  return Object.hasOwn(metadata.labels ?? {}, address) && addressesServed(spec as object).has(address);
}

/**
 * Whether both are served by the same controller: one class, or one listener of a Gateway.
 *
 * @param own what is there of `child`. An Ingress that names no class is given the cluster's default when it is made;
 * until then it may be any.
 */
function meets(one: KubernetesObject, child: KubernetesObject, own: KubernetesObject | undefined): boolean {
  if (one.kind === INGRESS.kind) {
    const wanted = classOf(child);
    if (wanted === '' && !own) return true;
    return classOf(one) === (wanted || classOf(own!));
  }
  return parentsOf(one).some((mine) => parentsOf(child).some((theirs) => isSameListener(mine, theirs)));
}

function classOf({ metadata, spec }: KubernetesObject): string {
  const { ingressClassName = '' } = spec as { ingressClassName?: string };
  return metadata.annotations?.[CLASS_ANNOTATION] ?? ingressClassName;
}

interface ParentRef {
  name: string;
  namespace?: string;
  sectionName?: string;
  port?: number;
}

function parentsOf({ metadata, spec }: KubernetesObject): ParentRef[] {
  const { parentRefs = [] } = spec as { parentRefs?: ParentRef[] };
  return parentRefs.map((one) => ({ namespace: metadata.namespace ?? '', ...one }));
}

/** A reference that names no listener means all of them. */
function isSameListener(one: ParentRef, other: ParentRef): boolean {
  const agree = (field: 'sectionName' | 'port') =>
    one[field] === undefined || other[field] === undefined || one[field] === other[field];
  return (
    one.name === other.name && one.namespace === other.namespace && agree('sectionName') && agree('port')
  );
}

/** Whether another's is younger than ours, which has the address too already. */
function isYounger(other: KubernetesObject, own: KubernetesObject, address: string): boolean {
  return has(own, address) && meets(other, own, own) && byAge(own, other) < 0;
}

function byAge({ metadata: one }: KubernetesObject, { metadata: other }: KubernetesObject): number {
  const [mine, theirs] = [one, other].map(
    ({ creationTimestamp = '', uid = '' }) => `${creationTimestamp} ${uid}`,
  ) as [string, string];
  return mine < theirs ? -1 : mine > theirs ? 1 : 0;
}
