/**
 * Bad days of real servers: pods that do not come up, a cluster that says no, a kind that is gone. Whatever happens, what
 * runs is not lost, and the message tells what is wrong and what to do. Last come the days that only look bad: an
 * autoscaler at work, and pods that are replaced under load.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { connectTo } from '../cluster/addons/connect-to.ts';
import { installCrds } from '../cluster/addons/crds.ts';
import { up } from '../cluster/cluster.ts';
import { buildImages } from '../cluster/images.ts';
import { poll } from '../cluster/process.ts';
import { apply, condition, exists, get, settled, until } from './look.ts';
import {
  NODE_IMAGE,
  nodeImage,
  type Pod,
  podsOf,
  runs,
  teller,
  toldBy,
  toldByService,
  uidsOf,
} from './node-servers.ts';
import {
  compositeController,
  engineReport,
  FAST,
  installCrds as installOurCrds,
  logged,
  metacontroller,
  root,
  runMetacontroller,
  startHook,
} from './operator.ts';
import { brief, watchStatuses } from './statuses.ts';

/** The least that settings allow. */
const DEADLINE_SECONDS = 30;
const PATIENCE_SECONDS = 30;
const OTHER_IMAGE = 'localhost/node:other';
const NO_IMAGE = 'localhost/does-not-exist:1';
const MONITORS = 'servicemonitors.monitoring.coreos.com';
const env = { MCP_PROGRESS_DEADLINE_SECONDS: String(DEADLINE_SECONDS) };

t.comment(engineReport);
const images = await mkdtemp(path.join(tmpdir(), 'smooth-images-'));
t.teardown(() => rm(images, { recursive: true }));
const tar = path.join(images, 'images.tar');
await buildImages(tar, [nodeImage(NODE_IMAGE), nodeImage(OTHER_IMAGE)]);
const cluster = await up({ node: 'real' });
t.teardown(() => cluster.down());
await cluster.loadImages!(tar);
await cluster.kubectl(['create', 'namespace', 'small']);
await installCrds(cluster, 'serviceMonitors');
const dev = await cluster.run(
  'dev',
  process.execPath,
  [path.join(root, 'src/cli.ts'), 'dev', '--install-crds'],
  { env: { KUBECONFIG: cluster.kubeconfig, FEATURES: 'servicemonitors', ...env } },
);
await logged(dev, 'Watching');
const statuses = await watchStatuses(cluster);

// Most of their time is waiting for a deadline, so they wait together.
await t.test('what keeps pods from serving is told', { jobs: 12 }, async (t) => {
  const troubles: [string, (t: Test) => Promise<void>][] = [
    ['an image that is not there, from the start', missingImage],
    ['an image that is not there, in an update', missingUpdate],
    ['an image that may not be pulled', neverPulled],
    ['a process that fails', crashes],
    ['a process that speaks over stdio', endsAtOnce],
    ['a process that needs more memory', outOfMemory],
    ['a node selector that no node has', unschedulable],
    ['a process that listens on another port', wrongPort],
    ['a quota that is exhausted', quota],
    ['a pod that Pod Security refuses', podSecurity],
    ['an autoscaler without metrics scales all the same', autoscaler],
  ];
  for (const [name, trouble] of troubles) t.test(name, { buffered: true }, trouble);
});
await t.test('pods are replaced and no request fails', replacedUnderLoad);
await t.test('an optional kind goes away, by the embedded engine', kindGoesAway);
if (metacontroller) await t.test('an optional kind goes away, by Metacontroller', byMetacontroller);

