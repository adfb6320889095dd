/** The add-ons of the cluster, once each: a store's value becomes a Secret, a request reaches a pod, a fault is found. */
import t, { type Test } from 'tap';
import { upWithImages } from '../../e2e/real-cluster.ts';
import { poll } from '../process.ts';
import { NODE_IN_IMAGE, nodeBaseLayer, nodeImageConfig } from '../test-images.ts';
import { startCertManager } from './cert-manager.ts';
import { connectTo } from './connect-to.ts';
import { installCrds } from './crds.ts';
import { startExternalSecrets } from './external-secrets.ts';
import { startKubeRouter } from './kube-router.ts';
import { kubeScore } from './kube-score.ts';
import { kubeconform, openApiOf } from './kubeconform.ts';
import { startTraefik, TRAEFIK_CLASS, type Traefik } from './traefik.ts';

const image = 'localhost/who:smooth';
/** Tells which pod it is, and what it was sent. */
const who = `require('node:http').createServer(({ headers }, response) =>
  response.end(JSON.stringify({ pod: process.env.HOSTNAME, headers }))).listen(8080);
process.on('SIGTERM', () => process.exit());`;
const config = { ...nodeImageConfig, Entrypoint: [NODE_IN_IMAGE, '-e', who] };
const cluster = await upWithImages(t, [{ name: image, layers: [nodeBaseLayer()], config }]);
const apply = (...items: object[]) =>
  cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });

await t.test('the External Secrets Operator makes a Secret of what a store holds', async (t) => {
  const operator = await startExternalSecrets(cluster);
  await apply(
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'SecretStore',
      metadata: { name: 'vault', namespace: 'default' },
      spec: { provider: { fake: { data: [{ key: '/search/token', value: 'hunter2' }] } } },
    },
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { name: 'search', namespace: 'default' },
      spec: {
        refreshInterval: '5s',
        secretStoreRef: { kind: 'SecretStore', name: 'vault' },
        target: { name: 'search-credentials' },
        data: [{ secretKey: 'token', remoteRef: { key: '/search/token' } }],
      },
    },
  );
  await cluster.kubectl(['wait', '--for=condition=Ready', '--timeout=60s', 'externalsecret/search']);
  const secret = ['get', 'secret', 'search-credentials', '-o', 'jsonpath={.data.token}'];
  t.equal(atob((await cluster.kubectl(secret)).stdout), 'hunter2');
  await cluster.kubectl(['delete', 'externalsecret', 'search']);
  await operator.stop();
});

await t.test('cert-manager signs what is asked for, and tells a webhook whom to trust', async (t) => {
  const certManager = await startCertManager(cluster);
  const named = (kind: string, name: string, spec: object) => ({
    apiVersion: 'cert-manager.io/v1',
    kind,
    metadata: { name, namespace: 'default' },
    spec,
  });
  await apply(
    named('Issuer', 'self', { selfSigned: {} }),
    named('Certificate', 'web', {
      secretName: 'web-tls',
      dnsNames: ['web.default'],
      issuerRef: { name: 'self', kind: 'Issuer' },
    }),
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'web', annotations: { 'cert-manager.io/inject-ca-from': 'default/web' } },
      webhooks: [
        {
          name: 'web.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: { service: { name: 'web', namespace: 'default' } },
        },
      ],
    },
  );
  await cluster.kubectl(['wait', '--for=condition=Ready', '--timeout=60s', 'certificate/web']);
  const read = async (what: string, at: string) =>
    (await cluster.kubectl(['get', what, '-o', `jsonpath=${at}`])).stdout;
  const ca = await read('secret/web-tls', '{.data.ca\\.crt}');
  t.match(atob(ca), 'BEGIN CERTIFICATE');
  const injected = () => read('validatingwebhookconfiguration/web', '{.webhooks[0].clientConfig.caBundle}');
  await poll('the CA is injected', async () => (await injected()) === ca, 60);
  await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'web']);
  await certManager.stop();
});

