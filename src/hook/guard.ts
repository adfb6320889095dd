/** Who is let in to the hook routes, checked before a body is read: caller, revision, load. */
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceSettings } from '../settings.ts';
import { askForCertificate } from './certificates.ts';
import type { Credentials } from './credentials.ts';
import type { Metrics } from './metrics.ts';

/** Whole seconds after which Metacontroller asks again. */
const RETRY_OVERLOAD = 1;
const RETRY_REVISION = 2;

/**
 * Registers the checks on `app`, which must be a scope of the hook routes alone.
 * 429 is the only refusal that Metacontroller takes as "later": any other is an event on the parent.
 */
export async function guard(
  app: FastifyInstance,
  settings: ServiceSettings,
  credentials: Credentials,
  metrics: Metrics,
): Promise<void> {
  let inFlight = 0;
  let bytesInFlight = 0;
  /** What each call in work may bring, in bytes. */
  const taken = new WeakMap<FastifyRequest, number>();
  // Parsed, a body takes several times its size: many large ones at once would take all memory there is.
  const mostBytes = 2 * settings.bodyLimitBytes;

  const later = (reply: FastifyReply, reason: 'overload' | 'revision', seconds: number, error: string) => {
    metrics.rejected.inc({ reason });
    return reply.code(429).header('retry-after', String(seconds)).send({ error });
  };

  const withoutCertificate = askForCertificate(settings.clients, metrics);

  app.addHook('onRequest', async (request, reply) => {
    // Before the token: while a rotation rolls out, a hook with the old token is one of the old revision, and 429 is no event.
    if (settings.revision !== '' && (request.query as { rev?: unknown }).rev !== settings.revision) {
      return later(reply, 'revision', RETRY_REVISION, 'another revision of the hook answers this');
    }
    const turnedAway = withoutCertificate(request, reply);
    if (turnedAway) return turnedAway;
    if (credentials.required && !credentials.accepts(request.headers.authorization)) {
      metrics.rejected.inc({ reason: 'unauthorized' });
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send({ error: 'a valid bearer token is needed' });
    }
    // One without a length, or with a wrong one, is cut off at the limit.
    const length = Math.min(Number(request.headers['content-length'] ?? Infinity), settings.bodyLimitBytes);
    if (inFlight >= settings.maxInFlight || bytesInFlight + length > mostBytes) {
      return later(reply, 'overload', RETRY_OVERLOAD, 'too many calls at once');
    }
    taken.set(request, length);
    inFlight++;
    bytesInFlight += length;
    metrics.inFlight.set(inFlight);
    // A caller that hangs up gets no response, and Fastify tells of that only while the body is on its way.
    const { socket } = request.raw;
    const hungUp = () => release(request);
    socket.once('close', hungUp);
    reply.raw.once('finish', () => socket.off('close', hungUp));
    if (socket.destroyed) release(request);
  });

  const release = (request: FastifyRequest): void => {
    const length = taken.get(request);
    if (length === undefined) return;
    taken.delete(request);
    inFlight--;
    bytesInFlight -= length;
    metrics.inFlight.set(inFlight);
  };
  app.addHook('onResponse', async (request) => release(request));

  await app.register(underPressure, {
    // 0: not looked at.
    maxEventLoopDelay: settings.maxEventLoopDelayMs,
    exposeStatusRoute: false,
    // Over when the answer is sent: a call that nobody has answered yet would go on.
    pressureHandler: async (_request, reply) => {
      await later(reply, 'overload', RETRY_OVERLOAD, 'overloaded');
    },
  });
}
