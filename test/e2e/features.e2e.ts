/**
 * Every feature of an MCPServer at once, beside the real External Secrets Operator and the real Traefik, on simulated nodes
 * and under every engine there is: it becomes ready, every kind of child comes back, a settled cluster is quiet, every
 * example works, and all engines leave the same children.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { FEATURES } from '../../src/environment.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { RENDERED_KINDS } from '../../src/reconcile/mcpserver/children.ts';
import { installCrds } from '../cluster/addons/crds.ts';
import { startExternalSecrets } from '../cluster/addons/external-secrets.ts';
import { startTraefik } from '../cluster/addons/traefik.ts';
import { type Cluster, up } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { exampleServers, exampleSupport } from './examples.ts';
import {
  apply,
  atRest,
  condition,
  exists,
  get,
  giveAddress,
  normalise,
  settled,
  until,
  writes,
} from './look.ts';
import { engineReport, engines, startOperator } from './operator.ts';

const QUIET_SECONDS = 60;
const RESYNC_SECONDS = 5;
const STORE = 'vault';

/** Settings that the examples count on. */
const env = {
  MCP_SECRET_STORE_NAME: STORE,
  MCP_DEFAULT_INGRESS_HOST: 'mcp.example.com',
  MCP_OTLP_ENDPOINT: 'http://otel-collector.observability:4317',
  MCP_ROUTE_SCHEME: 'http',
  PROVISIONED_REGISTRY_URL: 'registry.example.com/mirror',
  MCP_DEFAULT_ENV: '{"NO_PROXY": ".svc,.cluster.local"}',
  // Which every namespace has.
  MCP_TRUST_BUNDLE_CONFIGMAP: 'kube-root-ca.crt',
};

const everything = {
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: { name: 'everything', namespace: 'default' },
  spec: {
    image: 'ghcr.io/acme/search',
    imageTag: '1.0.0',
    type: 'internal-api',
    replicas: 2,
    scheme: 'HTTPS',
    // Which every namespace has.
    backendTLS: { caConfigMap: 'kube-root-ca.crt' },
    service: {
      annotations: { 'traefik.ingress.kubernetes.io/service.serverstransport': 'default-mine@kubernetescrd' },
    },
    config: { LOG_LEVEL: 'info', RETRIES: 3 },
    secretName: 'hand-made',
    secrets: [
      { name: 'API_KEY', remoteKey: '/search/api' },
      { name: 'TRACE_KEY', remoteKey: '/search/trace', optional: true },
    ],
    aws: { iamRole: 'arn:aws:iam::123456789012:role/search' },
    podDisruptionBudget: { maxUnavailable: 1 },
    autoscaling: {
      minReplicas: 2,
      maxReplicas: 4,
      containers: [{ name: 'proxy', targetMemoryUtilizationPercentage: 80 }],
      behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } },
    },
    affinity: { podAntiAffinity: 'Preferred' },
    ingress: { publicPathPrefix: 'everything', extraPaths: ['/.well-known/everything', '/authorize'] },
    route: {
      parentRefs: [{ name: 'edge' }],
      hostnames: ['everything.example.com'],
      path: '/tools',
      extraPaths: ['/.well-known/everything'],
      labels: { team: 'find' },
      annotations: { 'acme.com/note': 'public' },
      timeouts: { request: '1h', backendRequest: '90s' },
    },
    networkPolicy: {
      ingressFrom: [{ namespaceSelector: { matchLabels: { team: 'find' } } }],
      egressTo: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }, ports: [{ port: 443 }] }],
      dns: { ports: [53, 5353], peers: [{ namespaceSelector: { matchLabels: { team: 'dns' } } }] },
    },
    observability: {
      metrics: { port: 9090, interval: '30s', labels: { release: 'prometheus' } },
      tracing: { samplingRate: '10%' },
      healthProbes: { readiness: { path: '/readyz' } },
    },
    pod: {
      sidecars: [{ name: 'proxy', image: 'ghcr.io/acme/proxy:1' }],
      initContainers: [{ name: 'fetch', image: 'ghcr.io/acme/fetch:1' }],
    },
  },
};

