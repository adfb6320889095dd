/**
 * The embedded default behind `smooth-operator dev`: the same controllers as behind Metacontroller's hook, by the same
 * contract, with a small loop of our own around them. For one cluster at a time and one engine in it: no leader
 * election, no sharding, and it does not start where Metacontroller already does the work.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeConfig } from '@kubernetes/client-node';
import { type Controller, childKinds, kindKey, type ResourceKind } from '../reconcile/contract.ts';
import type { RenderSettings } from '../settings.ts';
import { type ChildKind, Children } from './apply.ts';
import { Cache, controllerOf, objectKey } from './cache.ts';
import { ApiError, type Client, clientOf, type StoredObject } from './client.ts';
import { EngineError, type EngineEvent } from './events.ts';
import { type Kind, Kinds } from './kinds.ts';
import { installDefinitions, refuseSecondWriter, requireDefinitions } from './preflight.ts';
import { WorkQueue } from './queue.ts';
import { Relations } from './related.ts';
import { type Parents, Syncs } from './sync.ts';
import { KindWatch } from './watch.ts';

export { EngineError, type EngineEvent } from './events.ts';

export interface EngineOptions {
  kubeConfig: KubeConfig;
  controllers: readonly Controller[];
  settings: RenderSettings;
  /** The CustomResourceDefinitions of our kinds. */
  crds: readonly object[];
  /** Apply them first, instead of asking for them. */
  installCrds: boolean;
  /** Watch this namespace only; all where absent. What is related in another one is then not seen. */
  namespace?: string | undefined;
  /** Parents in work at once. */
  concurrency?: number;
  /** Sync every parent that often though nothing has changed. None where absent: nothing needs it but tests. */
  resyncSeconds?: number;
  /** Told what the engine changes, and what it cannot. */
  onEvent(event: EngineEvent): void;
  clock?: () => Date;
}

/**
 * Resolves once everything is listed; the work has then begun.
 * @returns how to end it: `stop` ends the watches and waits for the work under way. What was applied stays.
 * @throws EngineError with what to do where it cannot start.
 */
export async function startEngine(options: EngineOptions): Promise<{ stop(): Promise<void> }> {
  const client = clientOf(options.kubeConfig);
  const engine = new Engine(options, client);
  try {
    await engine.start();
  } catch (error) {
    await engine.stop();
    if (error instanceof EngineError) throw error;
    const hint = error instanceof ApiError ? '' : ' (kubectl version tells whether the cluster is there)';
    throw new EngineError(`Cannot start: ${(error as Error).message}${hint}`, { cause: error });
  }
  options.onEvent({
    type: 'ready',
    message: `Watching ${options.controllers.map(({ parent }) => parent.kind).join(', ')} in ${
      options.namespace ? `namespace ${options.namespace}` : 'all namespaces'
    } of ${client.server}`,
  });
  return engine;
}

interface Watched extends ChildKind {
  watch: KindWatch;
}

