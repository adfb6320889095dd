/** Makes a parent's children what they should be, with as few writes as that takes. */
import { canonical, digest } from '../children/canonical.ts';
import { MANAGER } from '../children/identity.ts';
import type { KubernetesObject } from '../reconcile/contract.ts';
import { type Cache, controllerOf, objectKey } from './cache.ts';
import { ApiError, type Client, type StoredObject } from './client.ts';
import { type Difference, differences } from './compare.ts';
import type { EngineEvent } from './events.ts';
import { type Kind, pathOf } from './kinds.ts';

/** The label by which Metacontroller's `generateSelector` finds children; without it, it would let ours go. */
const PARENT_UID_LABEL = 'controller-uid';

export interface ChildKind {
  kind: Kind;
  cache: Cache;
}

/** Something that could not be written. The parent is tried again in any case. */
export interface Failure {
  message: string;
  /** The world moved on in between, so that the next sync knows better: nothing that people need to hear. */
  quiet: boolean;
}

export class Children {
  #client: Client;
  #onEvent: (event: EngineEvent) => void;
  /**
   * What the API server stores otherwise than it is applied, such as a default within a list that is replaced whole:
   * applying again would change nothing. Digests, by the child's uid.
   */
  #normalized = new Map<string, Set<string>>();

  constructor(client: Client, onEvent: (event: EngineEvent) => void) {
    this.#client = client;
    this.#onEvent = onEvent;
  }

  /** To be called when a child is gone. */
  forget(uid: string): void {
    this.#normalized.delete(uid);
  }

  /**
   * Deletes the parent's children that are no longer wanted, then applies the wanted ones, each in its turn.
   * @returns what failed; one that fails does not stop the others.
   */
  async reconcile(parent: StoredObject, kinds: ChildKind[], wanted: object[]): Promise<Failure[]> {
    const failures: Failure[] = [];
    const attempt = async (child: Described, work: () => Promise<void>) => {
      try {
        await work();
      } catch (error) {
        failures.push({
          message: `${describe(child)}: ${(error as Error).message}`,
          quiet: isPassing(error),
        });
      }
    };

    const manifests = wanted.map((child) => complete(child as KubernetesObject, parent));
    const keep = new Set(manifests.map(identity));
    for (const { kind, cache } of kinds) {
      for (const child of cache.ownedBy(parent.metadata.uid)) {
        if (keep.has(identity(child)) || child.metadata.deletionTimestamp) continue;
        await attempt(child, () => this.#delete(child, kind, cache));
      }
    }
    for (const manifest of manifests) {
      await attempt(manifest, () => this.#apply(manifest, parent, kinds));
    }
    return failures;
  }

  async #delete(child: StoredObject, kind: Kind, cache: Cache): Promise<void> {
    const { namespace, name, uid } = child.metadata;
    const answer = await this.#client.request<StoredObject>('DELETE', pathOf(kind, namespace, name), {
      body: { propagationPolicy: 'Background', preconditions: { uid } },
    });
    // Finalizers may keep it for a while: then the answer is the object, else often a mere Status.
    if (answer.kind !== kind.kind || !answer.metadata.deletionTimestamp) cache.remove(child);
    // Where the watch was faster it has gone since, and nothing would say so again.
    else if (cache.get(objectKey(child.metadata))?.metadata.uid === uid) cache.put(answer);
    this.#tell('deleted', child, 'deleted');
  }

  async #apply(manifest: Manifest, parent: StoredObject, kinds: ChildKind[]): Promise<void> {
    const found = kinds.find(
      ({ kind }) => kind.kind === manifest.kind && kind.apiVersion === manifest.apiVersion,
    );
    if (!found) throw new Error(`not a kind that a ${parent.kind} may have as a child`);
    const { kind, cache } = found;
    const { namespace, name } = manifest.metadata;
    if (parent.metadata.namespace && namespace !== parent.metadata.namespace) {
      throw new Error(`children must be in the namespace of their parent, ${parent.metadata.namespace}`);
    }

    const observed = cache.get(objectKey(manifest.metadata));
    let change = 'created';
    if (observed) {
      if (controllerOf(observed)?.uid !== parent.metadata.uid) throw takenBy(observed);
      // Its name is free in a moment, and its end brings the parent back.
      if (observed.metadata.deletionTimestamp) return;
      const changes = this.#changes(manifest, observed);
      if (changes.length === 0) return;
      change = `changed (${changes[0]!.path})`;
    }
    const applied = await this.#client.request<StoredObject>('PATCH', pathOf(kind, namespace, name), {
      query: { fieldManager: MANAGER, force: 'true' },
      contentType: 'application/apply-patch+yaml',
      // With its uid, an object that was replaced in between is refused instead of taken.
      body: observed
        ? { ...manifest, metadata: { ...manifest.metadata, uid: observed.metadata.uid } }
        : manifest,
    });
    const lasting = differences(manifest, applied, MANAGER);
    if (lasting.length === 0) this.forget(applied.metadata.uid);
    else this.#normalized.set(applied.metadata.uid, new Set(lasting.map(fingerprint)));
    cache.put(applied);
    if (observed?.metadata.resourceVersion !== applied.metadata.resourceVersion) {
      this.#tell('applied', manifest, change);
    }
  }

  #changes(manifest: Manifest, observed: StoredObject): Difference[] {
    const known = this.#normalized.get(observed.metadata.uid);
    const changes = differences(manifest, observed, MANAGER);
    return known ? changes.filter((change) => !known.has(fingerprint(change))) : changes;
  }

  #tell(type: 'applied' | 'deleted', child: Described, what: string): void {
    const { kind, metadata } = child;
    const { namespace, name } = metadata;
    this.#onEvent({ type, kind, namespace, name, message: `${describe(child)}: ${what}` });
  }
}

type Described = Pick<KubernetesObject, 'kind'> & { metadata: { namespace?: string; name: string } };
type Manifest = Pick<KubernetesObject, 'apiVersion' | 'kind' | 'metadata'>;

export function describe({ kind, metadata }: Described): string {
  return `${kind} ${objectKey(metadata)}`;
}

/** The manifest with what makes it a child of its parent. */
function complete(child: KubernetesObject, parent: StoredObject): Manifest {
  const { apiVersion, kind } = parent;
  const { name, namespace, uid } = parent.metadata;
  const owner = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
  return {
    ...child,
    metadata: {
      ...(namespace && { namespace }),
      ...child.metadata,
      labels: { [PARENT_UID_LABEL]: uid, ...child.metadata.labels },
      ownerReferences: [...(child.metadata.ownerReferences ?? []), owner],
    },
  };
}

function identity({ apiVersion, kind, metadata }: Manifest): string {
  return `${kind}.${apiVersion} ${objectKey(metadata)}`;
}

/** Every object of a child kind is watched, so one not owned by the parent is seen before server-side apply would merge into it. */
function takenBy(observed: StoredObject): Error {
  const owner = controllerOf(observed);
  if (!owner) return new Error('exists and belongs to someone else: left alone');
  return new ApiError(409, `exists and belongs to ${owner.kind} ${owner.name}: left alone`);
}

/** Conflicts, objects that are gone, namespaces that go, and a busy API server: the next attempt settles them. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return [404, 409, 429].includes(error.code) || error.causes.includes('NamespaceTerminating');
}

function fingerprint(change: Difference): string {
  return digest(canonical(change));
}
