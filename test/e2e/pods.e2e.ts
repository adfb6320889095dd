/**
 * Pods on a real node that are late for what the operator does not see itself: their volumes, init containers, what others
 * have put into them, their node. What the kubelet says of each comes into the status, once.
 */
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { poll } from '../cluster/process.ts';
import { apply, condition, get, patch, settled, until } from './look.ts';
import { NODE_IMAGE, nodeImage, podsOf, runs, teller } from './node-servers.ts';
import { startDev } from './operator.ts';
import { upWithImages } from './real-cluster.ts';
import { watchStatuses } from './statuses.ts';

const NAMED_USER_IMAGE = 'localhost/node:named-user';
const namedUser = nodeImage(NAMED_USER_IMAGE);
namedUser.config = { ...namedUser.config, User: 'nonroot' };

const cluster = await upWithImages(t, [nodeImage(NODE_IMAGE), namedUser]);
await startDev(cluster);
const statuses = await watchStatuses(cluster);
const wait = { image: NODE_IMAGE, imagePullPolicy: 'Never' };
const FOR_EVER = ['-e', 'setInterval(() => {}, 1000)'];
/** It listens at another port, and its startup probe ends it after 5 seconds. */
const IMPATIENT = { observability: { healthProbes: { startup: { failureThreshold: 5 } } }, port: 9090 };

// Most of their time is waiting, so they wait together.
await t.test('what a pod waits for is told', { jobs: 12 }, async (t) => {
  const troubles: [string, (t: Test) => Promise<void>][] = [
    ['a ConfigMap of a volume that is not there', missingVolume],
    ['an init container that runs for ever', initForEver],
    ['an image whose user is a name', userName],
    ['a server that ends well when its startup probe stops it', stoppedByProbe],
    ['a server that has to be killed by its startup probe', killedByProbe],
    ['a scheduling gate that somebody puts on it', schedulingGate],
    ['a readiness gate that nobody opens', readinessGate],
    ['a sidecar that somebody injects, and that never starts', injectedSidecar],
    ['a hook that fails', failingHook],
    ['a volume that grows beyond its limit, so that the pod is evicted', evicted],
    ['a quota that leaves no room for one more pod', quota],
  ];
  for (const [name, trouble] of troubles) t.test(name, { buffered: true }, trouble);
});
await t.test('a node that does not answer', lostNode);

async function missingVolume(t: Test): Promise<void> {
  const pod = {
    volumes: [{ name: 'settings', configMap: { name: 'later' } }],
    volumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }],
  };
  await apply(cluster, teller('volume', { pod }));
  const told = await because('volume', 'ContainerCreating');
  t.match(told.status?.message, /container mcp-server has not been started .*\(is there ConfigMap later\?\)/);
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'later', namespace: 'default' },
  });
  // The kubelet looks again at longer and longer intervals.
  await until(cluster, 'volume', 'the ConfigMap mends it', settled, 180);
  await statuses.wrote(t, 'volume', 5);
}

async function initForEver(t: Test): Promise<void> {
  await apply(
    cluster,
    teller('init', { pod: { initContainers: [{ ...wait, name: 'fetch', args: FOR_EVER }] } }),
  );
  const { status } = await because('init', 'PodInitializing');
  t.match(status?.message, /init container fetch still runs.*kubectl logs -n default init-\S+ -c fetch$/);
  await statuses.wrote(t, 'init', 3);
}

async function userName(t: Test): Promise<void> {
  await apply(cluster, teller('named', { image: NAMED_USER_IMAGE, pod: { imageUser: true } }));
  const { status } = await because('named', 'CreateContainerConfigError');
  t.match(status?.message, /non-numeric user \(nonroot\), cannot verify user is non-root: say .*runAsUser/);
  await patch(cluster, 'named', { pod: { imageUser: null, securityContext: { runAsUser: 65532 } } });
  await until(cluster, 'named', 'a number mends it', settled);
  await statuses.wrote(t, 'named', 7);
}

async function stoppedByProbe(t: Test): Promise<void> {
  await apply(cluster, teller('deaf', IMPATIENT));
  await isToldAlike(t, 'deaf');
}

async function killedByProbe(t: Test): Promise<void> {
  // Node as process 1 takes no notice of SIGTERM.
  await apply(cluster, runs(FOR_EVER[1]!, 'stubborn', IMPATIENT));
  await isToldAlike(t, 'stubborn');
}

