/**
 * Fields that come, change and go on a server that lives: by every engine, its children are then those of a server that was
 * made that way, only what changes the pods rolls them, and all is quiet. On simulated nodes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { FEATURES } from '../../src/environment.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { mcpServerController } from '../../src/reconcile/mcpserver/controller.ts';
import { installCrds } from '../cluster/addons/crds.ts';
import { type Cluster, up } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { apply, atRest, get, normalise, writes } from './look.ts';
import { type Engine, engineReport, engines, startOperator } from './operator.ts';

const QUIET_SECONDS = 20;
const RESYNC_SECONDS = 5;
const IMAGE = 'ghcr.io/acme/search:1';
/** Where the server is that is edited; those that it is compared with have namespaces of their own, of names that sort alike. */
const EDITED = 'made-by-edits';

interface Step {
  name: string;
  /** Whether the pods change beside what is around them. */
  rolls: boolean;
  spec: object;
}

const asked = { exec: { command: ['/bin/healthy'] } };
const aroundThePods = {
  image: IMAGE,
  strategy: { type: 'Recreate' },
  minReadySeconds: 1,
  extraAnnotations: { 'acme.com/owner': 'search' },
  serviceAccount: { labels: { 'acme.com/identity': 'search' } },
  service: {
    type: 'LoadBalancer',
    labels: { 'acme.com/mcp': 'yes' },
    appProtocol: 'kgateway.dev/mcp',
    loadBalancerClass: 'example.com/first',
    loadBalancerSourceRanges: ['203.0.113.0/24'],
    externalTrafficPolicy: 'Local',
  },
  autoscaling: {
    maxReplicas: 3,
    behavior: { scaleDown: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } },
  },
  ingress: { className: 'nginx', publicPathPrefix: 'tools', extraPaths: ['/.well-known/tools'] },
  route: {
    parentRefs: [{ name: 'edge' }],
    path: '/tools',
    extraPaths: ['/.well-known/tools'],
    labels: { 'acme.com/front': 'edge' },
    annotations: { 'acme.com/note': 'public' },
    timeouts: { request: '1h', backendRequest: '90s' },
  },
  networkPolicy: {
    ingressFrom: [],
    egressTo: [],
    dns: { ports: [5353], peers: [{ namespaceSelector: { matchLabels: { team: 'dns' } } }] },
  },
  observability: { metrics: { labels: { release: 'prometheus' } } },
};

