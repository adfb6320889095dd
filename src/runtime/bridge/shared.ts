/**
 * The process that serves those who have none of their own: requests without a session, and all sessions where they share.
 * It is started when it is wanted, and again after its end.
 */
import type { Logger } from 'pino';
import { Backoff } from './backoff.ts';
import type { Exchange, Flight } from './exchange.ts';
import { type Greeting, greet, HandshakeError } from './handshake.ts';
import {
  CODES,
  errorMessage,
  type Id,
  jsonAt,
  type Outgoing,
  resultMessage,
  spanAt,
  textOf,
} from './jsonrpc.ts';
import { CHANGES, RESOURCE_UPDATED } from './methods.ts';
import type { Metrics } from './metrics.ts';
import type { BridgeOptions } from './options.ts';
import { type Owner, Started } from './starter.ts';
import { Unavailable } from './unavailable.ts';

/** A process that lived so long was well. */
const WELL_AFTER_MS = 60_000;

/** One that was started only to see whether it can be, and that nobody wanted. */
const UNUSED_MS = 60_000;

/** Of one listener. */
const MOST_URIS = 1_000;
/** Of all listeners: memory of the bridge's own. */
const MOST_URI_BYTES = 4 * 1024 * 1024;
/** What one takes beside its characters. */
const URI_OVERHEAD_BYTES = 100;

/** Somebody who hears of changes. */
export interface Listener {
  /** Its resources, by URI. */
  readonly uris: ReadonlySet<string>;
  /** @param method of the notification. */
  changed(method: string, line: Buffer): void;
  /** The process has ended, and with it what it was subscribed to. */
  lost(): void;
}

export interface Serving {
  exchange: Exchange;
  greeting: Greeting;
}

interface Current {
  started: Started;
  serving: Promise<Serving>;
  /** Whether it has answered. */
  greeted: boolean;
}

export class Shared {
  readonly #options: BridgeOptions;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #backoff = new Backoff(1);
  readonly #listeners = new Set<Listener>();
  #discovers: boolean;
  readonly #failed: () => void;
  #current: Current | undefined;
  #usedAt: number | undefined;
  #stopped = false;
  #uriBytes = 0;

  /** @param failed is called when a process could not be started. */
  constructor(options: BridgeOptions, metrics: Metrics, log: Logger, failed: () => void) {
    this.#failed = failed;
    this.#options = options;
    this.#metrics = metrics;
    this.#log = log.child({ process: 'shared' });
    // Sessions are of the legacy era, and a process speaks one: what serves both has to speak theirs.
    this.#discovers = options.sessions === 'own';
  }