async function evicted(t: Test): Promise<void> {
  const script = `require('node:fs').writeFileSync('/data/file', Buffer.alloc(8 << 20)); setInterval(() => {}, 1000)`;
  const pod = {
    volumes: [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  await apply(cluster, runs(script, 'hoarder', { pod, port: 9090 }));
  const told = await until(
    cluster,
    'hoarder',
    'the eviction is told',
    ({ status }) => Boolean(status?.message?.includes('(Evicted)')),
    120,
  );
  t.match(told.status?.message, /Usage of EmptyDir volume "data" exceeds the limit "1Mi"/);
  await statuses.wrote(t, 'hoarder', 6);
}

/** However often it is stopped. */
async function isToldAlike(t: Test, name: string): Promise<void> {
  const told = await because(name, 'NotReady');
  t.match(
    told.status?.message,
    /is stopped again and again by its startup probe, which asks port 9090 .* does it listen elsewhere/,
  );
  await isStartedAgain(name);
  await statuses.wrote(t, name, 3);
}

async function isStartedAgain(name: string): Promise<void> {
  interface Status {
    status: { containerStatuses: { restartCount: number }[] };
  }
  const restarts = async () => {
    const [pod] = await podsOf(cluster, name);
    const { status } = await get<Status>(cluster, 'pod', pod!.metadata.name);
    return status.containerStatuses[0]!.restartCount;
  };
  await poll(`${name} has been started three times again`, async () => (await restarts()) >= 3, 120);
}

async function schedulingGate(t: Test): Promise<void> {
  await mutates('gated', '/spec/schedulingGates', [{ name: 'acme.com/budget' }]);
  await apply(cluster, teller('gated'));
  const { status } = await because('gated', 'SchedulingGated');
  t.match(status?.message, /its scheduling gates acme\.com\/budget keep it from every node/);
}

async function readinessGate(t: Test): Promise<void> {
  await mutates('listed', '/spec/readinessGates', [{ conditionType: 'acme.com/listed' }]);
  await apply(cluster, teller('listed'));
  const { status } = await because('listed', 'ReadinessGatesNotReady');
  t.match(status?.message, /its containers are ready, but not its readiness gates acme\.com\/listed: /);
}

async function injectedSidecar(t: Test): Promise<void> {
  const sidecar = {
    ...wait,
    name: 'mesh',
    args: FOR_EVER,
    restartPolicy: 'Always',
    startupProbe: { tcpSocket: { port: 15021 }, failureThreshold: 600 },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  await mutates('meshed', '/spec/initContainers', [sidecar]);
  await apply(cluster, teller('meshed'));
  const { status } = await because('meshed', 'PodInitializing');
  t.match(
    status?.message,
    /sidecar mesh runs, and its startup probe, which asks port 15021, has not succeeded/,
  );
}

async function failingHook(t: Test): Promise<void> {
  const postStart = { exec: { command: ['/register', '--token', 'tr0ub4dor'] } };
  await apply(cluster, teller('hooked', { pod: { lifecycle: { postStart } } }));
  const { status } = await because('hooked', 'PostStartHookError');
  t.match(status?.message, /container mcp-server: its postStart hook fails/);
  t.notMatch(JSON.stringify(status), 'tr0ub4dor');
  await isStartedAgain('hooked');
  await statuses.wrote(t, 'hooked', 3);
}

async function quota(t: Test): Promise<void> {
  await cluster.kubectl(['create', 'namespace', 'full']);
  await cluster.kubectl(['create', 'quota', 'pods', '--namespace=full', '--hard=pods=1']);
  await apply(cluster, teller('limited', {}, 'full'));
  await until(cluster, 'limited', 'limited is ready', settled, 60, 'full');
  await apply(cluster, teller('limited', { env: [{ name: 'GENERATION', value: '2' }] }, 'full'));
  const told = await until(
    cluster,
    'limited',
    'the quota is named',
    ({ status }) => Boolean(status?.message?.includes('exceeded quota: pods')),
    60,
    'full',
  );
  t.match(told.status?.message, 'the old pods count against the quota');
  t.match(told.status?.message, 'strategy: {type: Recreate}');
  await cluster.kubectl([
    ...['patch', 'mcpserver', 'limited', '--namespace=full', '--type=merge'],
    '--patch={"spec":{"strategy":{"type":"Recreate"}}}',
  ]);
  await until(cluster, 'limited', 'the strategy that it names ends it', settled, 60, 'full');
}

/** The kubelet is stopped for a while. Last, for every pod is on that node. */
async function lostNode(t: Test): Promise<void> {
  await apply(cluster, teller('far'));
  await until(cluster, 'far', 'far is ready', settled);
  await signal('STOP');
  const told = await because('far', 'NodeLost', 120);
  t.match(told.status?.message, /its node \S+ does not answer.*kubectl describe node /);
  t.equal(told.status?.phase, 'Degraded');
  await signal('CONT');
  await until(cluster, 'far', 'the node answers again', settled, 120);
}

async function signal(name: string): Promise<void> {
  const script = `for p in /proc/[0-9]*; do case $(readlink $p/exe) in */kubelet) kill -${name} \${p#/proc/};; esac; done`;
  const { exited } = await cluster.run(`kubelet-${name}`, '/bin/sh', ['-c', script]);
  await exited;
}

/** Has the API server add something to the pods of a server as they are made, as what injects sidecars and the like does. */
async function mutates(server: string, place: string, value: unknown): Promise<void> {
  const name = `mutates-${server}`;
  const policy = {
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      objectSelector: { matchLabels: { 'mcp.dev/server': server } },
    },
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    mutations: [
      {
        patchType: 'JSONPatch',
        jsonPatch: { expression: `[JSONPatch{op: "add", path: "${place}", value: ${celOf(value)}}]` },
      },
    ],
  };
  const kind = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name } };
  await apply(cluster, { ...kind, kind: 'MutatingAdmissionPolicy', spec: policy });
  await apply(cluster, { ...kind, kind: 'MutatingAdmissionPolicyBinding', spec: { policyName: name } });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'kube-system', labels: { 'mcp.dev/server': server } },
    spec: { containers: [{ name: 'mcp-server', image: NODE_IMAGE }] },
  };
  const args = [
    'create',
    '--dry-run=server',
    '--filename=-',
    `--output=jsonpath={${place.replace('/0/', '[0].').replaceAll('/', '.')}}`,
  ];
  const made = async () => (await cluster.kubectl(args, { input: JSON.stringify(pod) })).stdout;
  await poll(`pods of ${server} are changed`, async () => (await made()) !== '', 30);
}

/** CEL wants values of a list or map to be of one type, unless told that it is not known. */
function celOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => `dyn(${celOf(one)})`).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, one]) => `"${key}": dyn(${celOf(one)})`)
    .join(', ')}}`;
}

/** Waits until the condition of the Deployment has a reason. */
function because(name: string, reason: string, seconds = 90): Promise<MCPServer> {
  return until(
    cluster,
    name,
    `the reason is ${reason}`,
    (one) => condition(one, 'DeploymentReady')?.reason === reason,
    seconds,
  );
}
