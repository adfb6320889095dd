/** The listening service: files, sockets and signals around the app, and nothing else. */
import type { Server } from 'node:tls';
import closeWithGrace from 'close-with-grace';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { DRAIN_MS, drainOf } from './drain.ts';
import { type CallersCa, endOf, readCa, readKnownCas, readPair, readTokens, whenChanged } from './files.ts';
import { buildApp, type Routes } from './hook/app.ts';
import { connectionsOf } from './hook/connections.ts';
import { credentials } from './hook/credentials.ts';
import { metrics } from './hook/metrics.ts';
import { controllers } from './reconcile/controllers.ts';
import { loadSettings, type ServiceSettings, SettingsError } from './settings.ts';
import { VERSION } from './version.ts';

/** For the calls that are under way when the listeners close. */
const UNDER_WAY_MS = 5_000;
/** For everything else that could keep the process. */
const AT_LAST_MS = 5_000;

/**
 * Serves until SIGTERM or SIGINT.
 * @param env variables, as `process.env`; see `settings.ts`.
 * @throws SettingsError where they or the files that they name cannot be used.
 */
export async function serve(env: Record<string, string | undefined>): Promise<void> {
  const settings = loadSettings(env);
  const { service } = settings;
  const logger = pino({ level: service.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const tokens = credentials(service.tokenFile === '' ? undefined : readTokens(service));
  let stopping = false;

  const counted = metrics();
  const known = readKnownCas(service);
  let pair = readPair(service, known);
  const apps = await Promise.all(
    listeners(service).map(async (listener) => {
      const ca = listener.callersCa && readCa(listener.callersCa);
      const app = await buildApp({
        controllers,
        settings,
        credentials: tokens,
        version: VERSION,
        isReady: () => !stopping,
        logger,
        routes: listener.routes,
        counted,
        tls: pair && { ...pair, ...(ca && { ca }) },
      });
      return { ...listener, ca, app };
    }),
  );
  const servers = apps.map(({ app }) => app.server);
  const drain = drainOf(servers);
  const cutOff = connectionsOf(servers);
  const noteEnd = () => pair && counted.certificateEnd.set(endOf(pair));
  noteEnd();
  const renew = ({ app, ca }: { app: FastifyInstance; ca: string | undefined }) =>
    (app.server as unknown as Server).setSecureContext({ ...pair, ...(ca && { ca }) });
  // Each by itself: one that cannot be used keeps back none of the others.
  const stopWatching = [
    whenChanged([service.tokenFile, service.previousTokenFile], logger, () => {
      tokens.replace(readTokens(service));
    }),
    whenChanged([service.tls?.certFile, service.tls?.keyFile], logger, () => {
      pair = readPair(service, known);
      for (const one of apps) renew(one);
      noteEnd();
    }),
    ...apps.map((one) =>
      whenChanged([one.callersCa?.file], logger, () => {
        one.ca = readCa(one.callersCa!);
        renew(one);
      }),
    ),
  ];
  if (!pair && !tokens.required) {
    logger.warn(`no TLS and no token: whoever reaches ${service.host} is answered`);
  }

  closeWithGrace({ delay: DRAIN_MS.atMost + UNDER_WAY_MS + AT_LAST_MS, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'stopping on an error');
    stopping = true;
    logger.info({ signal }, 'draining');
    for (const stop of stopWatching) stop();
    if (!err) await drain();
    const closed = Promise.all(apps.map(({ app }) => app.close()));
    setTimeout(cutOff, UNDER_WAY_MS);
    await closed;
  });

  for (const { app, name, port } of apps) {
    try {
      await app.listen({ host: service.host, port });
    } catch (error) {
      await Promise.all(apps.map((one) => one.app.close()));
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES') throw error;
      throw new SettingsError(`HOST=${service.host}, ${name}=${port}: cannot listen there: ${message}`);
    }
  }
  logger.info(
    {
      version: VERSION,
      revision: service.revision,
      https: pair !== undefined,
      auth: tokens.required,
      clientCertificates: service.clients !== undefined,
      admissionClientCertificates: service.admissionClients !== undefined,
    },
    'smooth-operator serves',
  );
}

interface Listener {
  port: number;
  /** The variable that says so. */
  name: string;
  routes: Routes[];
  callersCa: CallersCa | undefined;
}

/** One for each port that is asked for; what has none of its own is at `PORT`. */
function listeners({ port, admissionPort, metricsPort, ...service }: ServiceSettings): Listener[] {
  const { clients, admissionClients } = service;
  const callersCa = clients && { name: 'CLIENT_CA_FILE', file: clients.caFile };
  const admissionCa = admissionClients && {
    name: 'ADMISSION_CLIENT_CA_FILE',
    file: admissionClients.caFile,
  };
  const main: Listener = { port, name: 'PORT', routes: ['hooks'], callersCa };
  const own = (routes: Routes, name: string, at: number | undefined, callersCa?: CallersCa): Listener[] => {
    if (at !== undefined) return [{ port: at, name, routes: [routes], callersCa }];
    main.routes.push(routes);
    return [];
  };
  return [
    main,
    ...own('admission', 'ADMISSION_PORT', admissionPort, admissionCa),
    ...own('metrics', 'METRICS_PORT', metricsPort),
  ];
}
