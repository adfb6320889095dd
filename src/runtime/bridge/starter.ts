/** Starts the server's processes, logs what they say and counts how they end. */
import type { Logger } from 'pino';
import { type Exit, exitInWords } from './child.ts';
import { Exchange } from './exchange.ts';
import type { Outgoing } from './jsonrpc.ts';
import type { Metrics } from './metrics.ts';
import type { BridgeOptions } from './options.ts';
import { wordsOf } from './words.ts';

const MOST_NOISE_CHARACTERS = 200;

/** What is done with what a process says of its own accord; a spare one gets an owner later. */
export interface Owner {
  unsolicited(line: Buffer, message: Outgoing): void;
  exit(exit: Exit): void;
}

/** A process, and who owns it now. */
export class Started {
  readonly startedAt = Date.now();
  readonly exchange: Exchange;
  #owner: Owner;
  #log: Logger;
  #told = false;
  #wanted = true;

  constructor(options: BridgeOptions, metrics: Metrics, log: Logger, owner: Owner) {
    this.#owner = owner;
    this.#log = log;
    metrics.started();
    const { command, graceMs, maxMessageBytes } = options;
    this.exchange = new Exchange(
      { command, graceMs: graceMs * SHARE_OF_GRACE, maxMessageBytes },
      {
        unsolicited: (line, message) => this.#owner.unsolicited(line, message),
        noise: (line) => this.#noise(line),
        log: (line) => this.#log.info({ stream: 'stderr' }, line),
        left: (lines) => this.#log.warn({ lines }, 'lines of stderr came too fast and are not logged'),
        tooLong: (bytes) =>
          this.#log.warn({ bytes, limit: maxMessageBytes }, 'a message of the server is too long: left out'),
        exit: (exit) => {
          metrics.ended(exit);
          const { code, signal } = exit;
          const level = this.#wanted && code !== 0 ? 'warn' : 'info';
          this.#log[level]({ code, signal }, `the server's process ${exitInWords(exit)}`);
          this.#owner.exit(exit);
        },
      },
    );
    this.#log = log.child({ pid: this.exchange.child.pid });
  }

  /** @param log names the session from now on. */
  ownedBy(owner: Owner, log: Logger): void {
    this.#owner = owner;
    this.#log = log.child({ pid: this.exchange.child.pid });
  }

  stop(): Promise<void> {
    this.#wanted = false;
    return this.exchange.stop();
  }

  #noise(line: Buffer): void {
    if (this.#told) return;
    this.#told = true;
    const text = wordsOf(line.toString('utf8', 0, 4 * MOST_NOISE_CHARACTERS), MOST_NOISE_CHARACTERS);
    this.#log.warn({ line: text }, 'the server writes to stdout what is no message of MCP: left out');
  }
}

/** The rest is for the bridge itself, which ends after its children. */
const SHARE_OF_GRACE = 0.5;
