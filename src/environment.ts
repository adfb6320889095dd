/**
 * Every variable that the service reads: its form, meaning and default. The reference and the chart's schema follow from it.
 * Everything under `MCP_` is a matter of rendering and belongs to the configuration digest behind `REVISION`.
 */
import { Type } from '@sinclair/typebox';
import { IMAGE, REGISTRY_URL } from './api/image.ts';
import { DNS1123_LABEL, DNS1123_SUBDOMAIN, QUANTITY } from './api/schema.ts';
import { DURATION, GATEWAY_DURATION, HOST, KEY, LABEL_KEY, OTLP_ENDPOINT } from './api/syntax.ts';

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
/** Whether a request is within its limit is for the hook to say. */
const amount = (initial: string, description: string) =>
  form(QUANTITY, 'an amount such as 500m or 64Mi', description, initial);
const image = (initial: string, description: string) =>
  Type.String({
    default: initial,
    maxLength: 1024,
    pattern: IMAGE,
    hint: 'an image reference such as registry.example.com/node:24-slim',
    description,
  });
/** Without credentials, which everybody would read who may read a Deployment. */
const HTTP_URL = '^https?://[^\\s@]+$';
const NAME = `^${DNS1123_SUBDOMAIN}$`;
const NAMES = `^${DNS1123_SUBDOMAIN}( *, *${DNS1123_SUBDOMAIN})*$`;
const PORT = '(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})';
const PORTS = `^${PORT}( *, *${PORT})*$`;
/** A name of a namespace has no dots, so an address without its `/` is not taken for one. */
const PEER = `(${DNS1123_LABEL}|[0-9a-f.:]+/[0-9]{1,3})`;
const PEERS = `^${PEER}( *, *${PEER})*$`;
const LABELS = `^${LABEL_KEY}=[A-Za-z0-9._-]{0,63}( *, *${LABEL_KEY}=[A-Za-z0-9._-]{0,63})*$`;

/**
 * Kinds of child that a cluster has only where somebody installed them, by the name of their resource, and what is set up only
 * where it is wanted. One list, here in `FEATURES`, goes with the same kinds in the childResources of the CompositeControllers.
 */
