/** Who is let in to the hook routes, checked before a body is read: caller, revision, load. */
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import type { ServiceSettings } from '../settings.ts';
import { askForCertificate } from './certificates.ts';
import type { Credentials } from './credentials.ts';
import type { Metrics } from './metrics.ts';
import { askToComeAgain, places } from './places.ts';

/** Seconds in which the other hooks of a release are likely to be up. */
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
  const takePlace = places(
    app,
    {
      calls: settings.maxInFlight,
      // Parsed, a body takes several times its size: many large ones at once would take all memory there is.
      bytes: 2 * settings.bodyLimitBytes,
      bodyBytes: settings.bodyLimitBytes,
    },
    (calls) => metrics.inFlight.set(calls),
  );
  const withoutCertificate = askForCertificate(settings.clients, metrics);

  app.addHook('onRequest', async (request, reply) => {
    // Before the token: while a rotation rolls out, a hook with the old token is one of the old revision, and 429 is no event.
    if (settings.revision !== '' && (request.query as { rev?: unknown }).rev !== settings.revision) {
      const error = 'another revision of the hook answers this';
      return askToComeAgain(reply, metrics, { reason: 'revision', error, seconds: RETRY_REVISION });
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
    if (!takePlace(request, reply)) {
      return askToComeAgain(reply, metrics, { reason: 'overload', error: 'too many calls at once' });
    }
  });

  await app.register(underPressure, {
    // 0: not looked at.
    maxEventLoopDelay: settings.maxEventLoopDelayMs,
    exposeStatusRoute: false,
    // Over when the answer is sent: a call that nobody has answered yet would go on.
    pressureHandler: async (_request, reply) => {
      await askToComeAgain(reply, metrics, { reason: 'overload', error: 'overloaded' });
    },
  });
}
