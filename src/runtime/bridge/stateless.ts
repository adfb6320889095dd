/**
 * Requests of MCP 2026-07-28, which stand alone: the shared process answers them. One that knows the revision gets them as they
 * are; for one that does not, the bridge answers what is new and adds to results what they lack.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type Refusal, refusalOf, wantsLogs } from './envelope.ts';
import type { Answered, Asker, Exchange, Flight } from './exchange.ts';
import { type Greeting, MODERN } from './handshake.ts';
import { CODES, errorMessage, type Incoming, isObject, MessageError, resultMessage } from './jsonrpc.ts';
import { CLOSE_BRACE, MembersError, membersOf, pastSpace, type Span, spliced } from './members.ts';
import { SERVER_INFO } from './meta.ts';
import { CACHEABLE_METHODS, REMOVED_METHODS } from './methods.ts';
import type { Metrics } from './metrics.ts';
import type { Reply } from './reply.ts';
import type { Shared } from './shared.ts';
import { Subscription } from './subscription.ts';

/** What the revision answers with another status than 200. */
const STATUS: Readonly<Record<number, number>> = {
  [CODES.methodNotFound]: 404,
  [CODES.headerMismatch]: 400,
  [CODES.missingCapability]: 400,
  [CODES.unsupportedVersion]: 400,
};
/** Nobody knows what another client may see, nor how long it stays as it is. */
const UNCACHED = { ttlMs: 0, cacheScope: 'private' };

export class Stateless {
  readonly #shared: Shared;
  readonly #metrics: Metrics;

  constructor(shared: Shared, metrics: Metrics) {
    this.#shared = shared;
    this.#metrics = metrics;
  }

  /**
   * @param replyWith makes the reply; `gone` is called when the client is, before it was answered.
   * @throws Unavailable if no process can answer.
   */
  async handle(
    request: Incoming,
    headers: IncomingHttpHeaders,
    replyWith: (gone: () => void) => Reply,
  ): Promise<void> {
    const since = performance.now();
    // What waits for the answer is not to hold the request.
    const { method } = request;
    let gone: (() => void) | undefined;
    const reply = replyWith(() => gone?.());
    const refusal = refusalOf(request, headers);
    if (refusal) {
      this.#refuse(request, reply, refusal, since);
      return;
    }
    const { exchange, greeting } = await this.#shared.serving();
    if (!reply.open) return;
    if (greeting.era === 'modern') {
      gone = this.#ask(exchange, request, reply, since, (message) => message);
    } else if (method === 'server/discover') {
      this.#metrics.answered(method, true, since);
      reply.finish(resultMessage(request.id!, discovery(greeting)));
    } else if (REMOVED_METHODS.has(method)) {
      const message = `Method not found: ${method} is not of ${MODERN}`;
      this.#refuse(request, reply, { status: 404, code: CODES.methodNotFound, message }, since);
    } else if (method === 'subscriptions/listen') {
      gone = this.#listen(greeting, request, reply, since);
    } else {
      gone = this.#ask(exchange, request, reply, since, (message, { result }) =>
        result ? completed(method, message, result) : message,
      );
    }
  }

  /** @returns what is to be done when the client goes. */
  #ask(
    exchange: Exchange,
    request: Incoming,
    reply: Reply,
    since: number,
    adapt: (message: Buffer, answered: Answered) => Buffer,
  ): () => void {
    const { id, method } = request;
    let flight: Flight | undefined;
    const asker: Asker = {
      get waiting() {
        return reply.open;
      },
      wantsLogs: wantsLogs(request),
      hear: (message) => reply.say(message),
      answer: (message, answered) => {
        const { code } = answered;
        this.#metrics.answered(method, code === undefined, since);
        reply.finish(adapt(message, answered), code === undefined ? 200 : (STATUS[code] ?? 200));
      },
      stop: () => reply.end(),
    };
    try {
      flight = exchange.ask(request, asker);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      reply.finish(errorMessage(id!, error.code, error.message), 400);
    }
    // In this revision a client that closes its stream cancels its request.
    return () => flight && exchange.cancel(flight, 'the client has gone');
  }

  #listen(greeting: Greeting, request: Incoming, reply: Reply, since: number): (() => void) | undefined {
    const subscription = Subscription.of(request, greeting.result.capabilities, reply);
    if (!subscription) {
      const message = 'Invalid params: notifications are missing';
      this.#refuse(request, reply, { status: 200, code: CODES.invalidParams, message }, since);
      return undefined;
    }
    this.#metrics.answered(request.method, true, since);
    subscription.begin(this.#shared);
    return () => this.#shared.forget(subscription);
  }

  #refuse(
    { id, method }: Incoming,
    reply: Reply,
    { status, code, message, data }: Refusal,
    since: number,
  ): void {
    this.#metrics.answered(method, false, since);
    reply.finish(errorMessage(id!, code, message, data), status);
  }
}

/** @returns the result of `server/discover`, of what a process said to `initialize`. */
function discovery({ result }: Greeting): object {
  const { capabilities, serverInfo, instructions } = result;
  return {
    resultType: 'complete',
    supportedVersions: [MODERN],
    capabilities: isObject(capabilities) ? capabilities : {},
    ...(typeof instructions === 'string' && { instructions }),
    ...UNCACHED,
    ...(isObject(serverInfo) && { _meta: { [SERVER_INFO]: serverInfo } }),
  };
}

/** @returns an answer whose result says what every result of the revision says. */
function completed(method: string, message: Buffer, result: Span): Buffer {
  const added = { resultType: 'complete', ...(CACHEABLE_METHODS.has(method) && UNCACHED) };
  let found: (Span | undefined)[];
  try {
    found = membersOf(message, result.start, Object.keys(added));
  } catch (error) {
    if (error instanceof MembersError) return message;
    throw error;
  }
  const missing = Object.entries(added).filter((_, index) => !found[index]);
  if (missing.length === 0) return message;
  const inside = result.start + 1;
  const empty = message[pastSpace(message, inside)] === CLOSE_BRACE;
  const text = JSON.stringify(Object.fromEntries(missing)).slice(1, -1) + (empty ? '' : ',');
  return spliced(message, [{ span: { start: inside, end: inside }, text }]);
}
