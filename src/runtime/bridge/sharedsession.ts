/** A session that shares the one process with all others: the bridge greets the client in its stead. */
import type { Exchange } from './exchange.ts';
import { type Greeting, LEGACY } from './handshake.ts';
import { CODES, errorMessage, type Incoming, type Outgoing, resultMessage } from './jsonrpc.ts';
import type { Reply } from './reply.ts';
import { Session, type SessionOptions } from './session.ts';
import type { Listener, Shared } from './shared.ts';

export class SharedSession extends Session implements Listener {
  readonly uris = new Set<string>();
  readonly #shared: Shared;

  constructor(shared: Shared, options: SessionOptions) {
    super(options);
    this.#shared = shared;
    shared.listen(this);
  }

  /** Answers `initialize` with what the process said to the bridge. */
  greet({ id, params }: Incoming, { result }: Greeting, reply: Reply): void {
    const theirs = String(params.protocolVersion);
    const its = String(result.protocolVersion);
    // They differ in what may be said, not in how: whoever asks for an older one gets it.
    this.version = (LEGACY as readonly string[]).includes(theirs) && theirs < its ? theirs : its;
    reply.finish(resultMessage(id!, { ...result, protocolVersion: this.version }));
  }

  changed(method: string, line: Buffer): void {
    const kind = 'notification';
    this.deliver(line, {
      kind,
      method,
      id: undefined,
      result: undefined,
      error: undefined,
    } satisfies Outgoing);
  }

  lost(): void {
    // The next process is subscribed to the same.
  }

  protected async serving(): Promise<Exchange> {
    return (await this.#shared.serving()).exchange;
  }

  protected tell(message: Incoming): void {
    const { exchange } = this.#shared;
    // The rest tells of a client that the process does not know.
    if (exchange && message.method === 'notifications/cancelled') this.cancel(exchange, message);
  }

  protected override ask(exchange: Exchange, request: Incoming, reply: Reply, left: { count: number }): void {
    const { method, params, id } = request;
    const { uri } = params;
    const answer = (message: Buffer) => (--left.count === 0 ? reply.finish(message) : reply.say(message));
    if (method === 'resources/subscribe' && typeof uri === 'string' && !this.uris.has(uri)) {
      const refusal = this.#shared.reserve(uri, this);
      if (refusal !== undefined) {
        answer(errorMessage(id!, CODES.refused, refusal));
        return;
      }
      // From now on, so that nobody else's end unsubscribes it meanwhile.
      this.uris.add(uri);
      super.ask(exchange, request, reply, left, (well) => {
        if (!well && this.uris.delete(uri)) this.#shared.release(uri);
      });
      return;
    }
    if (method === 'resources/unsubscribe' && typeof uri === 'string' && this.uris.delete(uri)) {
      this.#shared.release(uri);
      if (this.#shared.wantedByOthers(uri, this)) {
        answer(resultMessage(id!, {}));
        return;
      }
    }
    super.ask(exchange, request, reply, left);
  }

  protected async close(): Promise<void> {
    this.#shared.forget(this);
    this.uris.clear();
    const { exchange } = this.#shared;
    for (const flight of this.flights) {
      exchange?.cancel(flight, 'the session has ended');
      flight.asker.stop();
    }
  }
}
