/**
 * What the environment decides: read once at start, checked by one schema, passed on as an argument.
 * Everything under `MCP_` is a matter of rendering and belongs to the configuration digest behind `REVISION`.
 */
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { canonicalQuantity, compareQuantities } from './api/quantity.ts';
import { DNS1123_SUBDOMAIN } from './api/schema.ts';

const text = (description: string, initial = '') => Type.String({ default: initial, description });
const whole = (description: string, initial: number, minimum: number, maximum = 2147483647) =>
  Type.Integer({ default: initial, minimum, maximum, description });

/** Every variable that the service reads, with its meaning and default. */
export const Environment = Type.Object({
  HOST: text('Address to listen on.', '0.0.0.0'),
  PORT: whole('Port to listen on.', 8080, 0, 65535),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Least level that is logged; `debug` shows every sync.' },
  ),
  TLS_CERT_FILE: text('Certificate chain, PEM. Together with TLS_KEY_FILE: HTTPS instead of HTTP.'),
  TLS_KEY_FILE: text('Private key of the certificate, PEM.'),
  TOKEN_FILE: text('File with the bearer token that hook routes ask for. Empty: none is asked for.'),
  PREVIOUS_TOKEN_FILE: text('File with a second token that is accepted during a rotation; may be absent.'),
  REVISION: text('Answer only hook calls with this `?rev=`, others with 429. Empty: answer all.'),
  BODY_LIMIT_BYTES: whole('Largest request body.', 32 * 1024 * 1024, 1024),
  MAX_IN_FLIGHT: whole('Hook calls in work at once; more are answered with 429.', 100, 1),
  MAX_EVENT_LOOP_DELAY_MS: whole(
    'Mean event-loop delay above which hook calls are answered with 429.',
    500,
    10,
  ),
  MCP_CPU_REQUEST: text('CPU request of servers that name no `resources`. Empty: none.', '50m'),
  MCP_MEMORY_REQUEST: text('Memory request of servers that name no `resources`. Empty: none.', '64Mi'),
  MCP_CPU_LIMIT: text('CPU limit of servers that name no `resources`. Empty: none.', '500m'),
  MCP_MEMORY_LIMIT: text('Memory limit of servers that name no `resources`. Empty: none.', '256Mi'),
  MCP_RUN_AS_USER: Type.Union([Type.Literal(''), Type.Integer({ minimum: 1, maximum: 2147483647 })], {
    default: 1000,
    description:
      'User, group and fsGroup of pods that name none. Empty: what the image or the platform (OpenShift) says.',
  }),
  MCP_PROGRESS_DEADLINE_SECONDS: whole(
    'Seconds after which a rollout without progress is called failed.',
    600,
    30,
  ),
  MCP_CLUSTER_DOMAIN: Type.String({
    default: 'cluster.local',
    maxLength: 253,
    pattern: `^${DNS1123_SUBDOMAIN}$`,
    description: 'DNS domain of the cluster, for the addresses in the status.',
  }),
});

/** What rendering depends on besides the parent. */
export interface RenderSettings {
  /** Container resources of a server that names none. */
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  /** User, group and fsGroup; undefined leaves them to the image. */
  runAsUser: number | undefined;
  progressDeadlineSeconds: number;
  clusterDomain: string;
}

/** What the listening service depends on. */
export interface ServiceSettings {
  host: string;
  port: number;
  logLevel: string;
  tls: { certFile: string; keyFile: string } | undefined;
  tokenFile: string;
  previousTokenFile: string;
  revision: string;
  bodyLimitBytes: number;
  maxInFlight: number;
  maxEventLoopDelayMs: number;
}

export interface Settings {
  render: RenderSettings;
  service: ServiceSettings;
}

/** A variable that cannot be used; the message names it, what it says and what it should. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * @param env variables by name, as `process.env`; those that are not ours are passed over.
 * @throws SettingsError naming every variable that is wrong, and how.
 */
