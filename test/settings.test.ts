import t from 'tap';
import { Environment } from '../src/environment.ts';
import { loadSettings } from '../src/settings.ts';

const refusal = (env: Record<string, string>) => {
  try {
    loadSettings(env);
    return '';
  } catch (error) {
    t.equal((error as Error).name, 'SettingsError');
    return (error as Error).message;
  }
};

t.test('without any variable there are defaults', async (t) => {
  t.strictSame(loadSettings({}), {
    render: {
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
      stdioResources: { requests: { cpu: '50m', memory: '256Mi' }, limits: { cpu: '500m', memory: '1Gi' } },
      runAsUser: 1000,
      progressDeadlineSeconds: 600,
      catalogGraceSeconds: 30,
      clusterDomain: 'cluster.local',
      features: new Set(),
      applyStrategy: '',
      relatePods: 'always',
      registry: { provisioned: '', pullSecret: '' },
      secretStore: { name: '', kind: 'ClusterSecretStore', refreshInterval: '1h' },
      policy: {},
      secretDigestKey: '',
      ingress: {
        className: 'traefik',
        host: '',
        strict: true,
        namespaces: ['traefik', 'ingress-nginx', 'istio-system', 'kube-system'],
      },
      dns: { ports: [53], namespaces: [], ranges: [] },
      routeScheme: 'https',
      routeRequestTimeout: '0s',
      monitoring: { namespaces: ['monitoring'], serviceMonitorLabels: {} },
      otlpEndpoint: '',
      defaultEnv: {},
      runtimeImage: '',
      runtimePullSecret: '',
      packages: {
        npmImage: 'docker.io/library/node:24-slim',
        npmRegistry: '',
        pypiImage: 'ghcr.io/astral-sh/uv:0.12-python3.13-trixie-slim',
        pypiIndex: '',
      },
      trustBundle: { configMap: '', key: 'ca.crt' },
    },
    service: {
      host: '0.0.0.0',
      port: 8080,
      admissionPort: undefined,
      metricsPort: undefined,
      logLevel: 'info',
      tls: undefined,
      tokenFile: '',
      previousTokenFile: '',
      clients: undefined,
      admissionClients: undefined,
      revision: '',
      bodyLimitBytes: 33554432,
      maxInFlight: 100,
      maxEventLoopDelayMs: 500,
    },
  });
});

const everything = {
  HOST: '127.0.0.1',
  PORT: '0',
  ADMISSION_PORT: '8443',
  METRICS_PORT: '0',
  LOG_LEVEL: 'debug',
  TLS_CERT_FILE: '/tls/tls.crt',
  TLS_KEY_FILE: '/tls/tls.key',
  TLS_CA_FILE: '/tls/ca.crt',
  TOKEN_FILE: '/token/token',
  PREVIOUS_TOKEN_FILE: '/token/previous',
  CLIENT_CA_FILE: '/client/ca.crt',
  CLIENT_NAMES: 'metacontroller, other',
  ADMISSION_CLIENT_CA_FILE: '/admission/ca.crt',
  ADMISSION_CLIENT_NAMES: 'kube-apiserver',
  REVISION: 'v1-abc',
  BODY_LIMIT_BYTES: '1024',
  MAX_IN_FLIGHT: ' 5 ',
  MAX_EVENT_LOOP_DELAY_MS: '10',
  MCP_CPU_REQUEST: '1000m',
  MCP_MEMORY_REQUEST: '1024Mi',
  MCP_CPU_LIMIT: '',
  MCP_MEMORY_LIMIT: '2Gi',
  MCP_RUN_AS_USER: '',
  MCP_CATALOG_GRACE_SECONDS: '5',
  MCP_PROGRESS_DEADLINE_SECONDS: '30',
  MCP_CLUSTER_DOMAIN: 'acme.internal',
  FEATURES: 'httproutes, externalsecrets,',
  SECRET_DIGEST_KEY_FILE: '/digest/key',
  POLICY_FILE: '/policy/policy.yaml',
  PROVISIONED_REGISTRY_URL: 'registry.acme.com:5000/mirror',
  PROVISIONED_PULL_SECRET: 'acme-pull',
  MCP_APPLY_STRATEGY: 'dynamic-apply',
  MCP_RELATE_PODS: 'false',
  MCP_SECRET_STORE_NAME: 'vault',
  MCP_SECRET_STORE_KIND: 'SecretStore',
  MCP_SECRET_REFRESH_INTERVAL: '5m',
  MCP_DEFAULT_INGRESS_CLASS: '',
  MCP_DEFAULT_INGRESS_HOST: 'mcp.acme.com',
  MCP_INGRESS_READINESS_MODE: 'permissive',
  MCP_INGRESS_NAMESPACES: 'edge',
  MCP_DNS_PORTS: '53, 5353',
  MCP_DNS_PEERS: 'openshift-dns, kube-system,169.254.20.10/32,fd00::a/128',
  MCP_ROUTE_SCHEME: 'http',
  MCP_ROUTE_REQUEST_TIMEOUT: '1h30m',
  MCP_MONITORING_NAMESPACES: '',
  MCP_SERVICE_MONITOR_LABELS: 'release=prometheus, acme.com/team=platform',
  MCP_OTLP_ENDPOINT: 'http://otel:4317',
  MCP_DEFAULT_ENV: '{"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": ""}',
  MCP_RUNTIME_IMAGE: 'registry.acme.com:5000/smooth-operator-runtime:1.2.3',
  MCP_RUNTIME_PULL_SECRET: 'runtime-pull',
  MCP_NPM_IMAGE: 'registry.acme.com/node:24',
  MCP_NPM_REGISTRY: 'https://npm.acme.com/',
  MCP_PYPI_IMAGE: 'registry.acme.com/uv:0.12',
  MCP_PYPI_INDEX: 'http://pypi.acme.com:3141/simple',
  MCP_STDIO_MEMORY_REQUEST: '512Mi',
  MCP_STDIO_MEMORY_LIMIT: '2Gi',
  MCP_TRUST_BUNDLE_CONFIGMAP: 'acme-bundle',
  MCP_TRUST_BUNDLE_KEY: 'bundle.pem',
};