export const FEATURES = [
  'externalsecrets',
  'servicemonitors',
  'httproutes',
  'backendtlspolicies',
  'middlewares',
  'catalogs',
] as const;
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
  TLS_CA_FILE: text(
    'CA, PEM, by which callers know the certificate; read at start. A renewed certificate that it did not sign is not served: callers get to know another CA with another revision.',
  ),
  TOKEN_FILE: text('File with the bearer token that hook routes ask for. Empty: none is asked for.'),
  PREVIOUS_TOKEN_FILE: text('File with a second token that is accepted during a rotation; may be absent.'),
  CLIENT_CA_FILE: text(
    'CA, PEM, of the client certificate that callers of the hook routes have to show, besides a token where that is asked for. Empty: they need none. It needs TLS.',
  ),
  CLIENT_NAMES: text(
    'Common names or DNS names, with commas between, one of which that certificate must have. Empty: every one of that CA will do.',
  ),
  ADMISSION_CLIENT_CA_FILE: text(
    'CA, PEM, of the client certificate that the API server has to show to the webhook. Empty: it needs none. It needs TLS and an ADMISSION_PORT.',
  ),
  ADMISSION_CLIENT_NAMES: text('Names of that certificate, as in CLIENT_NAMES.'),
  REVISION: text('Answer only hook calls with this `?rev=`, others with 429. Empty: answer all.'),
  BODY_LIMIT_BYTES: whole('Largest request body.', 32 * 1024 * 1024, 1024),
  MAX_IN_FLIGHT: whole(
    'Hook calls in work at once, and as many of the webhook; more are answered with 429.',
    100,
    1,
  ),
  MAX_EVENT_LOOP_DELAY_MS: Type.Union([Type.Literal(0), Type.Integer({ minimum: 10, maximum: 2147483647 })], {
    default: 500,
    hint: '0, or a whole number from 10 on',
    description:
      'Mean event-loop delay above which hook calls are answered with 429. A second in which it could not be measured, for the loop stood still, is above every limit. 0: there is none.',
  }),
  FEATURES: Type.String({
    default: '',
    pattern: `^ *,* *((${FEATURES.join('|')}) *,* *)*$`,
    hint: `some of ${FEATURES.join(', ')}, with commas between, or empty`,
    description:
      "Optional kinds that the cluster has, by resource: `externalsecrets`, `servicemonitors`, `httproutes`, `backendtlspolicies`, `middlewares` (Traefik's); and `catalogs`, with which MCPCatalogs are served. The CompositeControllers must have the same.",
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
  MCP_APPLY_STRATEGY: choice(
    ['', 'dynamic-apply', 'server-side-apply'],
    "Metacontroller's own `--apply-strategy`. Under dynamic apply nothing is written into an object not owned by the server, so the names of children need not be watched, which spares Metacontroller much work with many servers. Empty: not known, and they are. Chart and overlays set `dynamic-apply`.",
    '',
  ),
  MCP_RELATE_PODS: choice(
    ['true', 'late', 'false'],
    'Whether the message of a server that is not ready says what its pods say. `true`: at once, which costs Metacontroller about three syncs per rollout, and a look through all servers at each change of a pod. `late`: once nothing has moved for twenty seconds; rollouts that go well cost nothing then. `false`: never. Chart and overlays set `late`.',
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
  MCP_DNS_PORTS: Type.Union(
    [Type.Integer({ minimum: 1, maximum: 65535 }), Type.String({ maxLength: 1024, pattern: PORTS })],
    {
      default: 53,
      hint: 'a port from 1 to 65535, or several with commas between',
      description:
        'Ports at which the pods of DNS listen: servers with `networkPolicy.egressTo` are let out there by UDP and TCP. The port of their Service does not matter. OpenShift: 5353.',
    },
  ),
  MCP_DNS_PEERS: form(
    PEERS,
    'names of namespaces and ranges such as 169.254.20.10/32 with commas between',
    'Where DNS runs: servers with `networkPolicy.egressTo` are let out to nobody else at these ports. Empty: to everybody.',
  ),
  MCP_ROUTE_SCHEME: choice(
    ['http', 'https'],
    'What Gateways speak, for the address of servers whose `route` does not say.',
    'https',
  ),
  MCP_ROUTE_REQUEST_TIMEOUT: form(
    GATEWAY_DURATION,
    'a duration such as 30s or 1h30m',
    'Time limit of requests to servers whose `route` has no `timeouts`. `0s`: as long as a stream stays open. Empty: the route says nothing of it, for Gateways that refuse it (GKE).',
    '0s',
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
    OTLP_ENDPOINT,
    'an address such as http://otel-collector.observability:4317',
    'OTLP endpoint of servers whose `observability.tracing` names none; http where it names no scheme.',
  ),
  MCP_DEFAULT_ENV: Type.String({
    default: '',
    maxLength: 32768,
    hint: 'a JSON object of variables, such as {"HTTPS_PROXY": "http://proxy.example.com:3128"}, every value a string, or empty',
    description:
      'Environment variables of every container of every server, the proxies of a company for example. What a spec says by `env`, `secrets` or `config` wins.',
  }),
  MCP_RUNTIME_IMAGE: form(
    IMAGE,
    'an image reference such as registry.example.com/smooth-operator-runtime:1.2.3',
    "Image of `smooth-runtime`, of the operator's own release: a pod of it asks each server after a rollout what it is, so pods must be among the CompositeController's childResources, where chart and component put them; and it brings the bridge to servers that speak stdio. Chart and overlays name it. Empty: no server is asked, and those that speak stdio are not started.",
  ),
  MCP_RUNTIME_PULL_SECRET: form(
    NAME,
    'the name of a Secret',
    'Secret of their namespace that pods pull that image with, beside what a server names. Empty: none.',
  ),
  MCP_NPM_IMAGE: image(
    'docker.io/library/node:24-slim',
    'Image in which servers with a `package` of npm are installed and run: Node.js and npm.',
  ),
  MCP_NPM_REGISTRY: form(
    HTTP_URL,
    'an address such as https://npm.example.com/',
    "Registry that these packages come from, such as a mirror. Empty: npm's own.",
  ),
  MCP_PYPI_IMAGE: image(
    'ghcr.io/astral-sh/uv:0.12-python3.13-trixie-slim',
    'Image in which servers with a `package` of PyPI are installed and run: Python and uv.',
  ),
  MCP_PYPI_INDEX: form(
    HTTP_URL,
    'an address such as https://pypi.example.com/simple',
    "Index that these packages come from, such as a mirror. Empty: PyPI's own.",
  ),
  MCP_TRUST_BUNDLE_CONFIGMAP: form(
    NAME,
    'the name of a ConfigMap',
    "ConfigMap of a server's namespace with the CAs that its containers trust, as trust-manager makes it in every namespace: mounted read-only, and named by SSL_CERT_FILE, NODE_EXTRA_CA_CERTS and REQUESTS_CA_BUNDLE. Pods wait for it. Empty: none.",
  ),
  MCP_TRUST_BUNDLE_KEY: Type.String({
    default: 'ca.crt',
    maxLength: 253,
    pattern: KEY,
    hint: 'a key such as ca.crt',
    description: 'Key of that ConfigMap: certificates, PEM, those of public CAs among them.',
  }),
  MCP_CPU_REQUEST: amount('50m', 'CPU request of servers that name no `resources`. Empty: none.'),
  MCP_MEMORY_REQUEST: amount('64Mi', 'Memory request of servers that name no `resources`. Empty: none.'),
  MCP_CPU_LIMIT: amount('500m', 'CPU limit of servers that name no `resources`. Empty: none.'),
  MCP_MEMORY_LIMIT: amount('256Mi', 'Memory limit of servers that name no `resources`. Empty: none.'),
  MCP_STDIO_MEMORY_REQUEST: amount(
    '256Mi',
    'Memory request of servers that speak stdio or are a `package`, and name no `resources`: the bridge, and two processes; or the installation. Empty: none.',
  ),
  MCP_STDIO_MEMORY_LIMIT: amount(
    '1Gi',
    'Memory limit of servers that speak stdio or are a `package`, and name no `resources`. By it goes how many sessions of stdio a pod takes. Empty: none.',
  ),
  MCP_RUN_AS_USER: Type.Union([Type.Literal(''), Type.Integer({ minimum: 1, maximum: 2147483647 })], {
    default: 1000,
    hint: 'a user id above 0, or empty',
    description:
      'User, group and fsGroup of pods that name none. Empty: what the image or the platform (OpenShift) says.',
  }),
  MCP_CATALOG_GRACE_SECONDS: whole(
    'Seconds for which a server that is no longer Ready stays in the catalogs that have it, so that one that comes and goes does not rewrite them each time. One that is deleted leaves at once.',
    30,
    0,
    3600,
  ),
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
