/** What the environment decides: read once at start, checked by its schema, passed on as an argument. */
import { readFileSync } from 'node:fs';
import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { NO_RANGE, rangeOf } from './api/cidr.ts';
import { type Policy, PolicyError, parsePolicy } from './api/policy.ts';
import { canonicalQuantity, compareQuantities } from './api/quantity.ts';
import { ENV_NAME } from './api/syntax.ts';
import { Environment, type Feature } from './environment.ts';

const RELATE_PODS: Record<string, RenderSettings['relatePods']> = {
  true: 'always',
  late: 'late',
  false: 'never',
};

/** As Metacontroller's `--apply-strategy` has them; empty where it is not known, and `dev` where there is none. */
export type ApplyStrategy = '' | 'dynamic-apply' | 'server-side-apply' | 'dev';

/** What rendering depends on besides the parent. */
export interface RenderSettings {
  /** Container resources of a server that names none. */
  resources: { requests: Record<string, string>; limits: Record<string, string> };
  /** The same, of one that speaks stdio, with a bridge and a process for each session, or that is a package and installed. */
  stdioResources: { requests: Record<string, string>; limits: Record<string, string> };
  /** User, group and fsGroup; undefined leaves them to the image. */
  runAsUser: number | undefined;
  progressDeadlineSeconds: number;
  /** How long a server that is no longer Ready stays in catalogs. */
  catalogGraceSeconds: number;
  clusterDomain: string;
  /** Optional kinds that the cluster has. */
  features: ReadonlySet<Feature>;
  /** How the children are applied. */
  applyStrategy: ApplyStrategy;
  /** Whether the pods of a server are looked at: always, only while it is late, or never. */
  relatePods: 'always' | 'late' | 'never';
  registry: { provisioned: string; pullSecret: string };
  /** `name` is empty where there is no default store. */
  secretStore: { name: string; kind: 'SecretStore' | 'ClusterSecretStore'; refreshInterval: string };
  /** An empty one asks for nothing. */
  policy: Policy;
  /** Empty: digests are salted with the uid of their Secret. */
  secretDigestKey: string;
  ingress: { className: string; host: string; strict: boolean; namespaces: readonly string[] };
  /** What `egressTo` lets out besides. Without namespaces and ranges: to everybody at these ports. */
  dns: { ports: readonly number[]; namespaces: readonly string[]; ranges: readonly string[] };
  routeScheme: 'http' | 'https';
  /** Empty: routes say nothing of it. */
  routeRequestTimeout: string;
  monitoring: { namespaces: readonly string[]; serviceMonitorLabels: Readonly<Record<string, string>> };
  /** Empty: none. */
  otlpEndpoint: string;
  /** Variables of every container, by name. */
  defaultEnv: Readonly<Record<string, string>>;
  /** Of what runs beside the servers; empty where there is none. */
  runtimeImage: string;
  /** Of the namespaces of servers; empty where they need none. */
  runtimePullSecret: string;
  /** What servers that are packages are installed and run with; where from is empty for the image's own default. */
  packages: { npmImage: string; npmRegistry: string; pypiImage: string; pypiIndex: string };
  /** `configMap` is empty where there is none. */
  trustBundle: { configMap: string; key: string };
}

