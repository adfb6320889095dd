/** Servers of the suite's own making: plain Node and a few lines of script, for what a real process sees and does. */
import type { MCPServer, MCPServerSpec } from '../../src/api/mcpserver.ts';
import { connectTo } from '../cluster/addons/connect-to.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { ImageSpec } from '../cluster/images.ts';
import { poll } from '../cluster/process.ts';
import { NODE_IN_IMAGE, nodeBaseLayer, nodeImageConfig } from '../cluster/test-images.ts';
import { get } from './look.ts';

/** Nothing but Node, which runs what its arguments say. Under several names it is several images of the same layer. */
export function nodeImage(name: string): ImageSpec {
  const config = { ...nodeImageConfig, Entrypoint: [NODE_IN_IMAGE] };
  return { name, layers: [nodeBaseLayer()], config };
}

export const NODE_IMAGE = 'localhost/node:smooth';

/** Where the teller looks for a volume. */
export const VOLUME_PATH = '/etc/volume';

/** Answers what its process was given: the environment, and the files of `config` and of a volume. */
const TELLER = `const { readdirSync, readFileSync } = require('node:fs');
function files(folder) {
  try {
    const names = readdirSync(folder).filter((name) => !name.startsWith('..'));
    return Object.fromEntries(names.map((name) => [name, readFileSync(folder + '/' + name, 'utf8')]));
  } catch {
    return {};
  }
}
require('node:http').createServer((_, response) => response.end(JSON.stringify({
  pod: process.env.HOSTNAME, env: process.env, config: files('/etc/mcp/config'), volume: files('${VOLUME_PATH}'),
}))).listen(8080);
process.on('SIGTERM', () => process.exit());`;

export interface Told {
  pod: string;
  env: Record<string, string>;
  config: Record<string, string>;
  volume: Record<string, string>;
}

type Manifest = Omit<MCPServer, 'spec'> & { spec: Partial<MCPServerSpec> };

/** A server that runs a script. It leaves at once when asked to, unless its spec says more. */
export function runs(script: string, name: string, spec: object = {}, namespace = 'default'): Manifest {
  const { pod, ...rest } = spec as Partial<MCPServerSpec>;
  return {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name, namespace },
    spec: {
      image: NODE_IMAGE,
      imagePullPolicy: 'Never',
      args: ['-e', script],
      ...rest,
      pod: { terminationGracePeriodSeconds: 1, ...pod },
    },
  } as Manifest;
}

export function teller(name: string, spec: object = {}, namespace?: string): Manifest {
  return runs(TELLER, name, spec, namespace);
}

export interface Pod {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  status: {
    podIP?: string;
    phase: string;
    containerStatuses?: { name: string; state?: { running?: object } }[];
  };
}

/** The pods of a server, those on their way out included, by name. */
export async function everyPodOf(cluster: Cluster, name: string, namespace = 'default'): Promise<Pod[]> {
  const args = ['pods', '--namespace', namespace, '--selector', `mcp.dev/server=${name}`];
  const { items } = await get<{ items: Pod[] }>(cluster, ...args);
  return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** The pods of a server that are not on their way out, by name. */
export async function podsOf(cluster: Cluster, name: string, namespace?: string): Promise<Pod[]> {
  const pods = await everyPodOf(cluster, name, namespace);
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

const uids = (pods: Pod[]) => pods.map(({ metadata }) => metadata.uid);

export async function everyUidOf(cluster: Cluster, name: string): Promise<string[]> {
  return uids(await everyPodOf(cluster, name));
}

export async function uidsOf(cluster: Cluster, name: string, namespace?: string): Promise<string[]> {
  return uids(await podsOf(cluster, name, namespace));
}

/** What the one pod of a server tells, asked itself and not through the Service, which may still know its predecessor. */
export async function toldBy(cluster: Cluster, name: string): Promise<Told> {
  const pods = await podsOf(cluster, name);
  if (pods.length !== 1) throw new Error(`${name} has ${pods.length} pods, not one`);
  return ask(cluster, pods[0]!.status.podIP!, 8080);
}

/** Asks through the Service, again until there is an answer: a fresh one refuses connections for a moment. */
export async function toldByService(cluster: Cluster, name: string): Promise<Told> {
  let told: Told | undefined;
  const answered = async () => {
    told = await ask(cluster, `${name}.default`, 80).catch(() => undefined);
    return told !== undefined;
  };
  await poll(`the Service ${name} answers`, answered, 30);
  return told!;
}

async function ask(cluster: Cluster, host: string, port: number): Promise<Told> {
  const forward = await cluster.forward(host, port);
  try {
    return (await (await connectTo(forward.port)('http://teller.example.com/')).json()) as Told;
  } finally {
    await forward.close();
  }
}

/** How many pod templates a server's Deployment has had: it grows by one with each rollout. */
export async function revisionOf(cluster: Cluster, name: string): Promise<number> {
  const { metadata } = await get<{ metadata: { annotations: Record<string, string> } }>(
    cluster,
    'deployment',
    name,
  );
  return Number(metadata.annotations['deployment.kubernetes.io/revision']);
}

export async function replicaSetsOf(cluster: Cluster, name: string): Promise<number> {
  const args = ['replicasets', '--selector', `mcp.dev/server=${name}`];
  return (await get<{ items: unknown[] }>(cluster, ...args)).items.length;
}
