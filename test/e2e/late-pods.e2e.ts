/**
 * Pods of real servers that do not come up, for what is the matter with an image, a process, a port or a node. The status
 * tells what is wrong and what to do, and what runs is not lost. Pods are looked at only while their server is late.
 */
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { poll } from '../cluster/process.ts';
import { givenUp, SOON_GIVEN_UP } from './deadline.ts';
import { apply, condition, get, patch, settled, until } from './look.ts';
import { NODE_IMAGE, nodeImage, podsOf, runs, teller, toldByService, uidsOf } from './node-servers.ts';
import { startDev } from './operator.ts';
import { upWithImages } from './real-cluster.ts';
import { watchStatuses } from './statuses.ts';

/** What the operator gives a container to be ready before it says that it is late. */
const PATIENCE_SECONDS = 30;
const NO_IMAGE = 'localhost/does-not-exist:1';

const cluster = await upWithImages(t, [nodeImage(NODE_IMAGE)]);
await startDev(cluster, { ...SOON_GIVEN_UP, MCP_RELATE_PODS: 'late' });
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
  ];
  for (const [name, trouble] of troubles) t.test(name, { buffered: true }, trouble);
});

async function missingImage(t: Test): Promise<void> {
  await apply(cluster, teller('missing', { image: NO_IMAGE, imagePullPolicy: 'IfNotPresent' }));
  const told = await because('missing', 'ImagePullBackOff');
  t.match(told.status?.message, `image ${NO_IMAGE} cannot be pulled`);
  t.match(condition(told, 'Progressing'), { status: 'True', reason: 'Creating' }, 'before any deadline');
  const given = await givenUp(t, cluster, 'missing');
  t.equal(given.status?.phase, 'Failed');
  t.match(given.status?.message, `image ${NO_IMAGE} cannot be pulled`);
  await patch(cluster, 'missing', { image: NODE_IMAGE, imagePullPolicy: 'Never' });
  await until(cluster, 'missing', 'the right image mends it', settled);
  await statuses.wrote(t, 'missing', 8);
}

async function missingUpdate(t: Test): Promise<void> {
  await apply(cluster, teller('updated'));
  await until(cluster, 'updated', 'updated is ready', settled);
  const [old] = await uidsOf(cluster, 'updated');
  await patch(cluster, 'updated', { image: NO_IMAGE, imagePullPolicy: 'IfNotPresent' });
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
  const given = await givenUp(t, cluster, 'updated');
  t.equal(given.status?.phase, 'Degraded');
  await serves(given);
  await patch(cluster, 'updated', { image: NODE_IMAGE, imagePullPolicy: 'Never' });
  await until(cluster, 'updated', 'the right image mends it', settled);
  await poll('one pod is left', async () => (await podsOf(cluster, 'updated')).length === 1, 30);
  t.strictSame(await uidsOf(cluster, 'updated'), [old], 'the old pod all the time');
  await statuses.wrote(t, 'updated', 10);
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
  const given = await givenUp(t, cluster, 'crash');
  t.equal(given.status?.phase, 'Failed');
  t.match(given.status?.message, /exit code 1/);
  await statuses.wrote(t, 'crash', 5);
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
  const given = await givenUp(t, cluster, 'deaf');
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
  await statuses.wrote(t, 'deaf', 4);
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
