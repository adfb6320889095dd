/** The flags of `smooth-runtime bridge`. */
import { parseArgs } from 'node:util';
import { UsageError } from '../usage.ts';
import { type BridgeOptions, DEFAULTS, MOST_SHARED_SESSIONS } from './options.ts';

export const USAGE = `smooth-runtime bridge --port PORT [FLAGS] -- COMMAND ARG...

Serves a stdio MCP server over streamable HTTP: to clients of MCP 2025-11-25 and older with a session each, to those of
2026-07-28 without. COMMAND is started without a shell, in this environment; its stderr goes to the log.

  --port PORT               where to listen; 0 is any that is free
  --host ADDRESS            ${DEFAULTS.host} unless told otherwise; 0.0.0.0 or :: in a container
  --path PATH               of the MCP endpoint (${DEFAULTS.path}); beside it are /healthz, /readyz and /metrics
  --sessions own|shared     a process for each session (default), or one for all
  --max-sessions NUMBER     more are answered 503 (${DEFAULTS.maxSessions}; with shared ones ${MOST_SHARED_SESSIONS})
  --spare NUMBER            processes that wait for a session (${DEFAULTS.spare}; with shared ones none)
  --idle-timeout SECONDS    what nobody has used for so long ends (${DEFAULTS.idleMs / 1000})
  --start-timeout SECONDS   for the first answer of a process (${DEFAULTS.startMs / 1000})
  --request-timeout SECONDS for an answer, since the last progress (${DEFAULTS.requestMs / 1000})
  --grace-period SECONDS    from SIGTERM to the end of everything (${DEFAULTS.graceMs / 1000})
  --max-request-bytes BYTES of a client's message (${DEFAULTS.maxRequestBytes})
  --max-message-bytes BYTES of a message of the server's (${DEFAULTS.maxMessageBytes})
  --allowed-hosts HOSTS     names in Host and Origin, with commas between; * is any
  --user-header NAME        set by a proxy to who calls: a session is for that user alone
  --log-level LEVEL         debug, info (default), warn or error

Exit status: 0 it was told to stop; 1 it cannot listen there; 2 wrong use.
`;

export interface Flags {
  options: BridgeOptions;
  logLevel: string;
}

const LEVELS = ['debug', 'info', 'warn', 'error'];
const PATH = /^(?:\/[\w.~-]+)+$/;
const OWN_PATHS = ['/healthz', '/readyz', '/metrics'];

/** @throws UsageError */
export function flagsOf(args: readonly string[]): Flags {
  const end = args.indexOf('--');
  const command = end === -1 ? [] : args.slice(end + 1);
  if (command.length === 0) throw new UsageError('which server? Name its command behind --');
  const values = parsed(end === -1 ? args : args.slice(0, end));
  const { port, path = DEFAULTS.path, sessions = DEFAULTS.sessions } = values;
  if (port === undefined) throw new UsageError('--port is missing');
  if (!PATH.test(path) || OWN_PATHS.includes(path)) {
    throw new UsageError(`--path ${path}: must be a path such as /mcp, and none of ${OWN_PATHS.join(', ')}`);
  }
  if (sessions !== 'own' && sessions !== 'shared') {
    throw new UsageError(`--sessions ${sessions}: must be own or shared`);
  }
  const shared = sessions === 'shared';
  const logLevel = values['log-level'] ?? 'info';
  if (!LEVELS.includes(logLevel))
    throw new UsageError(`--log-level ${logLevel}: must be one of ${LEVELS.join(', ')}`);
  const count = (name: keyof typeof values, preset: number, least: number, most: number) =>
    whole(`--${name}`, values[name], preset, least, most);
  const ms = (name: keyof typeof values, preset: number, least: number, most: number) =>
    whole(`--${name}`, values[name], preset / 1000, least, most) * 1000;
  return {
    logLevel,
    options: {
      command: command as [string, ...string[]],
      host: values.host ?? DEFAULTS.host,
      port: count('port', 0, 0, 65_535),
      path,
      sessions,
      maxSessions: count('max-sessions', shared ? MOST_SHARED_SESSIONS : DEFAULTS.maxSessions, 1, 100_000),
      spare: count('spare', DEFAULTS.spare, 0, 100),
      idleMs: ms('idle-timeout', DEFAULTS.idleMs, 1, DAY),
      startMs: ms('start-timeout', DEFAULTS.startMs, 1, DAY),
      requestMs: ms('request-timeout', DEFAULTS.requestMs, 1, DAY),
      graceMs: ms('grace-period', DEFAULTS.graceMs, 1, DAY),
      lingerMs: DEFAULTS.lingerMs,
      keepAliveMs: DEFAULTS.keepAliveMs,
      maxRequestBytes: count('max-request-bytes', DEFAULTS.maxRequestBytes, 1024, 2 ** 26),
      maxMessageBytes: count('max-message-bytes', DEFAULTS.maxMessageBytes, 1024, 2 ** 28),
      allowedHosts: (values['allowed-hosts'] ?? '').split(',').flatMap((host) => host.trim() || []),
      userHeader: values['user-header']?.toLowerCase(),
    },
  };
}

const DAY = 24 * 60 * 60;

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: text,
        host: text,
        path: text,
        sessions: text,
        'max-sessions': text,
        spare: text,
        'idle-timeout': text,
        'start-timeout': text,
        'request-timeout': text,
        'grace-period': text,
        'max-request-bytes': text,
        'max-message-bytes': text,
        'allowed-hosts': text,
        'user-header': text,
        'log-level': text,
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function whole(flag: string, given: string | undefined, preset: number, least: number, most: number): number {
  if (given === undefined) return preset;
  const number = Number(given);
  if (/^\d{1,9}$/.test(given) && number >= least && number <= most) return number;
  throw new UsageError(`${flag} ${given}: must be a whole number from ${least} to ${most}`);
}