/** Which client certificates are let in. */
export interface ClientCertificates {
  caFile: string;
  /** Empty: every one of that CA. */
  names: readonly string[];
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
  tls: { certFile: string; keyFile: string; caFile: string } | undefined;
  tokenFile: string;
  previousTokenFile: string;
  /** Asked of callers of the hook routes; undefined: of nobody. */
  clients: ClientCertificates | undefined;
  /** Asked of the API server at `admissionPort`; undefined: nothing is. */
  admissionClients: ClientCertificates | undefined;
  revision: string;
  bodyLimitBytes: number;
  maxInFlight: number;
  /** 0: no limit. */
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
    for (const amount of ['MCP_CPU', 'MCP_MEMORY', 'MCP_STDIO_MEMORY'] as const) {
      const [request, limit] = [values[`${amount}_REQUEST`], values[`${amount}_LIMIT`]];
      if (request === '' || limit === '' || compareQuantities(request, limit) <= 0) continue;
      const name = `${amount}_REQUEST`;
      problems.set(name, `${name}=${shown(request)}: must not be more than ${amount}_LIMIT, ${shown(limit)}`);
    }
    for (const [name, problem] of contradictions(values)) problems.set(name, problem);
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
  const defaultEnv = variablesOf(values.MCP_DEFAULT_ENV);
  if (!defaultEnv) {
    const name = 'MCP_DEFAULT_ENV';
    problems.set(name, `${name}=${shown(values[name])}: ${expected(name)}`);
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
      stdioResources: {
        requests: amounts({ cpu: values.MCP_CPU_REQUEST, memory: values.MCP_STDIO_MEMORY_REQUEST }),
        limits: amounts({ cpu: values.MCP_CPU_LIMIT, memory: values.MCP_STDIO_MEMORY_LIMIT }),
      },
      runAsUser: values.MCP_RUN_AS_USER === '' ? undefined : values.MCP_RUN_AS_USER,
      progressDeadlineSeconds: values.MCP_PROGRESS_DEADLINE_SECONDS,
      catalogGraceSeconds: values.MCP_CATALOG_GRACE_SECONDS,
      clusterDomain: values.MCP_CLUSTER_DOMAIN,
      features: new Set(entries(values.FEATURES) as Feature[]),
      applyStrategy: values.MCP_APPLY_STRATEGY as ApplyStrategy,
      relatePods: RELATE_PODS[values.MCP_RELATE_PODS]!,
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
      dns: {
        ports: entries(String(values.MCP_DNS_PORTS)).map(Number),
        namespaces: entries(values.MCP_DNS_PEERS).filter((peer) => !isRange(peer)),
        ranges: entries(values.MCP_DNS_PEERS).filter(isRange),
      },
      routeScheme: values.MCP_ROUTE_SCHEME as 'http' | 'https',
      routeRequestTimeout: values.MCP_ROUTE_REQUEST_TIMEOUT,
      monitoring: {
        namespaces: entries(values.MCP_MONITORING_NAMESPACES),
        serviceMonitorLabels: Object.fromEntries(
          entries(values.MCP_SERVICE_MONITOR_LABELS).map((pair) => pair.split('=', 2) as [string, string]),
        ),
      },
      otlpEndpoint: values.MCP_OTLP_ENDPOINT,
      defaultEnv: defaultEnv!,
      runtimeImage: values.MCP_RUNTIME_IMAGE,
      runtimePullSecret: values.MCP_RUNTIME_PULL_SECRET,
      packages: {
        npmImage: values.MCP_NPM_IMAGE,
        npmRegistry: values.MCP_NPM_REGISTRY,
        pypiImage: values.MCP_PYPI_IMAGE,
        pypiIndex: values.MCP_PYPI_INDEX,
      },
      trustBundle: { configMap: values.MCP_TRUST_BUNDLE_CONFIGMAP, key: values.MCP_TRUST_BUNDLE_KEY },
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
          : { certFile: values.TLS_CERT_FILE, keyFile: values.TLS_KEY_FILE, caFile: values.TLS_CA_FILE },
      tokenFile: values.TOKEN_FILE,
      previousTokenFile: values.PREVIOUS_TOKEN_FILE,
      clients: clientsOf(values.CLIENT_CA_FILE, values.CLIENT_NAMES),
      admissionClients: clientsOf(values.ADMISSION_CLIENT_CA_FILE, values.ADMISSION_CLIENT_NAMES),
      revision: values.REVISION,
      bodyLimitBytes: values.BODY_LIMIT_BYTES,
      maxInFlight: values.MAX_IN_FLIGHT,
      maxEventLoopDelayMs: values.MAX_EVENT_LOOP_DELAY_MS,
    },
  };
}

