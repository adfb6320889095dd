/**
 * What the environment decides: read once at start, checked by one schema, passed on as an argument.
 * Everything under `MCP_` is a matter of rendering and belongs to the configuration digest behind `REVISION`.
 */
import { readFileSync } from 'node:fs';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { REGISTRY_URL } from './api/image.ts';
import { type Policy, PolicyError, parsePolicy } from './api/policy.ts';
import { canonicalQuantity, compareQuantities } from './api/quantity.ts';
import { DNS1123_SUBDOMAIN } from './api/schema.ts';
import { DURATION, HOST, LABEL_KEY } from './api/syntax.ts';

const text = (description: string, initial = '') => Type.String({ default: initial, description });
/** Text of one form, or nothing. */
const form = (pattern: string, hint: string, description: string, initial = '') =>
  Type.String({
    default: initial,
    maxLength: 1024,
    pattern: `^$|${pattern}`,
    hint: `${hint}, or empty`,
    description,
  });
const choice = (values: readonly string[], description: string, initial: string) =>
  Type.Union(
    values.map((value) => Type.Literal(value)),
    { default: initial, description },
  );
const NAME = `^${DNS1123_SUBDOMAIN}$`;
const NAMES = `^${DNS1123_SUBDOMAIN}( *, *${DNS1123_SUBDOMAIN})*$`;
const LABELS = `^${LABEL_KEY}=[A-Za-z0-9._-]{0,63}( *, *${LABEL_KEY}=[A-Za-z0-9._-]{0,63})*$`;

/**
 * Kinds of child that a cluster has only where somebody installed them, by the name of their resource. One list, here in
 * `FEATURES`, goes with the same kinds in the CompositeController's childResources.
 */
export const FEATURES = ['externalsecrets', 'servicemonitors', 'httproutes', 'middlewares'] as const;
export type Feature = (typeof FEATURES)[number];

const whole = (description: string, initial: number, minimum: number, maximum = 2147483647) =>
  Type.Integer({ default: initial, minimum, maximum, description });

const ownPort = (what: string) =>
  Type.Union([Type.Literal(''), Type.Integer({ minimum: 0, maximum: 65535 })], {
    default: '',
    hint: 'a port, or empty',
    description: `A port of its own for ${what}. Empty: it is at PORT.`,
  });

