/** The listening service: files, sockets and signals around the app, and nothing else. */
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { type CallersCa, endOf, readKnownCas, readTls, readTokens, whenChanged } from './files.ts';
import { buildApp, type Routes } from './hook/app.ts';
import { credentials } from './hook/credentials.ts';
import { metrics } from './hook/metrics.ts';
import { controllers } from './reconcile/controllers.ts';
import { loadSettings, type ServiceSettings, SettingsError } from './settings.ts';
import { VERSION } from './version.ts';

/** How long a stopping hook still takes calls: until every kube-proxy has heard that it goes. */
const DRAIN_MS = 5_000;

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
  const apps = await Promise.all(
    listeners(service).map(async ({ port, name, routes, callersCa }) => ({
      port,
      name,
      callersCa,
      app: await buildApp({
        controllers,
        settings,
        credentials: tokens,
        version: VERSION,
        isReady: () => !stopping,
        logger,
        routes,
        counted,
        tls: readTls(service, known, callersCa),
      }),
    })),
  );
  const noteEnd = () => {
    const served = readTls(service, known);
    if (served) counted.certificateEnd.set(endOf(served));
  };
  noteEnd();
  const { tls, clients, admissionClients } = service;
  const stopWatching = [
    whenChanged([service.tokenFile, service.previousTokenFile], logger, () => {
      tokens.replace(readTokens(service));
    }),
    whenChanged([tls?.certFile, tls?.keyFile, clients?.caFile, admissionClients?.caFile], logger, () => {
      // All are read before one is changed: a file that cannot be used leaves every listener as it was.
      const fresh = apps.map(({ app, callersCa }) => ({ app, tls: readTls(service, known, callersCa)! }));
      for (const { app, tls } of fresh) {
        (app.server as unknown as { setSecureContext(tls: object): void }).setSecureContext(tls);
      }
      noteEnd();
    }),
  ];

  closeWithGrace({ delay: DRAIN_MS + 15_000, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'stopping on an error');
    stopping = true;
    logger.info({ signal }, 'draining');
    for (const stop of stopWatching) stop();
    if (!err) await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    await Promise.all(apps.map(({ app }) => app.close()));
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
      https: tls !== undefined,
      auth: tokens.required,
      clientCertificates: clients !== undefined,
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