t.comment(engineReport);
t.jobs = engines.length;
const snapshots = new Map<string, object[]>();

for (const engine of engines) {
  t.test(engine.name, { buffered: true }, async (t) => {
    const cluster = await up();
    t.teardown(() => cluster.down());
    await prepare(t, cluster);
    const operator = await startOperator(cluster, engine, {
      resyncSeconds: RESYNC_SECONDS,
      features: FEATURES,
      env,
    });
    t.teardown(() => operator.stop());

    await t.test('every feature at once becomes ready', (t) => becomesReady(t, cluster, engine.name));
    await t.test('every kind of child comes back', (t) => comeBack(t, cluster));
    await t.test('every example becomes ready', (t) => examplesWork(t, cluster));
    await t.test('a settled cluster is quiet', (t) => isQuiet(t, cluster));
    await t.test('what the spec no longer asks for goes', (t) => goes(t, cluster));
  });
}

// Not buffered: it waits for the ones before.
t.test('every engine leaves the same children', async (t) => {
  const [first, ...others] = engines;
  for (const other of others) {
    t.strictSame(snapshots.get(other.name), snapshots.get(first!.name), `${other.name} and ${first!.name}`);
  }
  t.equal(snapshots.size, engines.length);
});

/** The add-ons, and what servers refer to. */
async function prepare(t: Test, cluster: Cluster): Promise<void> {
  const secrets = await startExternalSecrets(cluster);
  t.teardown(() => secrets.stop());
  const traefik = await startTraefik(cluster, { gateway: true, middlewares: true });
  t.teardown(() => traefik.stop());
  await installCrds(cluster, 'serviceMonitors');
  const keys = ['/search/api', ...exampleSupport.remoteKeys];
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ClusterSecretStore',
        metadata: { name: STORE },
        spec: {
          provider: { fake: { data: keys.map((key) => ({ key, value: `{"key":"value of ${key}"}` })) } },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'hand-made', namespace: 'default' },
        stringData: { TOKEN: 'made by hand' },
      },
      // One controller stands for all classes.
      ...exampleSupport.ingressClasses.map((name) => ({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name },
        spec: { controller: 'traefik.io/ingress-controller' },
      })),
      ...['default', ...exampleSupport.gatewayNamespaces].flatMap((namespace) => [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
        ...(namespace === 'default' ? ['edge'] : exampleSupport.gateways(namespace)).map((name) => ({
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'Gateway',
          metadata: { name, namespace },
          spec: {
            gatewayClassName: 'traefik',
            listeners: [
              {
                name: exampleSupport.sectionName(name),
                protocol: 'HTTP',
                port: traefik.ports.web,
                allowedRoutes: { namespaces: { from: 'All' } },
              },
            ],
          },
        })),
      ]),
    ],
  });
}

async function becomesReady(t: Test, cluster: Cluster, engine: string): Promise<void> {
  await apply(cluster, everything);
  const { status } = await until(cluster, 'everything', 'every feature works', settled);
  for (const type of [
    'ExternalSecretSynced',
    'IngressReady',
    'RouteReady',
    'BackendTLS',
    'ServiceMonitorCreated',
  ]) {
    t.match(condition({ status }, type), { status: 'True' }, type);
  }
  t.equal(condition({ status }, 'ExternalSecretSynced')?.reason, 'OptionalMissing');
  t.match(status?.endpoints, {
    service: 'https://everything.default.svc.cluster.local:80/mcp',
    metrics: 'http://everything.default.svc.cluster.local:9090/metrics',
    public: 'http://mcp.example.com/everything/mcp',
  });
  t.match(status?.readiness, { deployment: true, service: true, ingress: true, route: true });
  const children = (await Promise.all(kinds().map((kind) => childrenOf(cluster, kind)))).flat();
  t.equal(new Set(children.map(({ kind }) => kind)).size, kinds().length, 'there is a child of every kind');
  snapshots.set(engine, children.map(normalise));
}