class Engine {
  #options: EngineOptions;
  #client: Client;
  #kinds: Kinds;
  #children: Children;
  #relations = new Relations();
  #syncs: Syncs;
  #queue: WorkQueue;
  #parents = new Map<string, Parents>();
  #watched = new Map<string, Watched>();
  #resync: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: EngineOptions, client: Client) {
    const { onEvent, settings, clock = () => new Date(), concurrency = 8 } = options;
    this.#options = options;
    this.#client = client;
    this.#kinds = new Kinds(client);
    this.#children = new Children(client, onEvent);
    this.#syncs = new Syncs({
      client,
      children: this.#children,
      relations: this.#relations,
      watched: (apiVersion, resource) => this.#watch(apiVersion, resource),
      settings,
      clock,
      onEvent,
    });
    this.#queue = new WorkQueue({
      concurrency,
      work: (key) => {
        const [kind, object] = split(key);
        return this.#syncs.run(key, this.#parents.get(kind)!, object);
      },
    });
  }

  async start(): Promise<void> {
    const { controllers, crds, installCrds, resyncSeconds, settings } = this.#options;
    await refuseSecondWriter(this.#client, this.#kinds, controllers);
    if (installCrds) await installDefinitions(this.#client, crds);
    await requireDefinitions(this.#kinds, crds, installCrds);

    const watch = ({ apiVersion, resource }: ResourceKind) => this.#watch(apiVersion, resource);
    // Children before parents: a parent that is seen first would look as if it had none.
    for (const controller of controllers) {
      const children = await Promise.all(childKinds(controller, settings).map(watch));
      const { kind, cache } = await watch(controller.parent);
      this.#parents.set(kindKey(kind), { controller, kind, cache, children });
    }
    this.#addAll();
    this.#queue.start();
    if (resyncSeconds) this.#resync = setInterval(() => this.#addAll(), resyncSeconds * 1000);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#resync);
    const watches = [...this.#watched.values()].map(({ watch }) => watch.stop());
    await Promise.all([this.#queue.stop(), ...watches]);
  }

  /** @returns the kind with its cache filled; watched from the first call on, whoever asks. */
  async #watch(apiVersion: string, resource: string): Promise<ChildKind> {
    const key = `${resource}.${apiVersion}`;
    const kind = await this.#kinds.find(apiVersion, resource);
    if (!kind) throw new EngineError(`This cluster does not know ${resource} of ${apiVersion}`);
    if (this.#stopped) throw new EngineError('Stopped');
    let known = this.#watched.get(key);
    if (!known) {
      known = this.#begin(kind);
      this.#watched.set(key, known);
    }
    await known.watch.listed();
    return known;
  }

  #begin(kind: Kind): Watched {
    const { kubeConfig, namespace, onEvent } = this.#options;
    const cache = new Cache();
    cache.onChange((before, after) => this.#onChange(kind, before, after));
    const onTrouble = (error: Error) => {
      const message = `Watching ${kind.resource}: ${error.message}; trying again`;
      onEvent({ type: 'error', kind: kind.kind, message });
    };
    const watch = new KindWatch({ kubeConfig, client: this.#client, kind, namespace, cache, onTrouble });
    return { kind, cache, watch };
  }

  /** An object may be a parent, a child and related at once. */
  #onChange(kind: Kind, before: StoredObject | undefined, after: StoredObject | undefined): void {
    const object = (after ?? before)!;
    if (this.#parents.has(kindKey(kind)) && !(before && after && isStatusOnly(before, after))) {
      this.#queue.add(keyOf(object, objectKey(object.metadata)));
    }
    for (const one of [before, after]) {
      const owner = one && controllerOf(one);
      const parents = owner && this.#parents.get(kindKey(owner));
      if (!parents) continue;
      const namespace = parents.kind.namespaced ? one.metadata.namespace : undefined;
      this.#queue.add(keyOf(owner, objectKey({ namespace, name: owner.name })));
    }
    if (!after) this.#children.forget(object.metadata.uid);
    // Whoever related it as it was is told too: a label may be gone.
    for (const one of [before, after]) {
      if (!one) continue;
      for (const key of this.#relations.parentsOf(kind.apiVersion, kind.resource, one)) this.#queue.add(key);
    }
  }

  #addAll(): void {
    for (const { cache } of this.#parents.values()) {
      for (const parent of cache.values()) this.#queue.add(keyOf(parent, objectKey(parent.metadata)));
    }
  }
}

/** As Metacontroller with `ignoreStatusChanges`; above all, our own status writes bring nothing new. */
function isStatusOnly({ metadata: before }: StoredObject, { metadata: after }: StoredObject): boolean {
  return (
    before.uid === after.uid &&
    before.generation === after.generation &&
    before.deletionTimestamp === after.deletionTimestamp &&
    isDeepStrictEqual(before.labels, after.labels) &&
    isDeepStrictEqual(before.annotations, after.annotations)
  );
}

function keyOf(kind: { apiVersion: string; kind: string }, object: string): string {
  return `${kindKey(kind)} ${object}`;
}

function split(key: string): [kind: string, object: string] {
  const blank = key.indexOf(' ');
  return [key.slice(0, blank), key.slice(blank + 1)];
}
