/**
 * Whether the server's processes can be started. A start that a client saw fail is no proof, for the client may be the cause:
 * then a process is started to see. While none answers, that is tried again, less and less often, and clients are refused.
 */
import type { Logger } from 'pino';
import { Backoff } from './backoff.ts';
import { Unavailable } from './unavailable.ts';

export class Health {
  readonly #prove: () => Promise<void>;
  readonly #log: Logger;
  readonly #backoff = new Backoff(0);
  #state: 'unknown' | 'well' | 'failing' = 'unknown';
  #why = 'no process of the server has answered yet';
  #checking = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** @param prove starts a process and returns when it has answered; it throws if it does not. */
  constructor(prove: () => Promise<void>, log: Logger) {
    this.#prove = prove;
    this.#log = log;
  }

  get ready(): boolean {
    return this.#state === 'well';
  }

  /** Why it is not ready. */
  get why(): string {
    return this.#why;
  }

  /** @throws Unavailable while no process answers. */
  allow(): void {
    if (this.#state === 'failing') throw new Unavailable('start', this.#why, this.#backoff.waitMs);
  }

  /** A process has answered. */
  proved(): void {
    if (this.#state === 'failing') this.#log.info('the server can be started again');
    this.#state = 'well';
    this.#backoff.succeeded();
  }

  /** Looks whether a process can be started. */
  doubt(): void {
    if (!this.#checking && !this.#stopped) void this.#check();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    this.#checking = true;
    try {
      await this.#prove();
      this.proved();
      this.#checking = false;
    } catch (error) {
      if (this.#stopped) return;
      this.#state = 'failing';
      this.#why = (error as Error).message;
      this.#backoff.failed();
      this.#log.error({ retryInMs: this.#backoff.waitMs }, `the server cannot be started: ${this.#why}`);
      this.#timer = setTimeout(() => void this.#check(), this.#backoff.waitMs);
    }
  }
}