/** Each replaces the spec of the one before. */
const STEPS: Step[] = [
  { name: 'nothing', rolls: false, spec: { image: IMAGE } },
  { name: 'all around the pods', rolls: false, spec: aroundThePods },
  {
    name: 'all of the pods',
    rolls: true,
    spec: {
      ...aroundThePods,
      extraLabels: { 'acme.com/team': 'search' },
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] } },
          ],
        },
      },
      ports: [
        { name: 'admin', port: 9901 },
        { name: 'discovery', port: 5300, servicePort: 53 },
      ],
      observability: {
        metrics: { port: 9090 },
        healthProbes: { startup: asked, readiness: asked, liveness: asked },
      },
      pod: {
        runtimeClassName: 'simulated',
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['10.0.0.10'], searches: ['acme.com'], options: [{ name: 'rotate' }] },
        hostAliases: [{ ip: 'fd00::a', hostnames: ['idp.acme.com'] }],
        shareProcessNamespace: true,
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
        lifecycle: { postStart: asked, preStop: asked },
        imageUser: true,
        sidecars: [
          {
            name: 'proxy',
            image: IMAGE,
            ports: [{ containerPort: 9801 }, { name: 'health', containerPort: 9802 }],
            startupProbe: { httpGet: { port: 'health' }, initialDelaySeconds: 0 },
            readinessProbe: { tcpSocket: { port: 9801 } },
            livenessProbe: { grpc: { port: 9801 } },
            lifecycle: { preStop: { sleep: { seconds: 1 } } },
          },
        ],
        initContainers: [{ name: 'check', image: IMAGE }],
      },
    },
  },
  {
    name: 'other values of all',
    rolls: true,
    spec: {
      ...aroundThePods,
      scheme: 'HTTPS',
      backendTLS: { caConfigMap: 'kube-root-ca.crt' },
      strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '100%' } },
      service: { type: 'NodePort', externalTrafficPolicy: 'Cluster' },
      ports: [
        { name: 'discovery', port: 5300, servicePort: 53, protocol: 'UDP' },
        { name: 'admin', port: 9902, servicePort: 9901, appProtocol: 'kubernetes.io/h2c' },
      ],
      extraLabels: { 'acme.com/team': 'find' },
      autoscaling: {
        maxReplicas: 3,
        containers: [{ name: 'proxy', targetMemoryUtilizationPercentage: 80 }],
        behavior: { scaleUp: { selectPolicy: 'Disabled' } },
      },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }],
          },
        },
      },
      ingress: { className: 'traefik', extraPaths: ['/authorize'] },
      route: { parentRefs: [{ name: 'edge' }], extraPaths: ['/authorize'], timeouts: {} },
      networkPolicy: { egressTo: [], dns: { peers: [] } },
      observability: {
        healthProbes: {
          startup: { enabled: false },
          readiness: { path: '/ready', httpHeaders: [{ name: 'Host', value: 'localhost' }] },
          liveness: { grpc: {} },
        },
      },
      pod: {
        dnsPolicy: 'Default',
        hostAliases: [{ ip: '10.1.2.3', hostnames: ['idp.acme.com', 'idp'] }],
        lifecycle: { preStop: { sleep: { seconds: 3 } } },
        sidecars: [
          {
            name: 'proxy',
            image: IMAGE,
            ports: [{ name: 'admin-ui', containerPort: 9801, protocol: 'UDP' }],
            readinessProbe: { exec: { command: ['/bin/healthy'] }, initialDelaySeconds: 3 },
          },
        ],
        initContainers: ['fetch', 'check'].map((name) => ({ name, image: IMAGE })),
      },
    },
  },
  { name: 'nothing again', rolls: true, spec: { image: IMAGE } },
];

/** What the settings give all pods. */
const GIVEN = {
  MCP_DEFAULT_ENV: '{"HTTPS_PROXY":"http://proxy.acme.com:3128"}',
  MCP_TRUST_BUNDLE_CONFIGMAP: 'kube-root-ca.crt',
};

t.comment(engineReport);

// One after another: most of their time is waiting, which other suites can use.
for (const engine of engines) {
  await t.test(engine.name, async (t) => {
    const cluster = await up();
    t.teardown(() => cluster.down());
    await prepare(cluster);
    const operator = await start(cluster, engine, GIVEN);
    await t.test('an edited server is as one that was made so', (t) => edits(t, cluster, engine));
    await t.test('all of them are quiet', (t) => isQuiet(t, cluster));
    await operator.stop();
    await t.test('what the settings gave all pods goes', (t) => losesWhatWasGiven(t, cluster, engine));
  });
}

async function prepare(cluster: Cluster): Promise<void> {
  await installCrds(cluster, 'externalSecrets', 'serviceMonitors', 'httpRoutes', 'traefikMiddlewares');
  const namespaces = [EDITED, ...STEPS.map((_, index) => madeAt(index))];
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      {
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        metadata: { name: 'simulated' },
        handler: 'simulated',
      },
    ],
  });
}

function start(cluster: Cluster, engine: Engine, env: Record<string, string> = {}) {
  return startOperator(cluster, engine, { resyncSeconds: RESYNC_SECONDS, features: FEATURES, env });
}

/** @returns the namespace of the server that was made as a step has it. */
function madeAt(index: number): string {
  return `made-${index}`;
}

