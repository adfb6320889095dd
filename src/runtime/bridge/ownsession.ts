/** A session with a process of its own, which ends with it. */
import type { Logger } from 'pino';
import type { Exit } from './child.ts';
import type { Answered, Exchange } from './exchange.ts';
import {
  CODES,
  errorMessage,
  type Id,
  type Incoming,
  jsonAt,
  type Outgoing,
  spanAt,
  textOf,
} from './jsonrpc.ts';
import type { Reply } from './reply.ts';
import { Session, type SessionOptions } from './session.ts';
import type { Owner, Started } from './starter.ts';

export interface OwnSessionOptions extends SessionOptions {
  started: Started;
  log: Logger;
  /** In milliseconds, for the answer to `initialize`. */
  startMs: number;
  /** How the start went. */
  began(well: boolean): void;
}

export class OwnSession extends Session implements Owner {
  readonly #started: Started;
  readonly #began: (well: boolean) => void;
  readonly #timer: NodeJS.Timeout;
  #initialized = false;

  constructor({ started, log, startMs, began, ...options }: OwnSessionOptions) {
    super(options);
    this.#started = started;
    this.#began = began;
    this.#timer = setTimeout(() => {
      const why = `the server did not answer initialize within ${startMs / 1000} s`;
      for (const flight of this.flights) started.exchange.giveUp(flight, why);
    }, startMs);
    started.ownedBy(this, log);
  }

  unsolicited(line: Buffer, message: Outgoing): void {
    if (message.kind === 'request' && !this.#started.exchange.lend(line, message.id!)) {
      const id = jsonAt(line, message.id!) as Id;
      this.#started.exchange.tell(errorMessage(id, CODES.internal, 'too many requests wait for the client'));
      return;
    }
    this.deliver(line, message);
  }

  exit(_exit: Exit): void {
    void this.end();
  }

  protected serving(): Exchange {
    return this.#started.exchange;
  }

  protected tell(message: Incoming): void {
    const { exchange } = this.#started;
    if (message.kind === 'response') exchange.respond(message);
    else if (message.method === 'notifications/cancelled') this.cancel(exchange, message);
    else exchange.tell(message.bytes);
  }

  protected override answered(method: string, reply: Reply, message: Buffer, answered: Answered): void {
    if (this.#initialized || method !== 'initialize') return;
    clearTimeout(this.#timer);
    this.#initialized = true;
    const version = answered.result && spanAt(message, ['protocolVersion'], answered.result);
    this.version = (version && textOf(message, version)) ?? '';
    if (answered.code === undefined) {
      this.metrics.firstAnswer(this.#started.exchange.startedAt);
      this.#began(true);
      return;
    }
    // There is no session, then.
    reply.forget('mcp-session-id');
    this.#began(false);
    void this.end();
  }

  protected close(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#started.stop();
  }
}
