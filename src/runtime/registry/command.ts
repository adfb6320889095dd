/** `smooth-runtime registry`: flags, signals and the log around a registry. */
import { pino } from 'pino';
import { flagsOf, USAGE } from './flags.ts';
import { startRegistry } from './registry.ts';

export const usage = USAGE;

/** The kubelet brings a changed ConfigMap within a minute or so; this adds little. */
const POLL_MS = 2_000;
/** For those who have not yet heard that this pod goes. */
const LINGER_MS = 3_000;

/**
 * Serves until SIGTERM or SIGINT; a second one ends it at once.
 * @param args of the subcommand.
 * @returns the exit status.
 * @throws UsageError
 */
export async function run(args: string[]): Promise<number> {
  const flags = flagsOf(args);
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const asked = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => asked.resolve(signal));
  }
  let registry: Awaited<ReturnType<typeof startRegistry>>;
  try {
    registry = await startRegistry({ ...flags, pollMs: POLL_MS }, log);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    log.fatal(`cannot listen at ${flags.host}, port ${flags.port}: ${message}`);
    return 1;
  }
  log.info({ host: flags.host, port: registry.port }, 'smooth-runtime registry listens');
  const signal = await asked.promise;
  log.info({ signal }, 'draining');
  process.on(signal, () => process.exit(1));
  await registry.stop(signal === 'SIGINT' ? 0 : LINGER_MS);
  return 0;
}
