/** What the bridge answers over HTTP: the MCP endpoint, and what the kubelet and Prometheus ask. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { BodyError, withBody } from './body.ts';
import { corsOf, preflightOf } from './cors.ts';
import { claimsModern } from './envelope.ts';
import { guardOf } from './guard.ts';
import { LEGACY } from './handshake.ts';
import type { Health } from './health.ts';
import { CODES, errorMessage, type Id, type Incoming, MessageError, readBody } from './jsonrpc.ts';
import type { Metrics } from './metrics.ts';
import type { BridgeOptions } from './options.ts';
import { Reply } from './reply.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { Stateless } from './stateless.ts';
import { Unavailable } from './unavailable.ts';
import { userOf } from './user.ts';

/** The revision that allows several messages in one body; the next one took it away. */
const BATCHES = '2025-03-26';
const DRAINING_RETRY_MS = 1_000;

/** What a request is refused with. */
class Refused extends Error {
  readonly status: number;
  readonly code: number;
  readonly headers: Record<string, string>;
  constructor(
    status: number,
    message: string,
    headers: Record<string, string> = {},
    code: number = CODES.refused,
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export class Front {
  /** No new sessions: the bridge is about to end. */
  draining = false;
  readonly #options: BridgeOptions;
  readonly #sessions: Sessions;
  readonly #stateless: Stateless;
  readonly #health: Health;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #guard: ReturnType<typeof guardOf>;
  readonly #cors: ReturnType<typeof corsOf>;
  #busy = 0;

  constructor(
    options: BridgeOptions,
    parts: { sessions: Sessions; stateless: Stateless; health: Health; metrics: Metrics; log: Logger },
  ) {
    this.#options = options;
    this.#sessions = parts.sessions;
    this.#stateless = parts.stateless;
    this.#health = parts.health;
    this.#metrics = parts.metrics;
    this.#log = parts.log;
    this.#guard = guardOf(options.host, options.allowedHosts);
    this.#cors = corsOf(options.allowedHosts);
  }

  /** Whether somebody waits for an answer. */
  get busy(): boolean {
    return this.#busy > 0 || this.#sessions.busy;
  }

  /** Answers a request, whatever it is. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    this.#route(request, response).catch((error) => this.#fail(request, response, error as Error));
  };

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = request.url!.split('?', 1);
    switch (path) {
      case this.#options.path:
        return this.#mcp(request, response);
      case '/healthz':
        return text(response, 200, 'ok');
      case '/readyz': {
        if (this.draining) return text(response, 503, 'draining');
        return this.#health.ready ? text(response, 200, 'ok') : text(response, 503, this.#health.why);
      }
      case '/metrics': {
        const { registry } = this.#metrics;
        return text(response, 200, await registry.metrics(), registry.contentType);
      }
      default:
        return text(response, 404, `not found: MCP is at ${this.#options.path}`);
    }
  }

  async #mcp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method } = request;
    const refusal = this.#guard(headers);
    if (refusal !== undefined) throw new Refused(403, refusal);
    const cors = this.#cors(headers);
    for (const name in cors) response.setHeader(name, cors[name]!);
    const preflight = 'vary' in cors ? preflightOf(method, headers) : undefined;
    if (preflight) {
      response.writeHead(204, preflight).end();
      return;
    }
    if (method === 'POST') return this.#post(request, response);
    const allowed = { allow: 'GET, POST, DELETE' };
    if (method !== 'GET' && method !== 'DELETE') throw new Refused(405, 'Method not allowed', allowed);
    // Without a session these two mean nothing, and clients of before streamable HTTP look for a stream here.
    if (headers['mcp-session-id'] === undefined)
      throw new Refused(405, 'Method not allowed without a session', allowed);
    const session = this.#session(request);
    if (method === 'GET') {
      if (!takesStream(request)) throw new Refused(406, 'Not acceptable: the stream is text/event-stream');
      session.listen(new Reply(response, true, {}, () => {}));
    } else {
      void session.end();
      response.writeHead(200, { 'content-length': 0 }).end();
    }
  }

  async #post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw new Refused(415, 'Unsupported media type: a message is application/json');
    }
    await withBody(request, this.#options.maxRequestBytes, async (body) => {
      const { messages, batch } = readBody(body);
      try {
        await this.#messages(messages, batch, request, response);
      } catch (error) {
        this.#fail(request, response, error as Error, batch ? null : messages[0]!.id);
      }
    });
  }

  async #messages(
    messages: Incoming[],
    batch: boolean,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { headers } = request;
    const [message] = messages as [Incoming];
    if (!batch && claimsModern(message, headers)) return this.#modern(message, request, response);
    if (messages.some(({ kind, method }) => kind === 'request' && method === 'initialize')) {
      if (batch) throw new Refused(400, 'initialize is not for a batch', {}, CODES.invalidRequest);
      if (headers['mcp-session-id'] === undefined) return this.#initialize(message, request, response);
    }
    const session = this.#session(request);
    // Some servers do not survive a second one.
    if (message.method === 'initialize') {
      throw new Refused(400, 'the session is initialized already', {}, CODES.invalidRequest);
    }
    if (batch && session.version !== BATCHES) {
      throw new Refused(
        400,
        `batches are of ${BATCHES} alone, not of ${session.version}`,
        {},
        CODES.invalidRequest,
      );
    }
    const reply = new Reply(response, takesStream(request), {}, () => {});
    await session.post(messages, reply);
  }

  async #initialize(message: Incoming, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.draining) throw new Unavailable('draining', 'the bridge is about to end', DRAINING_RETRY_MS);
    const user = userOf(request.headers, this.#options.userHeader);
    const replyWith = (id: string) =>
      new Reply(response, takesStream(request), { 'mcp-session-id': id }, () => {});
    await this.#sessions.begin(message, user, replyWith);
  }

  async #modern(message: Incoming, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (message.kind === 'notification') {
      // None of them asks for anything of a server without sessions.
      response.writeHead(202, { 'content-length': 0 }).end();
      return;
    }
    this.#health.allow();
    // A client that listens waits for no answer.
    if (message.method !== 'subscriptions/listen') {
      this.#busy++;
      response.on('close', () => this.#busy--);
    }
    await this.#stateless.handle(
      message,
      request.headers,
      (gone) => new Reply(response, takesStream(request), {}, gone),
    );
  }

  #session({ headers }: IncomingMessage): Session {
    const id = headers['mcp-session-id'];
    if (typeof id !== 'string') {
      throw new Refused(400, 'Bad request: neither a session (Mcp-Session-Id) nor initialize');
    }
    const version = headers['mcp-protocol-version'];
    if (typeof version === 'string' && !(LEGACY as readonly string[]).includes(version)) {
      throw new Refused(400, `Bad request: unsupported protocol version; these are: ${LEGACY.join(', ')}`);
    }
    const session = this.#sessions.find(id, userOf(headers, this.#options.userHeader));
    if (!session) throw new SessionGone();
    return session;
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: Error, id: Id | null = null): void {
    // Nobody is there to be told.
    if (request.socket.destroyed) return;
    const { status, code, headers } = answerTo(error);
    if (error instanceof Unavailable) this.#metrics.refused(error.reason);
    if (status === 500) this.#log.error({ err: error }, 'a request failed');
    const body = errorMessage(id, code, error.message);
    if (response.headersSent) {
      // What has begun and is not over is a stream.
      if (!response.writableEnded) response.end(`event: message\ndata: ${body}\n\n`);
      return;
    }
    // What was not read of the body is not waited for.
    const close = request.complete ? {} : { connection: 'close' };
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': body.length,
      ...headers,
      ...close,
    });
    response.end(body);
  }
}

class SessionGone extends Error {
  override message = 'Session not found: it has ended, or is not yours. Initialize anew';
}

function answerTo(error: Error): { status: number; code: number; headers: Record<string, string> } {
  if (error instanceof SessionGone) return { status: 404, code: CODES.sessionNotFound, headers: {} };
  if (error instanceof Refused) return error;
  if (error instanceof MessageError) return { status: 400, code: error.code, headers: {} };
  if (error instanceof BodyError) return { status: error.status, code: CODES.refused, headers: {} };
  if (error instanceof Unavailable) {
    const headers = { 'retry-after': String(error.retryAfterSeconds) };
    return { status: 503, code: CODES.refused, headers };
  }
  return { status: 500, code: CODES.internal, headers: {} };
}

function takesStream({ headers }: IncomingMessage): boolean {
  return /text\/event-stream|\*\/\*/i.test(headers.accept ?? '*/*');
}

function text(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(`${body}`);
}