t.test('every variable is heeded', async (t) => {
  t.strictSame(
    Object.keys(everything).sort(),
    Object.keys(Environment.properties).sort(),
    'this test has all',
  );
  const read = (file: string) => (file.endsWith('.yaml') ? 'requireImageTag: true' : `the key of ${file}\n`);
  t.strictSame(loadSettings({ ...everything, PATH: '/bin' }, read), {
    render: {
      resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } },
      stdioResources: { requests: { cpu: '1', memory: '512Mi' }, limits: { memory: '2Gi' } },
      runAsUser: undefined,
      progressDeadlineSeconds: 30,
      catalogGraceSeconds: 5,
      clusterDomain: 'acme.internal',
      features: new Set(['httproutes', 'externalsecrets']),
      applyStrategy: 'dynamic-apply',
      relatePods: 'never',
      registry: { provisioned: 'registry.acme.com:5000/mirror', pullSecret: 'acme-pull' },
      secretStore: { name: 'vault', kind: 'SecretStore', refreshInterval: '5m' },
      policy: { requireImageTag: true },
      secretDigestKey: 'the key of /digest/key',
      ingress: { className: '', host: 'mcp.acme.com', strict: false, namespaces: ['edge'] },
      dns: {
        ports: [53, 5353],
        namespaces: ['openshift-dns', 'kube-system'],
        ranges: ['169.254.20.10/32', 'fd00::a/128'],
      },
      routeScheme: 'http',
      routeRequestTimeout: '1h30m',
      monitoring: {
        namespaces: [],
        serviceMonitorLabels: { release: 'prometheus', 'acme.com/team': 'platform' },
      },
      otlpEndpoint: 'http://otel:4317',
      defaultEnv: { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '' },
      runtimeImage: 'registry.acme.com:5000/smooth-operator-runtime:1.2.3',
      runtimePullSecret: 'runtime-pull',
      packages: {
        npmImage: 'registry.acme.com/node:24',
        npmRegistry: 'https://npm.acme.com/',
        pypiImage: 'registry.acme.com/uv:0.12',
        pypiIndex: 'http://pypi.acme.com:3141/simple',
      },
      trustBundle: { configMap: 'acme-bundle', key: 'bundle.pem' },
    },
    service: {
      host: '127.0.0.1',
      port: 0,
      admissionPort: 8443,
      metricsPort: 0,
      logLevel: 'debug',
      tls: { certFile: '/tls/tls.crt', keyFile: '/tls/tls.key', caFile: '/tls/ca.crt' },
      tokenFile: '/token/token',
      previousTokenFile: '/token/previous',
      clients: { caFile: '/client/ca.crt', names: ['metacontroller', 'other'] },
      admissionClients: { caFile: '/admission/ca.crt', names: ['kube-apiserver'] },
      revision: 'v1-abc',
      bodyLimitBytes: 1024,
      maxInFlight: 5,
      maxEventLoopDelayMs: 10,
    },
  });
});

