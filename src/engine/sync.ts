/** One sync of one parent: what a Metacontroller does around its hook, with the hook called in-process. */
import { type Controller, kindKey, type ObjectMap, type SyncResponse } from '../reconcile/contract.ts';
import type { RenderSettings } from '../settings.ts';
import { type ChildKind, type Children, describe, type Failure, isPassing } from './apply.ts';
import { type Cache, objectKey } from './cache.ts';
import type { Client, StoredObject } from './client.ts';
import type { EngineEvent } from './events.ts';
import type { Kind } from './kinds.ts';
import type { Outcome } from './queue.ts';
import { matches, NAMESPACE, type Relations } from './related.ts';
import { writeStatus } from './status.ts';

/** The kinds of one controller, as the cluster has them. */
export interface Parents {
  controller: Controller;
  kind: Kind;
  cache: Cache;
  children: ChildKind[];
}

export interface SyncOptions {
  client: Client;
  children: Children;
  relations: Relations;
  /** The cache of a kind that a rule names; watched from the first call on. */
  watched(apiVersion: string, resource: string): Promise<ChildKind>;
  settings: RenderSettings;
  clock(): Date;
  onEvent(event: EngineEvent): void;
}

export class Syncs {
  #options: SyncOptions;
  /** What was last said about a parent that fails, to say it once and not on each attempt. */
  #said = new Map<string, string>();

  constructor(options: SyncOptions) {
    this.#options = options;
  }

  /**
   * @param queueKey what the parent goes by in the queue and among the relations.
   * @param key of the parent in its cache.
   */
  async run(queueKey: string, parents: Parents, key: string): Promise<Outcome> {
    const parent = parents.cache.get(key);
    // The garbage collector takes the children of a parent that goes.
    if (!parent || parent.metadata.deletionTimestamp) {
      this.#said.delete(queueKey);
      if (!parent) this.#options.relations.forget(queueKey);
      return 'done';
    }
    let failures: Failure[];
    let after: number | undefined;
    try {
      ({ failures, after } = await this.#sync(queueKey, parents, parent));
    } catch (error) {
      failures = [{ message: `${describe(parent)}: ${(error as Error).message}`, quiet: isPassing(error) }];
    }
    this.#report(queueKey, parent, failures);
    return failures.length > 0 ? 'retry' : (after ?? 'done');
  }

  async #sync(queueKey: string, parents: Parents, parent: StoredObject) {
    const { client, children, settings, clock } = this.#options;
    const { controller, kind, cache } = parents;
    const related = await this.#related(queueKey, controller, parent);
    const request = { parent, children: observed(parents.children, parent), related };
    const now = `${clock().toISOString().slice(0, 19)}Z`;
    const answer: SyncResponse = controller.sync(request, {
      settings,
      now,
    });

    const failures = await children.reconcile(parent, parents.children, answer.children);
    try {
      const written = await writeStatus(client, kind, parent, answer.status);
      if (written) {
        cache.put(written);
        this.#tellStatus(written);
      }
    } catch (error) {
      const message = `${describe(parent)}: status: ${(error as Error).message}`;
      failures.push({ message, quiet: isPassing(error) });
    }
    const seconds = answer.resyncAfterSeconds ?? 0;
    return { failures, after: seconds > 0 ? seconds * 1000 : undefined };
  }

  async #related(queueKey: string, controller: Controller, parent: StoredObject): Promise<ObjectMap> {
    const { relations, watched, settings } = this.#options;
    const result: ObjectMap = {};
    for (const rule of relations.rulesOf(queueKey, parent, controller, settings)) {
      const { kind, cache } = await watched(rule.apiVersion, rule.resource);
      result[kindKey(kind)] ??= {};
      const ofKind = result[kindKey(kind)]!;
      const byName = rule.names?.length && (rule.namespace !== '' || !kind.namespaced);
      const namespace = kind.namespaced ? rule.namespace : undefined;
      const candidates = byName
        ? rule.names!.flatMap((name) => cache.get(objectKey({ namespace, name })) ?? [])
        : cache.values();
      const namespaces =
        rule.namespaceSelector && (await watched(NAMESPACE.apiVersion, NAMESPACE.resource)).cache;
      for (const object of candidates) {
        const within = namespaces?.get(object.metadata.namespace ?? '');
        if (matches(rule, object, within)) ofKind[objectKey(object.metadata)] = object;
      }
    }
    return result;
  }

  #report(queueKey: string, { kind, metadata }: StoredObject, failures: Failure[]): void {
    const loud = failures.filter(({ quiet }) => !quiet).map(({ message }) => message);
    if (failures.length === 0) this.#said.delete(queueKey);
    if (loud.length === 0 || this.#said.get(queueKey) === loud.join('\n')) return;
    this.#said.set(queueKey, loud.join('\n'));
    const { namespace, name } = metadata;
    for (const message of loud) this.#options.onEvent({ type: 'error', kind, namespace, name, message });
  }

  #tellStatus(parent: StoredObject): void {
    const { phase, message } = (parent.status ?? {}) as { phase?: unknown; message?: unknown };
    const parts = [phase, message].filter((part) => typeof part === 'string' && part !== '');
    const { kind, metadata } = parent;
    this.#options.onEvent({
      type: 'status',
      kind,
      namespace: metadata.namespace,
      name: metadata.name,
      message: `${describe(parent)}: ${parts.length > 0 ? parts.join(': ') : 'status written'}`,
    });
  }
}

/** Every child kind has its entry, however empty. */
function observed(children: ChildKind[], parent: StoredObject): ObjectMap {
  return Object.fromEntries(
    children.map(({ kind, cache }) => [
      kindKey(kind),
      Object.fromEntries(
        cache.ownedBy(parent.metadata.uid).map((child) => [objectKey(child.metadata), child]),
      ),
    ]),
  );
}