await t.test('a pod is held to Pod Security "restricted"', async (t) => {
  const { code, stderr } = await cluster.kubectl(['run', 'careless', `--image=${image}`, '--privileged'], {
    allowFailure: true,
  });
  t.not(code, 0);
  t.match(stderr, 'violates PodSecurity "restricted:latest"');
});

/** Good by the schemas, and no more than kube-score asks for itself. */
const pod = (change: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default' },
  spec: { containers: [{ name: 'web', image: 'localhost/web:1', ...change }] },
});
const monitor = (change: object = {}) => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'ServiceMonitor',
  metadata: { name: 'web', namespace: 'default' },
  spec: { selector: { matchLabels: { app: 'web' } }, endpoints: [{ port: 'http', ...change }] },
});

function server(name: string): object[] {
  const labels = { app: name };
  const probe = { httpGet: { port: 8080 }, periodSeconds: 1 };
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const container = { name, image, imagePullPolicy: 'Never', readinessProbe: probe, securityContext };
  const podSecurity = { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'default' },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { securityContext: podSecurity, containers: [container] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }], sessionAffinity: 'ClientIP' },
    },
  ];
}

const ingress = [
  {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'Middleware',
    metadata: { name: 'greeting', namespace: 'default' },
    spec: { headers: { customRequestHeaders: { 'X-Greeting': 'hello' } } },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'who',
      namespace: 'default',
      annotations: { 'traefik.ingress.kubernetes.io/router.middlewares': 'default-greeting@kubernetescrd' },
    },
    spec: {
      ingressClassName: TRAEFIK_CLASS,
      rules: [
        {
          host: 'ingress.example.com',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'who', port: { number: 80 } } } },
            ],
          },
        },
      ],
    },
  },
];

const httpRoute = [
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'default' },
    spec: {
      gatewayClassName: TRAEFIK_CLASS,
      listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }],
    },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'who', namespace: 'default' },
    spec: {
      parentRefs: [{ name: 'edge' }],
      hostnames: ['route.example.com'],
      rules: [{ backendRefs: [{ name: 'who', port: 80 }] }],
    },
  },
];

await t.test('requests reach pods through Traefik', async (t) => {
  await apply(...server('who'));
  const traefik = await startTraefik(cluster, { gateway: true, middlewares: true });
  await apply(...ingress, ...httpRoute);
  await cluster.kubectl(['rollout', 'status', 'deployment/who', '--timeout=30s']);
  await t.test('by an Ingress, with a Middleware', (t) => byIngress(t, traefik));
  await t.test('by an HTTPRoute', (t) => byHttpRoute(t, traefik));
  await t.test('from many clients, each of which a Service keeps to one pod', affinity);
  await traefik.stop();
});

interface Answer {
  pod: string;
  headers: Record<string, string>;
}

/** Asks until there is a way: what was applied takes a moment to be served. */
async function reached(ask: typeof fetch, url: string): Promise<Answer> {
  let answer: Answer | undefined;
  const served = async () => {
    const response = await ask(url).catch(() => undefined);
    if (response?.ok) answer = (await response.json()) as Answer;
    return answer !== undefined;
  };
  await poll(`${url} is served`, served, 60);
  return answer!;
}

async function byIngress(t: Test, { address, ports }: Traefik): Promise<void> {
  const from = cluster.clientAddresses[7]!;
  const web = await cluster.forward(address, ports.web, from);
  const { headers } = await reached(connectTo(web.port), 'http://ingress.example.com/');
  t.match(headers, { 'x-greeting': 'hello', 'x-forwarded-for': from, host: 'ingress.example.com' });
  const websecure = await cluster.forward(address, ports.websecure, from);
  t.ok((await reached(connectTo(websecure.port), 'https://ingress.example.com/')).pod);
  t.equal((await connectTo(web.port)('http://nobody.example.com/')).status, 404);
  const written = `--for=jsonpath={.status.loadBalancer.ingress[0].ip}=${address}`;
  await cluster.kubectl(['wait', written, '--timeout=60s', 'ingress/who']);
}

