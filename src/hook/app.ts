/** The service as a Fastify instance. It never listens: `main.ts` does, and tests inject. */
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
  LogController,
} from 'fastify';
import type { Controller } from '../reconcile/contract.ts';
import type { Settings } from '../settings.ts';
import { admission } from './admission.ts';
import { endConnectionsWell, TIMEOUTS } from './connections.ts';
import type { Credentials } from './credentials.ts';
import { documentation } from './docs.ts';
import { guard } from './guard.ts';
import { type Metrics, metrics } from './metrics.ts';
import { routes } from './routes.ts';

/** What may have a port of its own. Health is everywhere. */
export const ROUTES = ['hooks', 'admission', 'metrics'] as const;
export type Routes = (typeof ROUTES)[number];

export interface AppOptions {
  controllers: readonly Controller[];
  settings: Settings;
  credentials: Credentials;
  version: string;
  /** Whether `/readyz` says yes; no from the start of a shutdown on. */
  isReady?: () => boolean;
  clock?: () => Date;
  logger?: FastifyBaseLogger;
  /** Which routes this one has; all of them where absent. */
  routes?: readonly Routes[];
  /** What several of them count together. */
  counted?: Metrics;
  /** `ca`: callers are asked for a certificate of it; routes decide who needs one, for probes have none. */
  tls?: { cert: string | Buffer; key: string | Buffer; ca?: string | Buffer };
}

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { settings, controllers, credentials, clock = () => new Date(), isReady = () => true } = options;
  const { routes: served = ROUTES, counted = metrics() } = options;
  const base: FastifyServerOptions = {
    ...(options.logger ? { loggerInstance: options.logger } : {}),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: settings.service.bodyLimitBytes,
    ...TIMEOUTS,
    // A call that arrives while the listener closes is answered, and its connection closed after it. It would fail with a 503.
    return503OnClosing: false,
    // A key of a related Secret may be called so. JSON.parse makes fields of them like any other, and nothing here
    // assigns a key that it was sent.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    // An address that cannot be parsed is nowhere, too.
    frameworkErrors: (_error, _request, reply) => nothingHere(reply),
    // A hook body is judged as it is: nothing is converted, removed or filled in behind the functions' back.
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, strict: false },
    },
  };
  const { tls } = options;
  const https = tls?.ca ? { ...tls, requestCert: true, rejectUnauthorized: false } : tls;
  const app = Fastify({ ...base, ...(https ? { https } : {}) } as FastifyServerOptions);
  // Answers are whole manifests; a serializer made from a schema would drop what it does not know.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  explainErrors(app);
  endConnectionsWell(app);
  // A caller that keeps its connection would be cut off in the middle of a call when the service stops: send it elsewhere.
  app.addHook('onRequest', (request, reply, done) => {
    if (!isReady()) reply.header('connection', 'close');
    // Before a body is read, which nobody has vouched for.
    if (request.is404) nothingHere(reply);
    else done();
  });

  const hooks = (scope: FastifyInstance) => routes(scope, controllers, settings.render, counted, clock);
  const door = (scope: FastifyInstance) => admission(scope, controllers, settings, counted);
  const health = (scope: FastifyInstance) => healthRoutes(scope, isReady);
  const numbers = (scope: FastifyInstance) => metricsRoute(scope, counted);
  health(app);
  if (served.includes('admission')) await app.register(async (scope) => door(scope));
  if (served.includes('hooks')) {
    await app.register(async (scope) => {
      await guard(scope, settings.service, credentials, counted);
      hooks(scope);
    });
  }
  if (served.includes('metrics')) {
    numbers(app);
    documentation(app, options.version, (shown) => {
      for (const declare of [health, numbers, hooks, door]) declare(shown);
    });
  }
  return app;
}

function healthRoutes(app: FastifyInstance, isReady: () => boolean): void {
  app.get('/healthz', { schema: { summary: 'The process is alive' } }, async () => ({ status: 'ok' }));
  app.get('/readyz', { schema: { summary: 'The service takes calls' } }, async (_request, reply) =>
    isReady() ? { status: 'ok' } : reply.code(503).send({ error: 'shutting down' }),
  );
}

function metricsRoute(app: FastifyInstance, { registry }: Metrics): void {
  app.get('/metrics', { schema: { summary: 'Metrics for Prometheus' } }, async (_request, reply) =>
    reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics()),
  );
}

const nothingHere = (reply: FastifyReply) => reply.code(404).send({ error: 'not found' });

/** Metacontroller copies a refusal into an event on the parent, so it is one short sentence that repeats no input. */
function explainErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => nothingHere(reply));
  app.setErrorHandler((error: Error & { statusCode?: number; validation?: unknown }, request, reply) => {
    if (error instanceof RangeError && error.statusCode === undefined) {
      // The only recursion is over the body, so a full stack is a body of hostile depth. Fastify's own have a code.
      return reply.code(400).send({ error: 'the body is nested too deeply' });
    }
    const code = error.statusCode ?? 500;
    if (code >= 500) {
      request.log.error({ err: error }, 'a call failed');
      return reply.code(500).send({ error: 'internal error: the log of the hook tells more' });
    }
    return reply.code(code).send({ error: error.message.slice(0, 200) });
  });
}
