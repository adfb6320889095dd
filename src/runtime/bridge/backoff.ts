/** How long to wait before something is started again that keeps failing. */

const FIRST_MS = 500;
const MOST_MS = 30_000;

export class Backoff {
  readonly #free: number;
  readonly #now: () => number;
  #failures = 0;
  #until = 0;

  /**
   * @param free so many failures cost no time.
   * @param now in milliseconds.
   */
  constructor(free: number, now: () => number = Date.now) {
    this.#free = free;
    this.#now = now;
  }

  failed(): void {
    const costly = this.#failures - this.#free;
    if (costly >= 0) this.#until = this.#now() + Math.min(FIRST_MS * 2 ** costly, MOST_MS);
    this.#failures++;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
  }

  /** In milliseconds; 0 when it may be tried. */
  get waitMs(): number {
    return Math.max(0, this.#until - this.#now());
  }
}