function clientsOf(caFile: string, names: string): ClientCertificates | undefined {
  return caFile === '' ? undefined : { caFile, names: entries(names) };
}

/** Variables that do not go together, each by a name of its own. */
function* contradictions(values: Static<typeof Environment>): Iterable<[string, string]> {
  if ((values.TLS_CERT_FILE === '') !== (values.TLS_KEY_FILE === '')) {
    yield ['TLS', 'TLS_CERT_FILE and TLS_KEY_FILE go together: set both or neither'];
  }
  if (values.TLS_CA_FILE !== '' && values.TLS_CERT_FILE === '') {
    yield ['TLS_CA_FILE', 'TLS_CA_FILE needs TLS_CERT_FILE'];
  }
  if (values.PREVIOUS_TOKEN_FILE !== '' && values.TOKEN_FILE === '') {
    yield ['TOKEN', 'PREVIOUS_TOKEN_FILE needs TOKEN_FILE'];
  }
  for (const whose of ['', 'ADMISSION_'] as const) {
    const [file, names] = [`${whose}CLIENT_CA_FILE`, `${whose}CLIENT_NAMES`] as const;
    if (values[file] !== '' && values.TLS_CERT_FILE === '') yield [file, `${file} needs TLS_CERT_FILE`];
    if (values[names] !== '' && values[file] === '') yield [names, `${names} needs ${file}`];
    // Without a name every certificate would do.
    if (values[names] !== '' && entries(values[names]).length === 0) {
      yield [names, `${names}=${shown(values[names])}: must have a name, or be empty`];
    }
  }
  const noRange = entries(values.MCP_DNS_PEERS).find((peer) => isRange(peer) && !rangeOf(peer));
  if (noRange !== undefined) {
    yield ['MCP_DNS_PEERS', `MCP_DNS_PEERS=${shown(values.MCP_DNS_PEERS)}: ${shown(noRange)} ${NO_RANGE}`];
  }
  // A listener trusts one CA for its callers: together, the one's certificates would be good for the other's routes.
  if (values.ADMISSION_CLIENT_CA_FILE !== '' && values.ADMISSION_PORT === '') {
    yield ['ADMISSION_PORT', 'ADMISSION_CLIENT_CA_FILE needs ADMISSION_PORT'];
  }
  const taken = new Map<number, string>();
  for (const name of ['PORT', 'ADMISSION_PORT', 'METRICS_PORT'] as const) {
    const port = values[name];
    // The system chooses another each time for 0.
    if (port === '' || port === 0) continue;
    const other = taken.get(port);
    if (other) yield [name, `${name}=${port}: must be another than ${other}, or empty`];
    taken.set(port, name);
  }
}

type Name = keyof typeof Environment.properties;

function numeric(name: string): boolean {
  const { default: initial, anyOf } = Environment.properties[name as Name] as TSchema;
  return typeof initial === 'number' || anyOf?.some(({ type }: TSchema) => type === 'integer') === true;
}

function expected(name: string): string {
  const schema: TSchema = Environment.properties[name as Name];
  if (schema.hint) return `must be ${schema.hint}`;
  if (schema.anyOf) {
    return `must be one of ${schema.anyOf.map((value: { const?: unknown }) => value.const).join(', ')}`;
  }
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

function isRange(peer: string): boolean {
  return peer.includes('/');
}

/** @returns undefined where it is no JSON object of variables. */
function variablesOf(json: string): Record<string, string> | undefined {
  if (json.trim() === '') return {};
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const isVariable = new RegExp(ENV_NAME);
  const good = Object.entries(given).every(
    ([name, value]) => isVariable.test(name) && typeof value === 'string' && value.isWellFormed(),
  );
  return good ? (given as Record<string, string>) : undefined;
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
