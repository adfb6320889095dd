/** `smooth-runtime bridge`: flags, signals and the log around a bridge. */
import { pino } from 'pino';
import { startBridge } from './bridge.ts';
import { flagsOf, USAGE } from './flags.ts';

export const usage = USAGE;

/** For what else could keep the process, after the grace period. */
const AT_LAST_MS = 1_000;

/**
 * Serves until SIGTERM or SIGINT; a second one ends it at once.
 * @param args of the subcommand.
 * @returns the exit status.
 * @throws UsageError
 */
export async function run(args: string[]): Promise<number> {
  const { options, logLevel } = flagsOf(args);
  const log = pino({ level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const asked = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      asked.resolve(signal);
    });
  }
  let bridge: Awaited<ReturnType<typeof startBridge>>;
  try {
    bridge = await startBridge(options, log);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    log.fatal(`cannot listen at ${options.host}, port ${options.port}: ${message}`);
    return 1;
  }
  const { path, host, sessions } = options;
  log.info({ host, port: bridge.port, path, sessions }, 'smooth-runtime bridge listens');
  if (process.pid === 1) {
    // Node.js waits for its own children alone.
    log.info('as process 1 the bridge reaps no orphans: set shareProcessNamespace if the server leaves any');
  }
  const signal = await asked.promise;
  log.info({ signal }, 'draining');
  process.on(signal, () => process.exit(1));
  setTimeout(() => process.exit(1), options.graceMs + AT_LAST_MS).unref();
  // Whoever types it at a terminal has no pod whose end others have to hear of.
  await bridge.stop(signal === 'SIGINT' ? 0 : options.lingerMs);
  return 0;
}
