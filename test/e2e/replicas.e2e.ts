/**
 * Pods that come and go while a server works as it should: an autoscaler says how many there are, and clients call while
 * they are replaced.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { connectTo } from '../cluster/addons/connect-to.ts';
import { poll } from '../cluster/process.ts';
import { apply, get, patch, settled, until } from './look.ts';
import { everyPodOf, NODE_IMAGE, nodeImage, teller, toldByService } from './node-servers.ts';
import { startDev } from './operator.ts';
import { upWithImages } from './real-cluster.ts';
import { watchStatuses } from './statuses.ts';

const OTHER_IMAGE = 'localhost/node:other';

const cluster = await upWithImages(t, [nodeImage(NODE_IMAGE), nodeImage(OTHER_IMAGE)]);
await startDev(cluster);
const statuses = await watchStatuses(cluster);

await t.test('an autoscaler without metrics scales all the same', autoscaler);
await t.test('pods are replaced and no request fails', replacedUnderLoad);

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
    return active('ScalingActive')?.reason === 'FailedGetContainerResourceMetric';
  };
  await poll('the autoscaler asks for metrics', looked, 60);
  t.match(found!.spec, { scaleTargetRef: { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer' } });
  t.match(active('ScalingActive'), { status: 'False' });
  t.match(active('AbleToScale'), { status: 'True' });
  await cluster.kubectl(['scale', 'mcpserver', 'scaled', '--replicas=3']);
  await until(cluster, 'scaled', 'a person may scale too', (one) => one.spec.replicas === 3 && settled(one));
  await statuses.wrote(t, 'scaled', 12);
}

async function replacedUnderLoad(t: Test): Promise<void> {
  // Its process ends at the first signal: what keeps requests whole is the time that the pod takes to leave.
  const pod = { terminationGracePeriodSeconds: 30 };
  await apply(cluster, teller('busy', { replicas: 2, pod }));
  await until(cluster, 'busy', 'busy is ready', settled);
  await toldByService(cluster, 'busy');
  const load = await stream(4);
  await patch(cluster, 'busy', { image: OTHER_IMAGE });
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
  await statuses.wrote(t, 'busy', 10);
}

/** Waits until there are no more pods of a server than wanted, those on their way out included. */
async function remain(name: string, count: number): Promise<void> {
  const left = async () => (await everyPodOf(cluster, name)).length === count;
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