/** An address is one server's, so each has hosts of its own. */
function serverOf(step: Step, namespace: string): object {
  const { ingress, route, ...rest } = step.spec as Record<string, object | undefined>;
  const host = `${namespace}.example.com`;
  const spec = {
    ...rest,
    ...(ingress && { ingress: { ...ingress, host } }),
    ...(route && { route: { ...route, hostnames: [host] } }),
  };
  return { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', metadata: { name: 'search', namespace }, spec };
}

async function edits(t: Test, cluster: Cluster, engine: Engine): Promise<void> {
  const items = STEPS.map((step, index) => serverOf(step, madeAt(index)));
  await apply(cluster, { apiVersion: 'v1', kind: 'List', items });
  for (const [index, step] of STEPS.entries()) {
    const before = index > 0 ? await podTemplate(cluster) : undefined;
    const verb = before ? 'replace' : 'create';
    await cluster.kubectl([verb, '-f', '-'], { input: JSON.stringify(serverOf(step, EDITED)) });
    await becomes(t, cluster, `${step.name}: as one made so`, madeAt(index), engine);
    if (!before) continue;
    const rolled = !isDeepStrictEqual(await podTemplate(cluster), before);
    t.equal(rolled, step.rolls, `${step.name}: ${step.rolls ? 'rolls' : 'does not roll'} the pods`);
  }
}

/** Waits until the children of the edited server are those of the one in another namespace. */
async function becomes(
  t: Test,
  cluster: Cluster,
  what: string,
  namespace: string,
  engine: Engine,
): Promise<void> {
  // What is new in a list is its last entry then, wherever the manifest has it.
  const form = engine.strategy === 'dynamic-apply' ? inOrder : (one: object) => one;
  let [found, wanted]: [object[], object[]] = [[], []];
  const isSame = async () => {
    found = (await childrenIn(cluster, EDITED)).map(form);
    wanted = (await childrenIn(cluster, namespace)).map(form);
    return wanted.length > 2 && isDeepStrictEqual(found, wanted);
  };
  await poll(what, isSame, 60).catch(() => undefined);
  t.strictSame(found, wanted, what);
}

/** @returns an object with what has a name in the order of names. */
function inOrder(object: object): object {
  const text = JSON.stringify(object, (_key, value) =>
    Array.isArray(value) && value.every((one) => one.name) ? value.toSorted(byName) : value,
  );
  return JSON.parse(text) as object;
}

/** @returns all children of the server in a namespace, without what names the namespace or is given by the API server. */
async function childrenIn(cluster: Cluster, namespace: string): Promise<object[]> {
  const { items } = await get<{ items: KubernetesObject[] }>(
    cluster,
    kinds(),
    `--namespace=${namespace}`,
    '--selector=mcp.dev/server=search',
  );
  const isOurs = ({ metadata }: KubernetesObject) =>
    metadata.ownerReferences?.some(({ kind, controller }) => controller && kind === 'MCPServer');
  return items.filter(isOurs).map((object) => {
    const text = JSON.stringify(normalise(object), (key, value) =>
      key === 'nodePort' || key === 'healthCheckNodePort' ? undefined : value,
    );
    return JSON.parse(
      text.replaceAll(namespace, 'NAMESPACE').replaceAll(/address\.mcp\.dev\/[0-9a-f]+/g, 'address.mcp.dev'),
    );
  });
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name.localeCompare(other.name);
}

function kinds(): string {
  return mcpServerController.children
    .map(({ apiVersion, resource }) =>
      apiVersion.includes('/') ? `${resource}.${apiVersion.split('/')[0]}` : resource,
    )
    .join();
}

async function podTemplate(cluster: Cluster): Promise<object> {
  type Deployment = { spec: { template: object } };
  const { spec } = await get<Deployment>(cluster, 'deployment', 'search', `--namespace=${EDITED}`);
  return spec.template;
}

async function isQuiet(t: Test, cluster: Cluster): Promise<void> {
  const before = await atRest(cluster);
  // Nothing announces that nothing happens: time itself is what is awaited.
  await sleep(QUIET_SECONDS * 1000);
  const title = `no write in ${QUIET_SECONDS} s with a resync every ${RESYNC_SECONDS} s`;
  t.strictSame(await writes(cluster), before, title);
}

async function losesWhatWasGiven(t: Test, cluster: Cluster, engine: Engine): Promise<void> {
  const given = async () =>
    /HTTPS_PROXY|SSL_CERT_FILE|mcp-trust/.test(JSON.stringify(await podTemplate(cluster)));
  t.ok(await given(), 'the pods have it');
  const operator = await start(cluster, engine);
  await poll('it is gone', async () => !(await given()), 60);
  await operator.stop();
  t.pass('it is gone from the Deployment');
}