async function byHttpRoute(t: Test, { address, ports }: Traefik): Promise<void> {
  const web = await cluster.forward(address, ports.web);
  t.ok((await reached(connectTo(web.port), 'http://route.example.com/')).pod);
  const gateway = ['gateway/edge', '--timeout=60s'];
  await cluster.kubectl(['wait', '--for=condition=Programmed', ...gateway]);
  await cluster.kubectl(['wait', `--for=jsonpath={.status.addresses[0].value}=${address}`, ...gateway]);
  const accepted = '{.status.parents[0].conditions[?(@.type=="Accepted")].status}';
  await cluster.kubectl(['wait', `--for=jsonpath=${accepted}=True`, '--timeout=60s', 'httproute/who']);
}

async function affinity(t: Test): Promise<void> {
  const pods = new Set<string>();
  for (const from of cluster.clientAddresses.slice(0, 50)) {
    const { port, close } = await cluster.forward('who.default', 80, from);
    const answers = await Promise.all(
      [1, 2, 3].map(() => reached(connectTo(port), 'http://who.example.com/')),
    );
    const [one, ...others] = new Set(answers.map(({ pod }) => pod));
    if (others.length > 0) t.fail(`${from} reached several pods`);
    pods.add(one!);
    await close();
  }
  t.equal(pods.size, 2, 'and all together reach every pod');
}

await t.test('kube-router enforces a NetworkPolicy, and opens everything when it stops', async (t) => {
  await apply(...server('asked'), ...server('asking'), {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'asked', namespace: 'default' },
    spec: { podSelector: { matchLabels: { app: 'asked' } }, policyTypes: ['Ingress'] },
  });
  for (const name of ['asked', 'asking'])
    await cluster.kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=30s']);
  const ask = `fetch('http://asked').then(() => console.log('open'), () => console.log('closed'))`;
  const exec = ['exec', 'deployment/asking', '--', NODE_IN_IMAGE, '-e', ask];
  const becomes = async (wanted: string, why: string) => {
    const isSo = async () => (await cluster.kubectl(exec)).stdout.trim() === wanted;
    await poll(`${wanted}: ${why}`, isSo, 30);
    t.pass(`${wanted}: ${why}`);
  };
  await becomes('open', 'there is a policy, and nobody who enforces it');
  const engine = await startKubeRouter(cluster);
  await becomes('closed', 'it is enforced');
  await engine.stop();
  await becomes('open', 'nothing is left of it');
});

await t.test('kubeconform knows every field of the cluster, those of CRDs too', async (t) => {
  await installCrds(cluster, 'serviceMonitors');
  const openApi = await openApiOf(cluster, [pod(), monitor()]);
  const good = [
    pod({
      resources: { limits: { cpu: 1, memory: '64Mi' } },
      livenessProbe: { tcpSocket: { port: 'http' } },
    }),
    monitor({ interval: '10s' }),
  ];
  t.strictSame(await kubeconform(good, openApi), []);
  t.match(await kubeconform([pod({ imagePullPolice: 'Never' }), monitor({ intervall: '10s' })], openApi), [
    { object: 'Pod/web', message: /containers\/0.*imagePullPolice/ },
    { object: 'ServiceMonitor/web', message: /intervall/ },
  ]);
  t.match(await kubeconform([{ ...pod(), kind: 'Pot' }], openApi), [{ object: 'Pot/web' }]);
});

await t.test('kube-score asks for more than a schema does', async (t) => {
  const findings = await kubeScore([pod()]);
  t.match(
    findings.find(({ check }) => check === 'container-resources'),
    { object: 'Pod/web', severity: 'critical', message: /CPU limit/ },
  );
  const ignored = findings.map(({ check }) => check);
  t.strictSame(await kubeScore([pod()], ignored), []);
});