async function missingImage(t: Test): Promise<void> {
  await apply(cluster, teller('missing', { image: NO_IMAGE, imagePullPolicy: 'IfNotPresent' }));
  const told = await because('missing', 'ImagePullBackOff');
  t.match(told.status?.message, `image ${NO_IMAGE} cannot be pulled`);
  t.match(condition(told, 'Progressing'), { status: 'True', reason: 'Creating' }, 'before any deadline');
  const given = await givenUp(t, 'missing');
  t.equal(given.status?.phase, 'Failed');
  t.match(given.status?.message, `image ${NO_IMAGE} cannot be pulled`);
  await patch('missing', { image: NODE_IMAGE, imagePullPolicy: 'Never' });
  await until(cluster, 'missing', 'the right image mends it', settled);
  await wrote(t, 'missing', 8);
}

async function missingUpdate(t: Test): Promise<void> {
  await apply(cluster, teller('updated'));
  await until(cluster, 'updated', 'updated is ready', settled);
  const [old] = await uidsOf(cluster, 'updated');
  await patch('updated', { image: NO_IMAGE, imagePullPolicy: 'IfNotPresent' });
  const told = await until(cluster, 'updated', 'the image is named', ({ status }) =>
    Boolean(status?.message?.includes(`image ${NO_IMAGE} cannot be pulled`)),
  );
  t.equal(told.status?.phase, 'Updating', 'before any deadline');
  const serves = async (one: MCPServer) => {
    t.match(condition(one, 'Ready'), { status: 'True' });
    t.ok((await uidsOf(cluster, 'updated')).includes(old!), 'the old pod is there');
    t.ok((await toldByService(cluster, 'updated')).pod, 'and answers');
  };
  await serves(told);
  const given = await givenUp(t, 'updated');
  t.equal(given.status?.phase, 'Degraded');
  await serves(given);
  await patch('updated', { image: NODE_IMAGE, imagePullPolicy: 'Never' });
  await until(cluster, 'updated', 'the right image mends it', settled);
  await poll('one pod is left', async () => (await podsOf(cluster, 'updated')).length === 1, 20);
  t.strictSame(await uidsOf(cluster, 'updated'), [old], 'the old pod all the time');
  await wrote(t, 'updated', 10);
}

async function neverPulled(t: Test): Promise<void> {
  await apply(cluster, teller('never', { image: NO_IMAGE }));
  const { status } = await because('never', 'ErrImageNeverPull');
  t.match(status?.message, `image ${NO_IMAGE} is not on the node, and imagePullPolicy is Never`);
}

async function crashes(t: Test): Promise<void> {
  await apply(cluster, runs(`console.error('no database'); process.exit(1)`, 'crash'));
  const told = await because('crash', 'CrashLoopBackOff');
  t.match(told.status?.message, /container mcp-server keeps ending with exit code 1 \(Error\)/);
  await previousLogsSay(t, told, 'no database');
  const given = await givenUp(t, 'crash');
  t.equal(given.status?.phase, 'Failed');
  t.match(given.status?.message, /exit code 1/);
  await wrote(t, 'crash', 5);
}

async function endsAtOnce(t: Test): Promise<void> {
  // As every server that reads requests from its standard input, which is at its end here.
  const script = `process.stdin.resume().on('end', () => { console.error('input ended'); process.exit(0); })`;
  await apply(cluster, runs(script, 'stdio'));
  const told = await because('stdio', 'CrashLoopBackOff');
  t.match(told.status?.message, /exit code 0, as a server that speaks MCP over stdio does/);
  await previousLogsSay(t, told, 'input ended');
}

async function outOfMemory(t: Test): Promise<void> {
  const script = `const all = []; setInterval(() => all.push(Buffer.alloc(8 << 20, 1)), 10)`;
  const resources = { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '96Mi' } };
  await apply(cluster, runs(script, 'greedy', { resources }));
  const { status } = await because('greedy', 'OOMKilled');
  t.match(status?.message, /needs more memory than resources\.limits\.memory gives it/);
}

async function unschedulable(t: Test): Promise<void> {
  await apply(cluster, teller('homeless', { pod: { nodeSelector: { disk: 'none' } } }));
  const { status } = await because('homeless', 'Unschedulable');
  t.match(status?.message, /no node takes it: 0\/1 nodes are available.*node affinity\/selector/);
  t.comment(status!.message);
}

