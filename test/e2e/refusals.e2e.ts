/**
 * A cluster that says no: a quota that is exhausted, a pod that Pod Security refuses, an optional kind that goes away. What
 * runs is not lost, the status tells what is wrong, and all is well once the cluster says yes.
 */
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { installCrds } from '../cluster/addons/crds.ts';
import { poll } from '../cluster/process.ts';
import { givenUp, SOON_GIVEN_UP } from './deadline.ts';
import { apply, condition, exists, get, patch, settled, until } from './look.ts';
import { NODE_IMAGE, nodeImage, podsOf, teller, toldBy, uidsOf } from './node-servers.ts';
import {
  compositeControllers,
  engineReport,
  FAST,
  installCrds as installOurCrds,
  metacontroller,
  runMetacontroller,
  startDev,
  startHook,
} from './operator.ts';
import { upWithImages } from './real-cluster.ts';
import { brief, watchStatuses } from './statuses.ts';

const MONITORS = 'servicemonitors.monitoring.coreos.com';

t.comment(engineReport);
const cluster = await upWithImages(t, [nodeImage(NODE_IMAGE)]);
await cluster.kubectl(['create', 'namespace', 'small']);
await installCrds(cluster, 'serviceMonitors');
const env = { FEATURES: 'servicemonitors', ...SOON_GIVEN_UP };
const dev = await startDev(cluster, env);
const statuses = await watchStatuses(cluster);

await t.test('what is refused is told', { jobs: 2 }, async (t) => {
  t.test('a quota that is exhausted', { buffered: true }, quota);
  t.test('a pod that Pod Security refuses', { buffered: true }, podSecurity);
});
await t.test('an optional kind goes away, by the embedded engine', kindGoesAway);
if (metacontroller) await t.test('an optional kind goes away, by Metacontroller', byMetacontroller);

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
  await patch(cluster, 'proud', { pod: { containerSecurityContext: { privileged: true } } });
  const told = await until(cluster, 'proud', 'the refusal is told', ({ status }) =>
    Boolean(status?.message?.includes('violates PodSecurity "restricted')),
  );
  t.match(condition(told, 'Ready'), { status: 'True' });
  t.strictSame(await uidsOf(cluster, 'proud'), running, 'the pod that runs stays');
  t.comment(told.status!.message);
  t.equal((await givenUp(t, cluster, 'proud')).status?.phase, 'Degraded');
  await patch(cluster, 'proud', { pod: { containerSecurityContext: null } });
  await until(cluster, 'proud', 'without it all is well', settled);
  t.strictSame(await uidsOf(cluster, 'proud'), running, 'the same pod all the time');
  await statuses.wrote(t, 'proud', 10);
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
  await statuses.wrote(t, 'monitored', 8);
}

/** It looks at which kinds there are from time to time, and from then on syncs no parent until each is there again. */
async function byMetacontroller(t: Test): Promise<void> {
  await dev.stop();
  await installOurCrds(cluster);
  const hook = await startHook(cluster, 'hook', env);
  const kinds = { features: ['servicemonitors'], asks: false } as const;
  await apply(cluster, compositeControllers(hook.url, 10, kinds));
  // Seldom enough that it is not likely to look between the end of the ServiceMonitor and the sync that misses it.
  const pace = { ...FAST, discoverySeconds: 6 };
  const controller = await runMetacontroller(cluster, 'dynamic-apply', pace, kinds);
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
  await poll('one pod is left', async () => (await podsOf(cluster, name)).length === 1, 30);
  return (await toldBy(cluster, name)).env.LEVEL;
}

function untilIn(namespace: string, name: string, what: string, wanted: (server: MCPServer) => boolean) {
  return until(cluster, name, what, wanted, 60, namespace);
}