  /** @throws Unavailable if it cannot be started now. */
  async serving(): Promise<Serving> {
    this.#usedAt = Date.now();
    if (this.#stopped) throw new Unavailable('draining', 'the bridge ends', 0);
    if (!this.#current) {
      const { waitMs } = this.#backoff;
      if (waitMs > 0) throw new Unavailable('start', 'the server ended again and again', waitMs);
      this.#current = this.#start();
    }
    return this.#current.serving;
  }

  get exchange(): Exchange | undefined {
    return this.#current?.started.exchange;
  }

  /** Starts a process that serves nobody, to see whether it can be done. @throws HandshakeError */
  async prove(): Promise<void> {
    // One that is wanted anyway proves it as well.
    if (!this.#current?.greeted) {
      this.#current ??= this.#start();
      await this.#current.serving;
      return;
    }
    const { started, serving } = this.#start({ unsolicited: () => {}, exit: () => {} });
    await serving.finally(() => void started.stop());
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }

  forget(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return;
    for (const uri of listener.uris) this.release(uri);
    for (const uri of listener.uris) if (!this.#wanted(uri)) this.#resource('resources/unsubscribe', uri);
  }

  /** A listener wants to hear of its resources. */
  subscribe(listener: Listener): void {
    for (const uri of listener.uris) this.#resource('resources/subscribe', uri);
  }

  /** Makes room for one more URI of a listener's. @returns why there is none. */
  reserve(uri: string, { uris }: Listener): string | undefined {
    const bytes = bytesOf(uri);
    if (uris.size >= MOST_URIS) return `${MOST_URIS} resources are subscribed to already`;
    if (this.#uriBytes + bytes > MOST_URI_BYTES) return 'too many resources are subscribed to by all clients';
    this.#uriBytes += bytes;
    return undefined;
  }

  /** Gives back the room of a URI. */
  release(uri: string): void {
    this.#uriBytes -= bytesOf(uri);
  }

  /** @returns whether another listener wants to hear of a resource. */
  wantedByOthers(uri: string, listener: Listener): boolean {
    return [...this.#listeners].some((one) => one !== listener && one.uris.has(uri));
  }

  /** Ends the process if nobody has used it for long, and answers what it does not. */
  sweep(now: number): void {
    const { idleMs, requestMs, sessions } = this.#options;
    this.#giveUpBefore(now - requestMs);
    if (!this.#current || sessions === 'shared' || this.#listeners.size > 0) return;
    const { exchange, startedAt } = this.#current.started;
    if (!this.#current.greeted) return;
    if (exchange.inFlight > 0) this.#usedAt = now;
    const idle = this.#usedAt === undefined ? UNUSED_MS : idleMs;
    if (now - (this.#usedAt ?? startedAt) > Math.min(idle, idleMs)) void this.#retire();
  }

  /** Ends the process for good. @returns when it is gone. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#retire();
  }

  async #retire(): Promise<void> {
    const started = this.#current?.started;
    this.#current = undefined;
    for (const listener of [...this.#listeners]) listener.lost();
    await started?.stop();
  }

  #start(owner?: Owner): Current {
    const since = Date.now();
    const started: Started = new Started(
      this.#options,
      this.#metrics,
      this.#log,
      owner ?? {
        unsolicited: (line, message) => this.#heard(started.exchange, line, message),
        exit: () => this.#ended(started, since),
      },
    );
    const current: Current = { started, greeted: false, serving: this.#greet(started) };
    current.serving.then(
      () => {
        current.greeted = true;
      },
      () => {},
    );
    return current;
  }

  async #greet(started: Started): Promise<Serving> {
    const { exchange } = started;
    try {
      const greeting = await greet(exchange, this.#discovers, this.#options.startMs);
      this.#metrics.firstAnswer(exchange.startedAt);
      for (const listener of this.#listeners) this.subscribe(listener);
      return { exchange, greeting };
    } catch (error) {
      const wanted = this.#current?.started === started;
      if (wanted) this.#current = undefined;
      void started.stop();
      if (wanted && error instanceof HandshakeError && error.onDiscover) {
        this.#discovers = false;
        this.#current = this.#start();
        return this.#current.serving;
      }
      this.#failed();
      throw new Unavailable('start', (error as Error).message, 0);
    }
  }

  #ended(started: Started, since: number): void {
    if (this.#current?.started !== started || !this.#current.greeted) return;
    this.#current = undefined;
    if (Date.now() - since > WELL_AFTER_MS) this.#backoff.succeeded();
    else this.#backoff.failed();
    for (const listener of [...this.#listeners]) listener.lost();
  }

  #heard(exchange: Exchange, line: Buffer, { kind, method, id }: Outgoing): void {
    if (kind === 'request') {
      const theirs = jsonAt(line, id!) as Id;
      const nobody = `${method}: the bridge has no client that could be asked`;
      exchange.tell(
        method === 'ping' ? resultMessage(theirs, {}) : errorMessage(theirs, CODES.methodNotFound, nobody),
      );
    } else if (method === RESOURCE_UPDATED) {
      const span = spanAt(line, ['params', 'uri']);
      const uri = span && textOf(line, span);
      for (const one of this.#listeners)
        if (uri !== undefined && one.uris.has(uri)) one.changed(method, line);
    } else if (Object.hasOwn(CHANGES, method)) {
      for (const listener of this.#listeners) listener.changed(method, line);
    } else if (method === 'notifications/message') {
      // Which request it belongs to is known only of one alone; it is nobody else's to read.
      const [flight, another] = [...exchange.flights] as [Flight?, Flight?];
      if (flight && !another && flight.asker.wantsLogs) flight.asker.hear(line);
    }
  }

  #giveUpBefore(time: number): void {
    const { exchange } = this;
    // A process that starts has a time of its own for it.
    if (!exchange || !this.#current?.greeted) return;
    for (const flight of exchange.flights) {
      const listens = flight.method === 'subscriptions/listen';
      if (!listens && flight.heardAt < time) exchange.giveUp(flight, 'the server did not answer in time');
    }
  }

  #wanted(uri: string): boolean {
    return [...this.#listeners].some(({ uris }) => uris.has(uri));
  }

  #resource(method: string, uri: string): void {
    const { exchange } = this;
    if (!exchange) return;
    const id = `${method} ${uri}`;
    const params = { uri };
    const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    const nobody = { waiting: false, wantsLogs: false, hear: () => false, answer: () => {}, stop: () => {} };
    exchange.ask({ kind: 'request', method, id, params, bytes }, nobody);
  }
}

function bytesOf(uri: string): number {
  return Buffer.byteLength(uri) + URI_OVERHEAD_BYTES;
}