/** Every variable that the service reads, with its meaning and default. */
export const Environment = Type.Object({
  HOST: text('Address to listen on.', '0.0.0.0'),
  PORT: whole('Port to listen on.', 8080, 0, 65535),
  ADMISSION_PORT: ownPort(
    'the admission webhook, for network policies that let in the API server there and nowhere else',
  ),
  METRICS_PORT: ownPort('`/metrics` and `/docs`'),
  LOG_LEVEL: choice(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'Least level that is logged; `debug` shows every sync.',
    'info',
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
  FEATURES: Type.String({
    default: '',
    pattern: `^ *,* *((${FEATURES.join('|')}) *,* *)*$`,
    hint: `some of ${FEATURES.join(', ')}, with commas between, or empty`,
    description:
      "Optional kinds that the cluster has, by resource: `externalsecrets`, `servicemonitors`, `httproutes`, `middlewares` (Traefik's). The CompositeController must have the same.",
  }),
  POLICY_FILE: text(
    'File with the policy that every server is held to, YAML; docs/policy.md. Empty: none. It is read at start, so a change of it is a new revision.',
  ),
  SECRET_DIGEST_KEY_FILE: text(
    "File with a key for the digests by which a rotated Secret rolls the pods. Empty: the Secret's uid is the salt.",
  ),
  PROVISIONED_REGISTRY_URL: form(
    REGISTRY_URL,
    'a registry such as registry.example.com:5000/mirror',
    'Registry of servers with `useProvisionedRegistry`.',
  ),
  PROVISIONED_PULL_SECRET: form(
    NAME,
    'the name of a Secret',
    'Secret of their namespace that they pull with, where they name none.',
  ),
  MCP_RELATE_PODS: choice(
    ['true', 'false'],
    'Whether the message of a server that is not ready says what its pods say. Costs about three syncs per rollout.',
    'true',
  ),
  MCP_SECRET_STORE_NAME: form(
    NAME,
    'the name of a secret store',
    'Secret store of servers with `secrets` that name none.',
  ),
  MCP_SECRET_STORE_KIND: choice(
    ['SecretStore', 'ClusterSecretStore'],
    'Kind of that store.',
    'ClusterSecretStore',
  ),
  MCP_SECRET_REFRESH_INTERVAL: Type.String({
    default: '1h',
    pattern: DURATION,
    hint: 'a whole number with s, m or h',
    description: 'How often `secrets` are fetched again.',
  }),
  MCP_DEFAULT_INGRESS_CLASS: form(
    NAME,
    'the name of an IngressClass',
    "IngressClass of servers whose `ingress` names none. Empty: the cluster's own default.",
    'traefik',
  ),
  MCP_DEFAULT_INGRESS_HOST: form(HOST, 'a host name', 'Host of servers whose `ingress` names none.'),
  MCP_INGRESS_READINESS_MODE: choice(
    ['strict', 'permissive'],
    'An Ingress is ready when its controller has given it an address (strict), or when it is there (permissive).',
    'strict',
  ),
  MCP_INGRESS_NAMESPACES: form(
    NAMES,
    'names of namespaces with commas between',
    'Where ingress controllers and gateways run, which reach servers with `ingress` or `route` past a NetworkPolicy.',
    'traefik,ingress-nginx,istio-system,kube-system',
  ),
  MCP_ROUTE_SCHEME: choice(
    ['http', 'https'],
    'What Gateways speak, for the address of servers whose `route` does not say.',
    'https',
  ),
  MCP_MONITORING_NAMESPACES: form(
    NAMES,
    'names of namespaces with commas between',
    'Where Prometheus runs, which reaches servers with metrics past a NetworkPolicy.',
    'monitoring',
  ),
  MCP_SERVICE_MONITOR_LABELS: form(
    LABELS,
    'labels such as release=prometheus with commas between',
    'Labels of every ServiceMonitor, by which a Prometheus selects.',
  ),
  MCP_OTLP_ENDPOINT: form(
    '^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[^ \\t\\r\\n]*)?$',
    'an address such as http://otel-collector.observability:4317',
    'OTLP endpoint of servers whose `observability.tracing` names none.',
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
    pattern: NAME,
    hint: 'a domain name',
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
  /** Optional kinds that the cluster has. */
  features: ReadonlySet<Feature>;
  /** Whether servers relate their pods. */
  relatePods: boolean;
  registry: { provisioned: string; pullSecret: string };
  /** `name` is empty where there is no default store. */
  secretStore: { name: string; kind: 'SecretStore' | 'ClusterSecretStore'; refreshInterval: string };
  /** An empty one asks for nothing. */
  policy: Policy;
  /** Empty: digests are salted with the uid of their Secret. */
  secretDigestKey: string;
  ingress: { className: string; host: string; strict: boolean; namespaces: readonly string[] };
  routeScheme: 'http' | 'https';
  monitoring: { namespaces: readonly string[]; serviceMonitorLabels: Readonly<Record<string, string>> };
  /** Empty: none. */
  otlpEndpoint: string;
}

/** What the listening service depends on. */
export interface ServiceSettings {
  host: string;
  port: number;
  /** Undefined: at `port`. */
  admissionPort: number | undefined;
  /** Undefined: at `port`. */
  metricsPort: number | undefined;
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
 * @param read gives the text of a file that a variable names.
 * @throws SettingsError naming every variable that is wrong, and how.
 */
export function loadSettings(
  env: Record<string, string | undefined>,
  read: (file: string) => string = (file) => readFileSync(file, 'utf8'),
): Settings {
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
  const fileOf = (name: 'SECRET_DIGEST_KEY_FILE' | 'POLICY_FILE'): string | undefined => {
    if (values[name] === '') return undefined;
    try {
      return read(values[name]);
    } catch (error) {
      problems.set(name, `${name}=${shown(values[name])}: cannot be read: ${(error as Error).message}`);
      return undefined;
    }
  };
  const secretDigestKey = fileOf('SECRET_DIGEST_KEY_FILE')?.trim();
  if (secretDigestKey === '') {
    problems.set('SECRET_DIGEST_KEY_FILE', 'SECRET_DIGEST_KEY_FILE: the file is empty');
  }
  let policy: Policy = {};
  try {
    policy = parsePolicy(fileOf('POLICY_FILE') ?? '');
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const lines = error.message.split('\n').map((line) => `POLICY_FILE=${values.POLICY_FILE}: ${line}`);
    problems.set('POLICY_FILE', lines.join('\n'));
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
      features: new Set(entries(values.FEATURES) as Feature[]),
      relatePods: values.MCP_RELATE_PODS === 'true',
      registry: { provisioned: values.PROVISIONED_REGISTRY_URL, pullSecret: values.PROVISIONED_PULL_SECRET },
      secretStore: {
        name: values.MCP_SECRET_STORE_NAME,
        kind: values.MCP_SECRET_STORE_KIND as 'SecretStore' | 'ClusterSecretStore',
        refreshInterval: values.MCP_SECRET_REFRESH_INTERVAL,
      },
      policy,
      secretDigestKey: secretDigestKey ?? '',
      ingress: {
        className: values.MCP_DEFAULT_INGRESS_CLASS,
        host: values.MCP_DEFAULT_INGRESS_HOST,
        strict: values.MCP_INGRESS_READINESS_MODE === 'strict',
        namespaces: entries(values.MCP_INGRESS_NAMESPACES),
      },
      routeScheme: values.MCP_ROUTE_SCHEME as 'http' | 'https',
      monitoring: {
        namespaces: entries(values.MCP_MONITORING_NAMESPACES),
        serviceMonitorLabels: Object.fromEntries(
          entries(values.MCP_SERVICE_MONITOR_LABELS).map((pair) => pair.split('=', 2) as [string, string]),
        ),
      },
      otlpEndpoint: values.MCP_OTLP_ENDPOINT,
    },
    service: {
      host: values.HOST,
      port: values.PORT,
      admissionPort: values.ADMISSION_PORT === '' ? undefined : values.ADMISSION_PORT,
      metricsPort: values.METRICS_PORT === '' ? undefined : values.METRICS_PORT,
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
  const { default: initial, anyOf } = Environment.properties[name as Name] as TSchema;
  return typeof initial === 'number' || anyOf?.some(({ type }: TSchema) => type === 'integer') === true;
}

function expected(name: string): string {
  const schema: TSchema = Environment.properties[name as Name];
  if (schema.hint) return `must be ${schema.hint}`;
  if (schema.anyOf && name !== 'MCP_RUN_AS_USER') {
    return `must be one of ${schema.anyOf.map((value: { const?: unknown }) => value.const).join(', ')}`;
  }
  if (schema.anyOf) return 'must be a user id above 0, or empty';
  return schema.type === 'integer'
    ? `must be a whole number from ${schema.minimum} to ${schema.maximum}`
    : 'must be text';
}

/** The entries of a list with commas between. */
function entries(list: string): string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
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