export function loadSettings(env: Record<string, string | undefined>): Settings {
  const own = Object.fromEntries(
    Object.keys(Environment.properties)
      .filter((name) => env[name] !== undefined)
      .map((name) => [
        name,
        numeric(name) && /^\d+$/.test(env[name]!.trim()) ? Number(env[name]) : env[name],
      ]),
  );
  const values = Value.Default(Environment, own) as Static<typeof Environment>;
  const problems = new Map<string, string>();
  for (const error of Value.Errors(Environment, values)) {
    const name = error.path.slice(1);
    if (!problems.has(name)) problems.set(name, `${name}=${shown(error.value)}: ${expected(name)}`);
  }
  if (problems.size === 0) {
    for (const name of [
      'MCP_CPU_REQUEST',
      'MCP_MEMORY_REQUEST',
      'MCP_CPU_LIMIT',
      'MCP_MEMORY_LIMIT',
    ] as const) {
      try {
        if (values[name] !== '') canonicalQuantity(values[name]);
      } catch {
        problems.set(
          name,
          `${name}=${shown(values[name])}: must be an amount such as 500m or 64Mi, or empty`,
        );
      }
    }
    for (const amount of ['CPU', 'MEMORY'] as const) {
      const [request, limit] = [values[`MCP_${amount}_REQUEST`], values[`MCP_${amount}_LIMIT`]];
      if (problems.size > 0 || request === '' || limit === '' || compareQuantities(request, limit) <= 0)
        continue;
      const name = `MCP_${amount}_REQUEST`;
      problems.set(
        name,
        `${name}=${shown(request)}: must not be more than MCP_${amount}_LIMIT, ${shown(limit)}`,
      );
    }
    if ((values.TLS_CERT_FILE === '') !== (values.TLS_KEY_FILE === '')) {
      problems.set('TLS', 'TLS_CERT_FILE and TLS_KEY_FILE go together: set both or neither');
    }
    if (values.PREVIOUS_TOKEN_FILE !== '' && values.TOKEN_FILE === '') {
      problems.set('TOKEN', 'PREVIOUS_TOKEN_FILE needs TOKEN_FILE');
    }
  }
  if (problems.size > 0) throw new SettingsError([...problems.values()].join('\n'));

  return {
    render: {
      resources: {
        requests: amounts({ cpu: values.MCP_CPU_REQUEST, memory: values.MCP_MEMORY_REQUEST }),
        limits: amounts({ cpu: values.MCP_CPU_LIMIT, memory: values.MCP_MEMORY_LIMIT }),
      },
      runAsUser: values.MCP_RUN_AS_USER === '' ? undefined : values.MCP_RUN_AS_USER,
      progressDeadlineSeconds: values.MCP_PROGRESS_DEADLINE_SECONDS,
      clusterDomain: values.MCP_CLUSTER_DOMAIN,
    },
    service: {
      host: values.HOST,
      port: values.PORT,
      logLevel: values.LOG_LEVEL,
      tls:
        values.TLS_CERT_FILE === ''
          ? undefined
          : { certFile: values.TLS_CERT_FILE, keyFile: values.TLS_KEY_FILE },
      tokenFile: values.TOKEN_FILE,
      previousTokenFile: values.PREVIOUS_TOKEN_FILE,
      revision: values.REVISION,
      bodyLimitBytes: values.BODY_LIMIT_BYTES,
      maxInFlight: values.MAX_IN_FLIGHT,
      maxEventLoopDelayMs: values.MAX_EVENT_LOOP_DELAY_MS,
    },
  };
}

type Name = keyof typeof Environment.properties;

function numeric(name: string): boolean {
  return typeof Environment.properties[name as Name].default === 'number';
}

function expected(name: string): string {
  const schema: TSchema = Environment.properties[name as Name];
  if (schema.anyOf && name === 'LOG_LEVEL') {
    return `must be one of ${schema.anyOf.map((level: { const?: unknown }) => level.const).join(', ')}`;
  }
  if (schema.anyOf) return 'must be a user id above 0, or empty';
  if (schema.pattern) return 'must be a domain name';
  return schema.type === 'integer'
    ? `must be a whole number from ${schema.minimum} to ${schema.maximum}`
    : 'must be text';
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 120);
}

function amounts(given: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, amount]) => amount !== '')
      .map(([name, amount]) => [name, canonicalQuantity(amount, 'm')]),
  );
}
