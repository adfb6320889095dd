/** How long callers' connections last and how they end: none may lose a call, or the answer to one, to a socket that closes. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { finished } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/**
 * Go's client keeps idle connections for 90 s, and has some that it has not used yet, which to Node.js are slow requests:
 * closing either first would fail calls that are on their way.
 */
const IDLE_MS = 120_000;
export const TIMEOUTS = { keepAliveTimeout: IDLE_MS, requestTimeout: IDLE_MS };

/** For all of a request, once its headers have come: one that stalls holds memory, and a place of those in work. */
export const BODY_MS = 30_000;

/** For who goes on sending what was refused. */
export const LINGER_MS = 5_000;

/** Has the connections of an app end as they should. A call that is injected is neither complete nor not, and has none. */
export function endConnectionsWell(app: FastifyInstance): void {
  app.server.headersTimeout = IDLE_MS;
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    if (raw.complete === false) {
      const timer = setTimeout(() => raw.destroy(), BODY_MS);
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
  app.addHook('onSend', ({ raw }, reply, _payload, done) => {
    const closes = !reply.raw.shouldKeepAlive || reply.getHeader('connection') === 'close';
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
  socket.destroySoon = () => {
    // So that nothing is said after the answer.
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    finished(request.resume(), () => {
      clearTimeout(timer);
      socket.destroy();
    });
  };
}

/**
 * @returns what cuts off every connection to the servers, whatever it is for: a server that closes waits for them all, for
 *   minutes where half a request has come, or none ever did, or half a TLS handshake.
 */
export function connectionsOf(servers: readonly FastifyInstance['server'][]): () => void {
  const open = new Set<Socket>();
  for (const server of servers) {
    server.on('connection', (socket: Socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    });
  }
  return () => {
    for (const socket of open) socket.destroy();
  };
}
