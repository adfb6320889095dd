/**
 * Keys that want work. A key is there once however often it is added, is never worked on twice at a time, and comes
 * back later and later while it fails. First in, first out.
 */

/** `retry` counts as a failure; a number is the milliseconds after which to come back though all is well. */
export type Outcome = 'done' | 'retry' | number;

export interface QueueOptions {
  concurrency: number;
  work(key: string): Promise<Outcome>;
  firstDelayMs?: number;
  longestDelayMs?: number;
}

export class WorkQueue {
  #options: Required<QueueOptions>;
  #waiting = new Set<string>();
  #running = new Map<string, Promise<void>>();
  #failures = new Map<string, number>();
  #timers = new Map<string, NodeJS.Timeout>();
  #state: 'held' | 'open' | 'stopped' = 'held';

  /** Takes keys at once and works on none before `start`. */
  constructor(options: QueueOptions) {
    this.#options = { firstDelayMs: 200, longestDelayMs: 10_000, ...options };
  }

  start(): void {
    if (this.#state === 'held') this.#state = 'open';
    this.#pump();
  }

  add(key: string): void {
    if (this.#state === 'stopped') return;
    this.#waiting.add(key);
    this.#pump();
  }

  /** Drops what waits and resolves once the work under way is over. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#waiting.clear();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#running.values());
  }

  #pump(): void {
    if (this.#state !== 'open') return;
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) return;
      // What is added during the work on it has its turn afterwards.
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      clearTimeout(this.#timers.get(key));
      this.#timers.delete(key);
      this.#running.set(key, this.#work(key));
    }
  }

  async #work(key: string): Promise<void> {
    const outcome = await this.#options.work(key).catch((): Outcome => 'retry');
    this.#running.delete(key);
    if (outcome === 'retry') this.#later(key, this.#nextDelay(key));
    else {
      this.#failures.delete(key);
      if (outcome !== 'done') this.#later(key, outcome);
    }
    this.#pump();
  }

  #nextDelay(key: string): number {
    const { firstDelayMs, longestDelayMs } = this.#options;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.min(firstDelayMs * 2 ** failures, longestDelayMs);
  }

  #later(key: string, milliseconds: number): void {
    if (this.#state === 'stopped') return;
    this.#timers.set(
      key,
      setTimeout(() => this.add(key), milliseconds),
    );
  }
}
