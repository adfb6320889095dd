/**
 * Lists a kind and watches it into a cache, for good. One watch per kind and no selector: what carries our label may
 * lose it by hand, and objects that are related by name carry none. That is right for a laptop and a test cluster.
 *
 * The library's `Watch` reads the stream; its informer is not used, for it gives up on the first error and cannot be
 * stopped while it connects.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeConfig, Watch } from '@kubernetes/client-node';
import type { Cache } from './cache.ts';
import { ApiError, type Client, type StoredObject } from './client.ts';
import { type Kind, pathOf } from './kinds.ts';

const FIRST_DELAY_MS = 500;
// With that of the queue it bounds what an outage of the API server leaves behind.
const LONGEST_DELAY_MS = 10_000;
/** A watch that ends sooner has failed, whatever it says. */
const SHORTEST_WATCH_MS = 1_000;

interface List {
  metadata: { resourceVersion: string };
  items: StoredObject[];
}

export interface WatchOptions {
  kubeConfig: KubeConfig;
  client: Client;
  kind: Kind;
  /** Absent: all. */
  namespace: string | undefined;
  cache: Cache;
  /** Told once per trouble; the watch goes on trying. */
  onTrouble(error: Error): void;
}

export class KindWatch {
  #options: WatchOptions;
  #path: string;
  #watch: Watch;
  #stopping = new AbortController();
  #request: AbortController | undefined;
  #firstList = Promise.withResolvers<void>();
  #isListed = false;
  #running: Promise<void>;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#path = pathOf(options.kind, options.namespace);
    this.#watch = new Watch(options.kubeConfig);
    this.#running = this.#run();
  }

  /** Resolves once the cache is filled. Rejects where the attempt under way fails, and can be asked again. */
  listed(): Promise<void> {
    return this.#firstList.promise;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#request?.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let version: string | undefined;
    let delay = 0;
    let troubled = false;
    while (!signal.aborted) {
      const start = performance.now();
      try {
        version ??= await this.#list();
        troubled = false;
        version = await this.#follow(version);
        delay = performance.now() - start < SHORTEST_WATCH_MS ? FIRST_DELAY_MS : 0;
      } catch (error) {
        if (signal.aborted) break;
        version = undefined;
        if (!troubled) this.#options.onTrouble(error as Error);
        troubled = true;
        if (!this.#isListed) this.#failList(error as Error);
        delay = Math.min(Math.max(delay * 2, FIRST_DELAY_MS), LONGEST_DELAY_MS);
      }
      await sleep(delay, undefined, { signal }).catch(() => {});
    }
    this.#failList(new Error('stopped'));
  }

  #failList(error: Error): void {
    const failed = this.#firstList;
    this.#firstList = Promise.withResolvers();
    failed.promise.catch(() => {});
    this.#firstList.promise.catch(() => {});
    failed.reject(error);
    if (this.#stopping.signal.aborted) this.#firstList.reject(error);
  }

  async #list(): Promise<string> {
    const { client, kind, cache } = this.#options;
    const { metadata, items } = await client.request<List>('GET', this.#path, {
      signal: this.#stopping.signal,
    });
    // Lists of built-in kinds leave both out of their items.
    const { apiVersion, kind: name } = kind;
    cache.replace(
      items.map((item) => ({ ...item, apiVersion, kind: name })),
      metadata.resourceVersion,
    );
    this.#isListed = true;
    this.#firstList.resolve();
    return metadata.resourceVersion;
  }

  /**
   * Watches until the stream ends.
   * @returns the version to go on from; undefined where the cache has to be listed anew.
   */
  #follow(from: string): Promise<string | undefined> {
    const { cache } = this.#options;
    let version: string | undefined = from;
    const handle = (phase: string, object: StoredObject) => {
      // 410 Gone, above all: what happened since is no longer known.
      if (phase === 'ERROR') version = undefined;
      else version = object.metadata.resourceVersion;
      if (phase === 'ADDED' || phase === 'MODIFIED') cache.put(object);
      else if (phase === 'DELETED') cache.remove(object);
    };
    return new Promise((resolve, reject) => {
      const done = (error: (Error & { statusCode?: number }) | null) => {
        // The library ends a watch on which nothing came for a while, and calls that a TimeoutError.
        if (!error || error.name === 'TimeoutError') resolve(version);
        else if (error.statusCode === 410) resolve(undefined);
        else reject(error.statusCode ? new ApiError(error.statusCode, error.message) : broken(error));
      };
      const query = { resourceVersion: from, allowWatchBookmarks: true };
      this.#watch.watch(this.#path, query, handle, done).then((request) => {
        this.#request = request;
        if (this.#stopping.signal.aborted) request.abort();
      }, reject);
    });
  }
}

function broken(error: Error): Error {
  const { message, cause } = error;
  return new Error(`the connection broke (${cause instanceof Error ? cause.message : message})`);
}