async function wrongPort(t: Test): Promise<void> {
  // It starts late, so that the rollout's own deadline is past when the patience with its probes ends.
  const wait = { name: 'wait', image: NODE_IMAGE, imagePullPolicy: 'Never' };
  const initContainers = [{ ...wait, args: ['-e', 'setTimeout(() => {}, 8000)'] }];
  await apply(cluster, teller('deaf', { port: 9090, pod: { initContainers } }));
  const given = await givenUp(t, 'deaf');
  t.match(condition(given, 'DeploymentReady'), { reason: 'Unavailable' }, 'no reason is known yet');
  const runs = async () => {
    const [pod] = await podsOf(cluster, 'deaf');
    return Boolean(pod?.status.containerStatuses?.some(({ state }) => state?.running));
  };
  await poll('its process runs', runs, 60);
  const versions = async () => {
    const [pod] = await podsOf(cluster, 'deaf');
    const objects = await get<{ items: { metadata: { resourceVersion: string } }[] }>(
      cluster,
      `pod/${pod!.metadata.name}`,
      'deployment/deaf',
    );
    return objects.items.map(({ metadata }) => metadata.resourceVersion);
  };
  const before = await versions();
  const told = await because('deaf', 'NotReady');
  const now = Date.now();
  t.match(told.status?.message, /is not ready: nothing good answers its probes \(is `port` the one/);
  t.strictSame(await versions(), before, 'nothing happened meanwhile: looking again has brought it');
  const started = Date.parse(/has run since (\S+) /.exec(told.status!.message!)![1]!);
  const late = (now - started) / 1000;
  t.ok(
    late >= PATIENCE_SECONDS && late <= PATIENCE_SECONDS + 10,
    `told ${late.toFixed(1)} s after its start`,
  );
  await wrote(t, 'deaf', 4);
}

async function quota(t: Test): Promise<void> {
  const pods = { kind: 'ResourceQuota', apiVersion: 'v1', metadata: { name: 'pods', namespace: 'small' } };
  await apply(cluster, { ...pods, spec: { hard: { pods: '2' } } });
  await apply(cluster, teller('limited', { replicas: 2 }, 'small'));
  await untilIn('small', 'limited', 'limited is ready', settled);
  const running = await uidsOf(cluster, 'limited', 'small');
  const already = (await statuses.of('limited', 'small')).length;
  const scale = (replicas: number) =>
    cluster.kubectl(['scale', '--namespace=small', 'mcpserver', 'limited', `--replicas=${replicas}`]);
  await scale(4);
  const told = await untilIn('small', 'limited', 'the quota is named', ({ status }) =>
    Boolean(status?.message?.includes('exceeded quota: pods')),
  );
  t.match(condition(told, 'Ready'), { status: 'True' });
  t.match(condition(told, 'DeploymentReady'), { status: 'False', message: /2 of 4 pods available.*quota/ });
  t.strictSame(await uidsOf(cluster, 'limited', 'small'), running, 'the pods that run stay');
  t.comment(told.status!.message);
  await scale(2);
  await untilIn('small', 'limited', 'two are wanted again', settled);
  t.strictSame(await uidsOf(cluster, 'limited', 'small'), running, 'the same pods all the time');
  const seen = await statuses.of('limited', 'small');
  t.ok(seen.length - already <= 7, `${seen.length - already} writes for two changes`);
  for (const status of seen) t.comment(brief(status));
}

async function podSecurity(t: Test): Promise<void> {
  await apply(cluster, teller('proud'));
  await until(cluster, 'proud', 'proud is ready', settled);
  const running = await uidsOf(cluster, 'proud');
  await patch('proud', { pod: { containerSecurityContext: { privileged: true } } });
  const told = await until(cluster, 'proud', 'the refusal is told', ({ status }) =>
    Boolean(status?.message?.includes('violates PodSecurity "restricted')),
  );
  t.match(condition(told, 'Ready'), { status: 'True' });
  t.strictSame(await uidsOf(cluster, 'proud'), running, 'the pod that runs stays');
  t.comment(told.status!.message);
  t.equal((await givenUp(t, 'proud')).status?.phase, 'Degraded');
  await patch('proud', { pod: { containerSecurityContext: null } });
  await until(cluster, 'proud', 'without it all is well', settled);
  t.strictSame(await uidsOf(cluster, 'proud'), running, 'the same pod all the time');
  await wrote(t, 'proud', 10);
}

async function autoscaler(t: Test): Promise<void> {
  await apply(cluster, teller('scaled', { autoscaling: { minReplicas: 2, maxReplicas: 3 } }));
  await until(
    cluster,
    'scaled',
    'the autoscaler raises the replicas',
    (one) => one.spec.replicas === 2 && settled(one),
    90,
  );
  const { metadata } = await get<{
    metadata: { managedFields: { manager: string; subresource?: string }[] };
  }>(cluster, 'mcpserver', 'scaled', '--show-managed-fields');
  t.match(
    metadata.managedFields.find(({ subresource }) => subresource === 'scale'),
    { manager: 'kube-controller-manager' },
    'by the scale subresource',
  );
  interface Autoscaler {
    spec: object;
    status?: { conditions?: { type: string; status: string; reason: string }[] };
  }
  let found: Autoscaler | undefined;
  const active = (type: string) => found?.status?.conditions?.find((one) => one.type === type);
  const looked = async () => {
    found = await get<Autoscaler>(cluster, 'horizontalpodautoscaler', 'scaled');
    return active('ScalingActive')?.reason === 'FailedGetResourceMetric';
  };
  await poll('the autoscaler asks for metrics', looked, 60);
  t.match(found!.spec, { scaleTargetRef: { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer' } });
  t.match(active('ScalingActive'), { status: 'False' });
  t.match(active('AbleToScale'), { status: 'True' });
  await cluster.kubectl(['scale', 'mcpserver', 'scaled', '--replicas=3']);
  await until(cluster, 'scaled', 'a person may scale too', (one) => one.spec.replicas === 3 && settled(one));
  await wrote(t, 'scaled', 12);
}

async function replacedUnderLoad(t: Test): Promise<void> {
  // Its process ends at the first signal: what keeps requests whole is the time that the pod takes to leave.
  const pod = { terminationGracePeriodSeconds: 30 };
  await apply(cluster, teller('busy', { replicas: 2, pod }));
  await until(cluster, 'busy', 'busy is ready', settled);
  await toldByService(cluster, 'busy');
  const load = await stream(4);
  await patch('busy', { image: OTHER_IMAGE });
  await until(cluster, 'busy', 'the new image serves', settled);
  await remain('busy', 2);
  const update = load.count();
  await cluster.kubectl(['scale', 'mcpserver', 'busy', '--replicas=1']);
  await until(cluster, 'busy', 'one pod is wanted', settled);
  await remain('busy', 1);
  const { requests, failures } = await load.stop();
  if (failures.length > 0) t.comment(readFileSync(path.join(cluster.dir, 'forward-agent.log'), 'utf8'));
  t.strictSame(failures, [], `${update} requests while the pods are replaced, ${requests - update} after`);
  t.ok(requests >= 200, `${requests} requests`);
  await wrote(t, 'busy', 10);
}

/** Waits until there are no more pods of a server than wanted, those on their way out included. */
async function remain(name: string, count: number): Promise<void> {
  const args = ['pods', '--selector', `mcp.dev/server=${name}`];
  const left = async () => (await get<{ items: Pod[] }>(cluster, ...args)).items.length === count;
  await poll(`${count} pods of ${name} are left`, left, 60);
}

interface Load {
  count(): number;
  stop(): Promise<{ requests: number; failures: string[] }>;
}

/** Clients that ask the Service `busy`, one request after the other, each on a connection of its own. */
async function stream(clients: number): Promise<Load> {
  // By its address: names are not what is tried here.
  const { spec } = await get<{ spec: { clusterIP: string } }>(cluster, 'service', 'busy');
  let going = true;
  let requests = 0;
  const failures: string[] = [];
  const client = async (from: string) => {
    const { port, close } = await cluster.forward(spec.clusterIP, 80, from);
    const request = connectTo(port);
    for (; going; requests++) {
      try {
        const response = await request('http://busy.example.com/', { signal: AbortSignal.timeout(10_000) });
        await response.text();
        if (!response.ok) failures.push(String(response.status));
      } catch (error) {
        failures.push(`${new Date().toISOString()}: ${(error as Error).message}`);
      }
    }
    await close();
  };
  const done = Promise.all(cluster.clientAddresses.slice(0, clients).map(client));
  return {
    count: () => requests,
    stop: async () => {
      going = false;
      await done;
      return { requests, failures };
    },
  };
}

function monitored(config: object) {
  return teller('monitored', { observability: { metrics: {} }, config });
}

async function kindGoesAway(t: Test): Promise<void> {
  await apply(cluster, monitored({ LEVEL: 'one' }));
  const { status } = await until(cluster, 'monitored', 'monitored is ready', settled);
  t.match(condition({ status }, 'ServiceMonitorCreated'), { status: 'True' });
  await isMissed(t);
  await apply(cluster, monitored({ LEVEL: 'meanwhile' }));
  const served = async () => (await levelOf('monitored').catch(() => undefined)) === 'meanwhile';
  await poll('a change is served all the same', served, 60);
  const told = await until(cluster, 'monitored', 'the change is through', settled);
  t.match(condition(told, 'ServiceMonitorCreated'), { status: 'False', reason: 'Missing' });
  t.equal(told.status?.message, 'ServiceMonitor default/monitored is not there', 'what it lacks is told');
  await comesBack(t);
  await wrote(t, 'monitored', 8);
}

/** It looks at which kinds there are from time to time, and from then on syncs no parent until each is there again. */
async function byMetacontroller(t: Test): Promise<void> {
  await dev.stop();
  await installOurCrds(cluster);
  const hook = await startHook(cluster, 'hook', { FEATURES: 'servicemonitors', ...env });
  await apply(cluster, compositeController(hook.url, 10, { features: ['servicemonitors'] }));
  // Seldom enough that it is not likely to look between the end of the ServiceMonitor and the sync that misses it.
  const pace = { ...FAST, discoverySeconds: 6 };
  const controller = await runMetacontroller(cluster, 'dynamic-apply', pace, ['servicemonitors']);
  await apply(cluster, monitored({ LEVEL: 'two' }));
  await until(cluster, 'monitored', 'Metacontroller goes on with it', settled);

  await isMissed(t);
  const failures = () =>
    readFileSync(controller.log, 'utf8').split("can't find resource servicemonitors").length - 1;
  await poll('it knows that the kind is gone', async () => failures() > 0, 30);
  const running = await uidsOf(cluster, 'monitored');
  await apply(cluster, monitored({ LEVEL: 'later' }));
  const before = failures();
  await poll('it has tried again', async () => failures() > before, 60);
  t.equal(await levelOf('monitored'), 'two', 'a change has to wait');
  t.strictSame(await uidsOf(cluster, 'monitored'), running, 'and what runs goes on');
  const { items } = await get<{ items: { reason: string; message: string }[] }>(
    cluster,
    'events',
    '--field-selector=involvedObject.kind=MCPServer,involvedObject.name=monitored',
  );
  const told = items.find(({ message }) => message.includes("can't find resource servicemonitors"));
  t.match(told, { reason: 'SyncError' }, 'the events of the server say why');
  await comesBack(t);
  t.equal(await levelOf('monitored'), 'later', 'the change that waited is rolled out');
  await controller.stop();
  await hook.process.stop();
}

/** Deletes the kind, and sees that the server runs on and says so. */
async function isMissed(t: Test): Promise<void> {
  const running = await uidsOf(cluster, 'monitored');
  await cluster.kubectl(['delete', 'crd', MONITORS]);
  const gone = await until(
    cluster,
    'monitored',
    'the ServiceMonitor is missed',
    (one) => condition(one, 'ServiceMonitorCreated')?.reason === 'Missing',
  );
  t.match(gone.status?.message, 'ServiceMonitor default/monitored is not there');
  t.match(condition(gone, 'Ready'), { status: 'True' });
  t.strictSame(await uidsOf(cluster, 'monitored'), running, 'the pod runs on');
}

async function comesBack(t: Test): Promise<void> {
  await installCrds(cluster, 'serviceMonitors');
  const since = performance.now();
  const { status } = await until(
    cluster,
    'monitored',
    'the ServiceMonitor is back',
    (one) => settled(one) && condition(one, 'ServiceMonitorCreated')?.status === 'True',
    120,
  );
  t.comment(`all is well ${((performance.now() - since) / 1000).toFixed(1)} s after the kind is back`);
  t.ok(await exists(cluster, 'servicemonitor', 'monitored'));
  t.equal(status?.message, undefined);
}

/** What the process of the one pod that is to stay was given. */
async function levelOf(name: string): Promise<string | undefined> {
  await poll('one pod is left', async () => (await podsOf(cluster, name)).length === 1, 20);
  return (await toldBy(cluster, name)).env.LEVEL;
}

function patch(name: string, spec: object) {
  return cluster.kubectl(['patch', 'mcpserver', name, '--type=merge', '--patch', JSON.stringify({ spec })]);
}

/** Waits until the condition of the Deployment has a reason. */
function because(name: string, reason: string): Promise<MCPServer> {
  return until(
    cluster,
    name,
    `the reason is ${reason}`,
    (one) => condition(one, 'DeploymentReady')?.reason === reason,
    90,
  );
}

async function givenUp(t: Test, name: string): Promise<MCPServer> {
  const server = await until(
    cluster,
    name,
    'the rollout is given up',
    (one) => condition(one, 'Progressing')?.reason === 'ProgressDeadlineExceeded',
    DEADLINE_SECONDS + 60,
  );
  t.match(condition(server, 'Progressing'), { status: 'False' }, 'it is said that it will not get there');
  return server;
}

function untilIn(namespace: string, name: string, what: string, wanted: (server: MCPServer) => boolean) {
  return until(cluster, name, what, wanted, 60, namespace);
}

/**
 * Runs the command that a message tells people to run. Until the kubelet waits between two starts, the container that it
 * counts as the previous one may be gone already: then kubectl says so, and calls that a success.
 */
async function previousLogsSay(t: Test, { status }: MCPServer, words: string): Promise<void> {
  const [, command] = /kubectl (logs .* --previous)/.exec(status?.message ?? '') ?? [];
  const since = performance.now();
  const said = async () =>
    (await cluster.kubectl(command!.split(' '), { allowFailure: true })).stdout.includes(words);
  await poll(`kubectl ${command} shows why`, said, 60);
  t.pass(`the command in the message shows why, ${((performance.now() - since) / 1000).toFixed(1)} s later`);
}

/** Bounds how often the status of a server was written, and tells what it said. */
async function wrote(t: Test, name: string, most: number): Promise<void> {
  const seen = await statuses.of(name);
  t.ok(seen.length <= most, `the status of ${name} was written ${seen.length} times, at most ${most}`);
  for (const status of seen) t.comment(brief(status));
}