const wrong: [name: string, values: string[]][] = [
  ['PORT', ['', 'http', '-1', '65536', '80.5', '0x50', '1e3']],
  ['LOG_LEVEL', ['', 'verbose', 'INFO']],
  ['BODY_LIMIT_BYTES', ['0', '1023', '32Mi', '99999999999999999999']],
  ['MAX_IN_FLIGHT', ['0', '-1', 'many']],
  ['MAX_EVENT_LOOP_DELAY_MS', ['-1', '9', '1s']],
  ['MCP_RUNTIME_IMAGE', ['Acme/Runtime', 'acme/runtime:', 'acme runtime']],
  ['MCP_NPM_IMAGE', ['', 'Acme/Node']],
  ['MCP_NPM_REGISTRY', ['npm.acme.com', 'https://me:secret@npm.acme.com', 'https://npm.acme.com/ x']],
  ['MCP_PYPI_IMAGE', ['', 'uv:']],
  ['MCP_PYPI_INDEX', ['file:///srv/simple']],
  ['MCP_STDIO_MEMORY_REQUEST', ['64MB']],
  ['MCP_CPU_REQUEST', ['half', '-1', '1 core']],
  ['MCP_MEMORY_REQUEST', ['64MB', '-1Mi']],
  ['MCP_CPU_LIMIT', ['1K']],
  ['MCP_MEMORY_LIMIT', ['lots']],
  ['MCP_RUN_AS_USER', ['0', '-5', 'root', '2147483648', '1.5']],
  ['MCP_PROGRESS_DEADLINE_SECONDS', ['0', '29', '10m']],
  ['FEATURES', ['pods', 'httproutes;middlewares', 'HTTPRoutes']],
  ['PROVISIONED_REGISTRY_URL', ['https://registry.acme.com', 'registry.acme.com/']],
  ['PROVISIONED_PULL_SECRET', ['My_Secret']],
  ['MCP_APPLY_STRATEGY', ['server-side', 'dynamic']],
  ['MCP_RELATE_PODS', ['', 'yes', '0']],
  ['MCP_SECRET_STORE_NAME', ['My Store']],
  ['MCP_SECRET_STORE_KIND', ['', 'Vault']],
  ['MCP_SECRET_REFRESH_INTERVAL', ['', '0s', '1h30m', '1d']],
  ['MCP_DEFAULT_INGRESS_CLASS', ['My Class']],
  ['MCP_DEFAULT_INGRESS_HOST', ['https://mcp.acme.com', 'mcp.acme.com:80']],
  ['MCP_INGRESS_READINESS_MODE', ['', 'lenient']],
  ['MCP_INGRESS_NAMESPACES', ['a b', 'a;b']],
  ['MCP_DNS_PORTS', ['', '0', '65536', '53;5353', '53,', '53,70000', 'dns']],
  ['MCP_DNS_PEERS', ['10.96.0.10', '10.96.0.1/8', '10.0.0.0/33', 'a;b', 'A', 'kube-system,x/8']],
  ['MCP_ROUTE_SCHEME', ['', 'tcp']],
  ['MCP_ROUTE_REQUEST_TIMEOUT', ['0', '30', '1.5h', '-1s', '1d', '100000s']],
  ['MCP_MONITORING_NAMESPACES', ['A']],
  ['MCP_SERVICE_MONITOR_LABELS', ['release', 'a=b=c d']],
  ['MCP_OTLP_ENDPOINT', ['grpc://otel', 'otel collector:4317']],
  ['MCP_DEFAULT_ENV', ['A=b', '[]', 'null', '"A"', '{"A": 1}', '{"A": null}', '{"A B": "c"}', '{"A": "b"']],
  ['MCP_TRUST_BUNDLE_CONFIGMAP', ['My Bundle']],
  ['MCP_TRUST_BUNDLE_KEY', ['', 'a/b', '..']],
  ['MCP_CLUSTER_DOMAIN', ['', 'a b', 'cluster.local/', '.local', 'A'.repeat(300)]],
];

t.test('a value that cannot be used is refused by the name of its variable', async (t) => {
  for (const [name, values] of wrong) {
    for (const value of values) {
      const message = refusal({ [name]: value });
      t.ok(message.startsWith(`${name}=`), `${name}=${value}: ${message}`);
      t.match(message, /must be/);
    }
  }
});

t.test('all that is wrong is said at once', async (t) => {
  const message = refusal({ PORT: 'x', MAX_IN_FLIGHT: '0', LOG_LEVEL: 'y' });
  t.strictSame(
    message
      .split('\n')
      .map((line) => line.split('=')[0])
      .sort(),
    ['LOG_LEVEL', 'MAX_IN_FLIGHT', 'PORT'],
  );
});

