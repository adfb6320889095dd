/** How long callers' connections last and how they end: none may lose a call, or the answer to one, to a socket that closes. */
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/**
 * Go's client keeps idle connections for 90 s, and has some that it has not used yet, which to Node.js are slow requests:
 * closing either first would fail calls that are on their way.
 */
const IDLE_MS = 120_000;
export const TIMEOUTS = { keepAliveTimeout: IDLE_MS, requestTimeout: IDLE_MS };

/** For who goes on sending what was refused. */
export const LINGER_MS = 5_000;

/** Has the connections of an app end as they should. */
export function endConnectionsWell(app: FastifyInstance): void {
  app.server.headersTimeout = IDLE_MS;
  app.addHook('onSend', ({ raw }, reply, _payload, done) => {
    const closes = !reply.raw.shouldKeepAlive || reply.getHeader('connection') === 'close';
    // An injected call has come as a whole, and says neither.
    if (closes && raw.complete === false) linger(raw);
    done();
  });
}

/**
 * Keeps the connection of a request that is answered before all of it has come until that has, or `LINGER_MS` have passed:
 * closing a socket with something unread resets it, and the caller, still writing, sees a broken pipe instead of the answer.
 */
function linger(request: IncomingMessage): void {
  const { socket } = request;
  const close = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    const timer = setTimeout(close, LINGER_MS);
    finished(request.resume(), () => {
      clearTimeout(timer);
      close();
    });
  };
}
