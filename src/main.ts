/** The listening service: files, sockets and signals around the app, and nothing else. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import closeWithGrace from 'close-with-grace';
import { type Logger, pino } from 'pino';
import { buildApp, type Routes } from './hook/app.ts';
import { credentials } from './hook/credentials.ts';
import { metrics } from './hook/metrics.ts';
import { controllers } from './reconcile/controllers.ts';
import { loadSettings, type ServiceSettings, SettingsError } from './settings.ts';
import { VERSION } from './version.ts';

/** How long a stopping hook still takes calls: until every kube-proxy has heard that it goes. */
const DRAIN_MS = 5_000;
/** The kubelet swaps a Secret's files in one go; looking at their times is cheap and needs no watcher per mount form. */
const RELOAD_EVERY_MS = 5_000;

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
  const certificate = readCertificate(service);
  const apps = await Promise.all(
    listeners(service).map(async ({ port, name, routes }) => ({
      port,
      name,
      app: await buildApp({
        controllers,
        settings,
        credentials: tokens,
        version: VERSION,
        isReady: () => !stopping,
        logger,
        routes,
        counted,
        tls: certificate,
      }),
    })),
  );
  if (certificate) counted.certificateEnd.set(endOf(certificate));
  const stopWatching = [
    whenChanged([service.tokenFile, service.previousTokenFile], logger, () => {
      tokens.replace(readTokens(service));
    }),
    whenChanged([service.tls?.certFile, service.tls?.keyFile], logger, () => {
      const certificate = readCertificate(service)!;
      counted.certificateEnd.set(endOf(certificate));
      for (const { app } of apps) {
        (app.server as unknown as { setSecureContext(tls: object): void }).setSecureContext(certificate);
      }
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
    { version: VERSION, revision: service.revision, https: service.tls !== undefined, auth: tokens.required },
    'smooth-operator serves',
  );
}

interface Listener {
  port: number;
  /** The variable that says so. */
  name: string;
  routes: Routes[];
}

/** One for each port that is asked for; what has none of its own is at `PORT`. */
function listeners({ port, admissionPort, metricsPort }: ServiceSettings): Listener[] {
  const main: Listener = { port, name: 'PORT', routes: ['hooks'] };
  const own = (routes: Routes, name: string, at: number | undefined): Listener[] => {
    if (at !== undefined) return [{ port: at, name, routes: [routes] }];
    main.routes.push(routes);
    return [];
  };
  return [
    main,
    ...own('admission', 'ADMISSION_PORT', admissionPort),
    ...own('metrics', 'METRICS_PORT', metricsPort),
  ];
}

function readTokens({ tokenFile, previousTokenFile }: ServiceSettings): string[] {
  const tokens = [readSetting('TOKEN_FILE', tokenFile).trim()];
  if (tokens[0] === '') throw new SettingsError(`TOKEN_FILE=${tokenFile}: the file is empty`);
  try {
    const previous = readFileSync(previousTokenFile, 'utf8').trim();
    if (previous !== '') tokens.push(previous);
  } catch {
    // Only a rotation brings it.
  }
  return tokens;
}

function readCertificate({ tls }: ServiceSettings): { cert: string; key: string } | undefined {
  if (!tls) return undefined;
  const pair = {
    cert: readSetting('TLS_CERT_FILE', tls.certFile),
    key: readSetting('TLS_KEY_FILE', tls.keyFile),
  };
  try {
    createSecureContext(pair);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new SettingsError(
      `TLS_CERT_FILE=${tls.certFile}, TLS_KEY_FILE=${tls.keyFile}: no certificate with its key: ${why}`,
    );
  }
  return pair;
}

/** @returns seconds since 1970. */
function endOf({ cert }: { cert: string }): number {
  return Date.parse(new X509Certificate(cert).validTo) / 1000;
}

function readSetting(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`${name}=${file}: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Calls `reload` when one of the files changes; a failure is logged and what was read before stays in force. */
function whenChanged(files: (string | undefined)[], logger: Logger, reload: () => void): () => void {
  const named = files.filter((file): file is string => Boolean(file));
  if (named.length === 0) return () => {};
  const times = () =>
    named.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 'absent').join();
  let seen = times();
  const timer = setInterval(() => {
    const now = times();
    if (now === seen) return;
    try {
      reload();
      seen = now;
      logger.info({ files: named }, 'reloaded');
    } catch (error) {
      logger.error({ err: error, files: named }, 'cannot reload, keeping what was read before');
    }
  }, RELOAD_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
