/**
 * A session of MCP 2025-11-25 and older: what a client that said `initialize` has with the bridge until one of them goes.
 * Whose process answers is for the kinds of sessions to say.
 */
import { createHash } from 'node:crypto';
import type { Answered, Asker, Exchange, Flight } from './exchange.ts';
import { errorMessage, type Incoming, MessageError, type Outgoing } from './jsonrpc.ts';
import { CHANGES, RESOURCE_UPDATED } from './methods.ts';
import type { Metrics } from './metrics.ts';
import type { Reply } from './reply.ts';

/** What a server says before the client opens its stream. */
const MOST_KEPT = 100;
const MOST_KEPT_BYTES = 256 * 1024;

export interface SessionOptions {
  id: string;
  /** Who began it, as far as requests say. */
  user: string;
  metrics: Metrics;
  /** Is called once, when the session is over; `closed` resolves when what was its own is gone. */
  ended(closed: Promise<void>): void;
}

export abstract class Session {
  readonly id: string;
  readonly user: string;
  /** In milliseconds: when it was last used. */
  usedAt = Date.now();
  /** Of MCP, as it was agreed on. */
  version = '';
  protected readonly metrics: Metrics;
  readonly #ended: (closed: Promise<void>) => void;
  #closed: Promise<void> | undefined;
  readonly #flights = new Map<Flight, Exchange>();
  #stream: Reply | undefined;
  #kept: Buffer[] = [];
  #keptBytes = 0;

  constructor({ id, user, metrics, ended }: SessionOptions) {
    this.id = id;
    this.user = user;
    this.metrics = metrics;
    this.#ended = ended;
  }

  /** What answers this session's requests. @throws Unavailable */
  protected abstract serving(): Exchange | Promise<Exchange>;
  /** A notification or a response of the client's. */
  protected abstract tell(message: Incoming): void;
  /** Ends what is its own. */
  protected abstract close(): Promise<void>;

  /** Its requests that are in flight. */
  protected get flights(): Flight[] {
    return [...this.#flights.keys()];
  }

  /** Whether somebody waits for an answer. */
  get busy(): boolean {
    for (const { asker } of this.#flights.keys()) if (asker.waiting) return true;
    return false;
  }

  /**
   * Takes what a client posted.
   * @throws Unavailable or MessageError, as long as nothing was sent on.
   */
  async post(messages: readonly Incoming[], reply: Reply): Promise<void> {
    // A client answers by itself what a server asks again and again.
    if (messages.some(({ kind }) => kind !== 'response')) this.usedAt = Date.now();
    const requests = messages.filter(({ kind }) => kind === 'request');
    const exchange = requests.length > 0 ? await this.serving() : undefined;
    for (const message of messages) if (message.kind !== 'request') this.tell(message);
    if (!exchange) {
      reply.end();
      return;
    }
    if (requests.length > 1) reply.begin();
    const left = { count: requests.length };
    for (const request of requests) this.ask(exchange, request, reply, left);
  }

  /** The client's stream for what belongs to no request. A newer one takes the place of the one before. */
  listen(reply: Reply): void {
    this.usedAt = Date.now();
    this.#stream?.end();
    this.#stream = reply;
    reply.begin();
    for (const message of this.#kept) reply.say(message);
    this.#kept = [];
    this.#keptBytes = 0;
  }

  /** Ends the session. @returns when what was its own is gone. */
  end(): Promise<void> {
    if (!this.#closed) {
      this.#stream?.end();
      this.#closed = this.close();
      this.#ended(this.#closed);
    }
    return this.#closed;
  }

  /** Answers in the server's stead what was last heard of before a time, in milliseconds. */
  giveUpBefore(time: number): void {
    for (const [flight, exchange] of this.#flights) {
      // `initialize` has a time of its own.
      if (flight.method !== 'initialize' && flight.heardAt < time)
        exchange.giveUp(flight, 'the server did not answer in time');
    }
  }

  /**
   * Sends a request on.
   * @param left of those that came together; they are answered by one reply.
   * @param done is called at its end, with whether the server did what it was asked.
   */
  protected ask(
    exchange: Exchange,
    request: Incoming,
    reply: Reply,
    left: { count: number },
    done: (well: boolean) => void = () => {},
  ): void {
    // What waits for the answer is not to hold the request.
    const { method, id } = request;
    const since = performance.now();
    let flight: Flight | undefined;
    let landed = false;
    const land = () => {
      landed = true;
      if (flight) this.#flights.delete(flight);
      this.usedAt = Date.now();
      return --left.count === 0;
    };
    const asker: Asker = {
      get waiting() {
        return reply.open;
      },
      wantsLogs: true,
      hear: (message) => reply.say(message),
      answer: (message, answered) => {
        this.metrics.answered(method, answered.code === undefined, since);
        done(answered.code === undefined);
        this.answered(method, reply, message, answered);
        if (land()) reply.finish(message);
        else reply.say(message);
      },
      stop: () => {
        done(false);
        if (land()) reply.end();
      },
    };
    try {
      flight = exchange.ask(request, asker);
      if (!landed) this.#flights.set(flight, exchange);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      const { code, message } = error;
      asker.answer(errorMessage(id!, code, message), { result: undefined, code });
    }
  }

  /** An answer goes to the client. */
  protected answered(_method: string, _reply: Reply, _message: Buffer, _answered: Answered): void {}

  /** The client does not want an answer any more. */
  protected cancel(exchange: Exchange, { params }: Incoming): void {
    const meant = this.flights.filter(({ id }) => id === params.requestId);
    // Of two with one id, either may be meant, and by another client than the one that asked.
    const [flight] = meant;
    if (!flight || meant.length > 1) return;
    exchange.cancel(flight, typeof params.reason === 'string' ? params.reason : 'cancelled by the client');
    flight.asker.stop();
  }

  /**
   * What the server says of its own accord: to the only request in flight, else to the client's stream, else to the request
   * that waits longest; what tells of a change, to the stream first. What nobody can be told is kept for the stream.
   */
  protected deliver(line: Buffer, { method, kind }: Outgoing): void {
    const waiting = this.flights.filter(({ asker }) => asker.waiting).map(({ asker }) => asker);
    const stream = (message: Buffer) => this.#stream?.say(message) ?? false;
    const oldest = (message: Buffer) => waiting[0]?.hear(message) ?? false;
    const change = kind === 'notification' && (Object.hasOwn(CHANGES, method) || method === RESOURCE_UPDATED);
    const ways = change || waiting.length > 1 ? [stream, oldest] : [oldest, stream];
    // It is no use of the session: a server may talk for ever to a client that does nothing.
    if (!ways.some((way) => way(line))) this.#keep(line);
  }

  #keep(line: Buffer): void {
    this.#kept.push(line);
    this.#keptBytes += line.length;
    while (this.#kept.length > MOST_KEPT || this.#keptBytes > MOST_KEPT_BYTES) {
      this.#keptBytes -= this.#kept.shift()!.length;
    }
  }
}

/** @returns what names a session in a log: its id is a credential. */
export function shortHash(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 8);
}
