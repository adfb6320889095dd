/** Processes that are started before a session wants one, for starting takes as long as a client likes to wait. */
import { Backoff } from './backoff.ts';
import type { Exit } from './child.ts';
import type { Started } from './starter.ts';

/** One that ended sooner than this was not well. */
const WELL_AFTER_MS = 10_000;

export class Spare {
  readonly #count: number;
  readonly #start: (exit: (exit: Exit) => void) => Started;
  readonly #failed: () => void;
  readonly #waiting = new Set<Started>();
  readonly #backoff = new Backoff(0);
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /**
   * @param count that wait.
   * @param start starts one; `exit` is called if it ends while nobody owns it.
   * @param failed is called when one ended so soon that the next would as well.
   */
  constructor(count: number, start: (exit: (exit: Exit) => void) => Started, failed: () => void) {
    this.#count = count;
    this.#start = start;
    this.#failed = failed;
  }

  /** Starts what is missing. */
  fill(): void {
    while (!this.#stopped && this.#waiting.size < this.#count) {
      const since = Date.now();
      const started: Started = this.#start(() => {
        if (!this.#waiting.delete(started) || this.#stopped) return;
        if (Date.now() - since < WELL_AFTER_MS) this.#later();
        else this.fill();
      });
      this.#waiting.add(started);
    }
  }

  /** That it can be started is to be shown before another one is. */
  #later(): void {
    this.#backoff.failed();
    this.#timer = setTimeout(this.#failed, this.#backoff.waitMs);
    this.#timer.unref();
  }

  /** @returns one that is no longer spare; undefined if there is none. */
  take(): Started | undefined {
    for (const started of this.#waiting) {
      this.#waiting.delete(started);
      if (started.exchange.child.exited) continue;
      this.#backoff.succeeded();
      return started;
    }
    return undefined;
  }

  /** @returns when all are gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    await Promise.all(waiting.map((started) => started.stop()));
  }
}
