/**
 * The objects of one kind as last seen. Answers to our own writes are put here too, so that the next sync sees them
 * though the watch is late; what is older than the object that is there is therefore passed over.
 */
import type { StoredObject } from './client.ts';

/** Called with the object before and after; one of them is undefined where it came or went. */
export type Listener = (before: StoredObject | undefined, after: StoredObject | undefined) => void;

export class Cache {
  #objects = new Map<string, StoredObject>();
  #owned = new Map<string, Set<string>>();
  #listeners: Listener[] = [];

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** @param key as `objectKey` gives it. */
  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  values(): Iterable<StoredObject> {
    return this.#objects.values();
  }

  /** @returns the objects whose controller owner is the one with this uid. */
  ownedBy(uid: string): StoredObject[] {
    return [...(this.#owned.get(uid) ?? [])].map((key) => this.#objects.get(key)!);
  }

  put(object: StoredObject): void {
    const key = objectKey(object.metadata);
    const before = this.#objects.get(key);
    if (before && !isNewer(object.metadata.resourceVersion, before.metadata.resourceVersion)) return;
    if (before) this.#disown(key, before);
    this.#objects.set(key, object);
    const owner = controllerOf(object)?.uid;
    if (owner) this.#owned.set(owner, (this.#owned.get(owner) ?? new Set()).add(key));
    for (const listener of this.#listeners) listener(before, object);
  }

  /** @param object the one that is gone, as its deletion or the request for it tells. */
  remove(object: StoredObject): void {
    const key = objectKey(object.metadata);
    const before = this.#objects.get(key);
    if (!before || isNewer(before.metadata.resourceVersion, object.metadata.resourceVersion)) return;
    this.#drop(key, before);
  }

  /** Takes over a whole list and the version at which it was true. */
  replace(objects: StoredObject[], resourceVersion: string): void {
    const listed = new Set(objects.map(({ metadata }) => objectKey(metadata)));
    for (const [key, object] of this.#objects) {
      if (!listed.has(key) && !isNewer(object.metadata.resourceVersion, resourceVersion))
        this.#drop(key, object);
    }
    for (const object of objects) this.put(object);
  }

  #drop(key: string, object: StoredObject): void {
    this.#objects.delete(key);
    this.#disown(key, object);
    for (const listener of this.#listeners) listener(object, undefined);
  }

  #disown(key: string, object: StoredObject): void {
    const owner = controllerOf(object)?.uid;
    const keys = owner && this.#owned.get(owner);
    if (!keys) return;
    keys.delete(key);
    if (keys.size === 0) this.#owned.delete(owner);
  }
}

/** @returns the key of an object among those of its kind, as in an ObjectMap. */
export function objectKey({ namespace, name }: { namespace?: string | undefined; name: string }): string {
  return namespace ? `${namespace}/${name}` : name;
}

export function controllerOf({ metadata }: StoredObject) {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}

/** Versions of one cluster's objects are whole numbers that grow: KEP-5504 makes that a promise. */
function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length;
}
