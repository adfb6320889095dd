/** Profile 1: a real control plane, and nodes that kwok plays. Pods run and are ready at once; no container exists. */
import path from 'node:path';
import { binaries } from './binaries.ts';
import type { Cluster, UpOptions } from './cluster.ts';
import { startControlPlane } from './control-plane.ts';
import { addressesOf, forwards } from './forward.ts';
import { freePort } from './ports.ts';
import { replaceable, type Supervisor, supervise, withOthers } from './process.ts';
import { controlPlanes, kwok, NEWEST, simulatedBuilds } from './versions.ts';

/**
 * kwok reports for its nodes, but what once counted as not ready, as all pods do after an outage of the API server, stays so:
 * no kubelet says otherwise.
 */
const NODE_GRACE_SECONDS = 3600;

/** Which kwok has none of: pods that ask a server what it is. */
const ASKS = path.join(import.meta.dirname, 'asks.stage.yaml');

export async function upSimulated(dir: string, options: UpOptions): Promise<Cluster> {
  const supervisor = await supervise({ dir });
  try {
    return await start(dir, supervisor, options);
  } catch (error) {
    await supervisor.down();
    throw error;
  }
}

async function start(dir: string, supervisor: Supervisor, options: UpOptions): Promise<Cluster> {
  const { nodes = 1, stages = [], kubernetes = NEWEST } = options;
  const find = await binaries(simulatedBuilds(kubernetes));
  const { startComponent, until } = supervisor;
  const bindAddress = '127.0.0.1';
  const port = await freePort();
  const { control, settled } = await startControlPlane({
    dir,
    find,
    startComponent,
    until,
    port,
    bindAddress,
    nodeGraceSeconds: NODE_GRACE_SECONDS,
  });
  const config = [...Object.keys(kwok.files ?? {}).map(find), ASKS, ...stages];
  const startKwok = () =>
    startComponent(
      'kwok',
      find('kwok'),
      [
        `--kubeconfig=${control.kubeconfig}`,
        '--manage-all-nodes',
        // No server for logs and exec, which would listen on every address of the machine.
        '--node-port=0',
        ...config.map((file) => `--config=${file}`),
      ],
      { env: { KWOK_WORKDIR: path.join(dir, 'kwok') } },
    );
  const nodesAndPods = replaceable(await startKwok(), startKwok);
  await control.kubectl(['create', '-f', '-'], { input: JSON.stringify(nodeList(nodes)) });
  await settled(nodes);
  const { open: forward, closeAll } = forwards();
  return {
    ...control,
    apiServer: withOthers(control.apiServer, [nodesAndPods]),
    profile: 'simulated',
    kubernetes: controlPlanes[kubernetes].version,
    dir,
    run: supervisor.start,
    forward,
    clientAddresses: addressesOf('127.1.0.0/24'), // All of 127 is this machine's, and nothing else uses this part.
    async down() {
      await closeAll();
      await supervisor.down();
    },
  };
}

/** kwok fills in what a kubelet would report, with room for a million pods on each. */
export function nodeList(count: number): object {
  const items = Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${index}`,
      annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
      labels: { 'kubernetes.io/hostname': `node-${index}`, 'kubernetes.io/os': 'linux' },
    },
  }));
  return { apiVersion: 'v1', kind: 'List', items };
}