t.test('a key that cannot be read, or is none, is refused', async (t) => {
  t.match(refusal({ SECRET_DIGEST_KEY_FILE: '/does/not/exist' }), /^SECRET_DIGEST_KEY_FILE=.*cannot be read/);
  t.throws(() => loadSettings({ SECRET_DIGEST_KEY_FILE: '/empty' }, () => ' \n'), /the file is empty/);
});

t.test('a policy that is none is refused, field by field', async (t) => {
  const refused = (text: string) => {
    try {
      loadSettings({ POLICY_FILE: 'policy.yaml' }, () => text);
    } catch (error) {
      return (error as Error).message;
    }
    return 'taken';
  };
  t.match(refusal({ POLICY_FILE: '/does/not/exist' }), /^POLICY_FILE=.*cannot be read/);
  t.match(refused('requireImageTag: [:'), /^POLICY_FILE=policy\.yaml: not YAML: /);
  t.match(refused('[]'), 'POLICY_FILE=policy.yaml: the file: ');
  const lines = refused(`
requireImageTags: true
allowedRegistries: ["https://registry.example.com"]
hosts: [{ namespaces: [], allowed: ["*.*.com"] }]
resources: { maxLimits: { cpu: 4 } }
`).split('\n');
  t.strictSame(lines.map((line) => line.split(': ')[1]).sort(), [
    'allowedRegistries[0]',
    'hosts[0].allowed[0]',
    'hosts[0].namespaces',
    'requireImageTags',
    'resources.maxLimits.cpu',
  ]);
  t.match(lines.join(), 'requireImageTags: Unknown field; did you mean requireImageTag');
  t.match(refused('allowedRegistry: []'), 'Unknown field; did you mean allowedRegistries');
  t.match(lines.join(), 'must be a registry such as registry.example.com');
  t.equal(refused('# nothing\n'), 'taken');
});

t.test('variables that belong together are set together', async (t) => {
  t.match(refusal({ TLS_CERT_FILE: '/a' }), /TLS_CERT_FILE and TLS_KEY_FILE/);
  t.match(refusal({ TLS_KEY_FILE: '/a' }), /TLS_CERT_FILE and TLS_KEY_FILE/);
  t.match(refusal({ PREVIOUS_TOKEN_FILE: '/a' }), /PREVIOUS_TOKEN_FILE needs TOKEN_FILE/);
  t.match(refusal({ TLS_CA_FILE: '/a' }), /^TLS_CA_FILE needs TLS_CERT_FILE/);
  const tls = { TLS_CERT_FILE: '/a', TLS_KEY_FILE: '/b' };
  t.match(refusal({ CLIENT_CA_FILE: '/a' }), /^CLIENT_CA_FILE needs TLS_CERT_FILE/);
  t.match(refusal({ CLIENT_NAMES: 'a' }), /^CLIENT_NAMES needs CLIENT_CA_FILE/);
  t.match(refusal({ ADMISSION_CLIENT_NAMES: 'a' }), /^ADMISSION_CLIENT_NAMES needs ADMISSION_CLIENT_CA_FILE/);
  t.match(
    refusal({ ...tls, CLIENT_CA_FILE: '/a', CLIENT_NAMES: ' , ' }),
    /^CLIENT_NAMES=" , ": must have a name/,
  );
  t.match(
    refusal({ ...tls, ADMISSION_CLIENT_CA_FILE: '/a' }),
    /^ADMISSION_CLIENT_CA_FILE needs ADMISSION_PORT/,
  );
  t.match(refusal({ ADMISSION_PORT: '8080' }), /^ADMISSION_PORT=8080: must be another than PORT/);
  t.match(
    refusal({ METRICS_PORT: '9', ADMISSION_PORT: '9' }),
    /^METRICS_PORT=9: must be another than ADMISSION_PORT/,
  );
  t.equal(refusal({ PORT: '0', ADMISSION_PORT: '0', METRICS_PORT: '0' }), '', 'of 0 each is another');
  t.match(refusal({ MCP_CPU_REQUEST: '2', MCP_CPU_LIMIT: '1' }), /MCP_CPU_REQUEST=.*MCP_CPU_LIMIT/);
  t.match(refusal({ MCP_MEMORY_LIMIT: '1Mi' }), /MCP_MEMORY_REQUEST=.*MCP_MEMORY_LIMIT/);
  t.match(refusal({ MCP_STDIO_MEMORY_LIMIT: '128Mi' }), /MCP_STDIO_MEMORY_REQUEST=.*MCP_STDIO_MEMORY_LIMIT/);
  t.equal(refusal({ MCP_CPU_REQUEST: '500m', MCP_CPU_LIMIT: '0.5' }), '', 'a request may reach its limit');
});