function kinds(): string[] {
  return RENDERED_KINDS.map(({ apiVersion, resource }) =>
    apiVersion.includes('/') ? `${resource}.${apiVersion.split('/')[0]}` : resource,
  );
}

async function childrenOf(cluster: Cluster, kind: string): Promise<KubernetesObject[]> {
  const { items } = await get<{ items: KubernetesObject[] }>(
    cluster,
    kind,
    '-l',
    'mcp.dev/server=everything',
  );
  // Secrets and endpoints that others make of a child carry its labels too.
  return items.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ kind, controller }) => controller && kind === 'MCPServer'),
  );
}

async function comeBack(t: Test, cluster: Cluster): Promise<void> {
  for (const kind of kinds()) {
    for (const { metadata } of await childrenOf(cluster, kind)) {
      await cluster.kubectl(['label', kind, metadata.name, 'mine=yes']);
      await cluster.kubectl(['delete', kind, metadata.name]);
      const isBack = async () =>
        (await exists(cluster, kind, metadata.name)) &&
        (await get(cluster, kind, metadata.name)).metadata.uid !== metadata.uid;
      await poll(`${kind} ${metadata.name} comes back`, isBack, 30);
    }
  }
  await until(cluster, 'everything', 'every feature works again', settled);
  t.pass('all came back');

  // A label that somebody else put on a child is theirs.
  await cluster.kubectl(['label', 'networkpolicy', 'everything', 'mine=yes']);
  const edit = JSON.stringify({ spec: { podSelector: { matchLabels: { 'mcp.dev/server': 'nobody' } } } });
  await cluster.kubectl(['patch', 'networkpolicy', 'everything', '--type=merge', '-p', edit]);
  await poll(
    'the edit is undone',
    async () =>
      JSON.stringify((await get(cluster, 'networkpolicy', 'everything')).spec).includes('"everything"'),
    30,
  );
  t.equal((await get(cluster, 'networkpolicy', 'everything')).metadata.labels?.mine, 'yes');
}

async function examplesWork(t: Test, cluster: Cluster): Promise<void> {
  await apply(cluster, { apiVersion: 'v1', kind: 'List', items: exampleSupport.objects });
  await cluster.kubectl(['label', 'nodes', '--all', ...exampleSupport.nodeLabels]);
  await apply(cluster, { apiVersion: 'v1', kind: 'List', items: exampleServers });
  for (const name of exampleSupport.balanced) {
    await poll(`Service ${name}`, () => exists(cluster, 'service', name), 30);
    await giveAddress(cluster, name, '203.0.113.7');
  }
  for (const { metadata } of exampleServers) {
    const { name } = metadata;
    const { status } = await until(cluster, name, `${name} is ready`, settled);
    t.equal(status?.phase, 'Ready', name);
  }
}

async function isQuiet(t: Test, cluster: Cluster): Promise<void> {
  await until(cluster, 'everything', 'everything is settled', settled);
  const before = await atRest(cluster);
  // Nothing announces that nothing happens: time itself is what is awaited.
  await sleep(QUIET_SECONDS * 1000);
  t.strictSame(
    await writes(cluster),
    before,
    `no write in ${QUIET_SECONDS} s with a resync every ${RESYNC_SECONDS} s`,
  );
}

async function goes(t: Test, cluster: Cluster): Promise<void> {
  const bare: object = { ...everything, spec: { image: 'ghcr.io/acme/search:1.0.0' } };
  await cluster.kubectl(['replace', '-f', '-'], { input: JSON.stringify(bare) });
  await until(cluster, 'everything', 'the bare server is ready', settled);
  const left = async () =>
    (await Promise.all(kinds().map((kind) => childrenOf(cluster, kind)))).flat().map(({ kind }) => kind);
  await poll('the rest is gone', async () => (await left()).length === 3, 30);
  t.strictSame((await left()).sort(), ['Deployment', 'Service', 'ServiceAccount']);
  const { status } = await get<MCPServer>(cluster, 'mcpserver', 'everything');
  t.strictSame(Object.keys(status?.endpoints ?? {}), ['service']);
}
