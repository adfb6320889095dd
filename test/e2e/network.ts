/**
 * Machines that try to reach each other through the real node's network: pods of several namespaces, and one outside the
 * cluster with two addresses. All of them run network-agent.ts. The node itself is no good for that: no policy holds for it.
 */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Test } from 'tap';
import type { Cluster } from '../cluster/cluster.ts';
import { filesLayer, type ImageSpec } from '../cluster/images.ts';
import { poll } from '../cluster/process.ts';
import { NODE_IN_IMAGE, nodeBaseLayer, nodeImageConfig } from '../cluster/test-images.ts';
import { apply, get } from './look.ts';
import { CONTROL_PORT } from './network-agent.ts';
import type { Target } from './network-attempt.ts';

const source = (name: string) => path.join(import.meta.dirname, name);
const AGENT = source('network-agent.ts');
/** For machines that have Node and nothing else of ours. */
export const ATTEMPT = source('network-attempt.ts');

export const AGENT_IMAGE = 'localhost/network-agent:smooth';

export function agentImage(): ImageSpec {
  const files = filesLayer({
    '/app/package.json': { text: '{"type": "module"}' },
    '/app/network-agent.ts': { from: AGENT },
    '/app/network-attempt.ts': { from: ATTEMPT },
  });
  const config = { ...nodeImageConfig, Entrypoint: [NODE_IN_IMAGE, '/app/network-agent.ts'] };
  return { name: AGENT_IMAGE, layers: [nodeBaseLayer(), files], config };
}

/** The machine outside, by its names among the clients. */
export const OUTSIDE = { 'outside/one': '10.251.0.2', 'outside/two': '10.251.0.3' };
export const OUTSIDE_CIDR = '10.251.0.0/24';

/** A network namespace beside the node, whose way into the cluster is the node. It goes when the node's namespaces go. */
const OUTSIDE_SCRIPT = `ip netns add outside
ip link add outside type veth peer name eth0 netns outside
ip addr add 10.251.0.1/24 dev outside
ip link set outside up
ip -n outside link set lo up
ip -n outside link set eth0 up
for address in ${Object.values(OUTSIDE).join(' ')}; do ip -n outside addr add $address/24 dev eth0; done
ip -n outside route add default via 10.251.0.1
exec ip netns exec outside "$0" "$@"`;

/** What is tried, by the name that a test gives it. */
export type Targets = Record<string, Target>;

export class Network {
  readonly #cluster: Cluster;
  /** Addresses of the clients, by name. */
  readonly #clients: ReadonlyMap<string, string>;
  readonly #controls = new Map<string, Promise<number>>();

  constructor(cluster: Cluster, clients: ReadonlyMap<string, string>) {
    this.#cluster = cluster;
    this.#clients = clients;
  }

  get clients(): string[] {
    return [...this.#clients.keys()];
  }

  /** Puts a Service of a pod's name in front of it. */
  async serve(
    client: string,
    ports: { port: number; targetPort?: number; protocol?: string }[],
  ): Promise<void> {
    const [namespace, name] = partsOf(client);
    const named = ports.map((one, at) => ({ name: `port-${at}`, ...one }));
    await apply(this.#cluster, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: { app: name }, ports: named },
    });
  }

  addressOf(client: string): string {
    return this.#clients.get(client)!;
  }

  /** @returns for each target the clients that get through to it. */
  async callers(targets: Targets): Promise<Record<string, string[]>> {
    const clients = [...this.#clients];
    const open = await Promise.all(clients.map(([name, address]) => this.#open(name, address, targets)));
    const callersOf = (target: string) =>
      clients.map(([name]) => name).filter((_, at) => open[at]!.includes(target));
    return Object.fromEntries(Object.keys(targets).map((target) => [target, callersOf(target)]));
  }

  /** @returns the targets to which a machine gets through, by its address. */
  async reachedFrom(address: string, targets: Targets): Promise<string[]> {
    const url = `http://127.0.0.1:${await this.#control(address)}/`;
    const body = JSON.stringify(Object.values(targets));
    const open = (await (await fetch(url, { method: 'POST', body })).json()) as boolean[];
    return Object.keys(targets).filter((_, at) => open[at]);
  }

  #open(client: string, address: string, targets: Targets): Promise<string[]> {
    if (!(client in OUTSIDE)) return this.reachedFrom(address, targets);
    const from = Object.entries(targets).map(([name, target]) => [name, { ...target, from: address }]);
    return this.reachedFrom(OUTSIDE['outside/one'], Object.fromEntries(from));
  }

  #control(address: string): Promise<number> {
    const control =
      this.#controls.get(address) ?? this.#cluster.forward(address, CONTROL_PORT).then(({ port }) => port);
    this.#controls.set(address, control);
    return control;
  }
}

function partsOf(client: string): [namespace: string, name: string] {
  return client.split('/') as [string, string];
}

/**
 * Makes the machines and their namespaces, and returns when all of them listen. The cluster must have the agent's image.
 * @param pods NAMESPACE/NAME of each; the name is its label `app` as well.
 */
export async function startNetwork(cluster: Cluster, pods: readonly string[]): Promise<Network> {
  const namespaces = [...new Set(pods.map((each) => partsOf(each)[0]))].filter((name) => name !== 'default');
  const list = (items: object[]) => apply(cluster, { apiVersion: 'v1', kind: 'List', items });
  await list(namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  for (const name of namespaces) {
    await cluster.kubectl(['wait', '--for=create', '--timeout=30s', '-n', name, 'serviceaccount/default']);
  }
  await list(pods.map(pod));
  // Its two addresses are one machine's, which also listens where DNS would.
  await cluster.run('outside', 'sh', ['-ec', OUTSIDE_SCRIPT, process.execPath, AGENT, '53']);
  const clients = new Map<string, string>();
  for (const each of pods) {
    const [namespace, name] = partsOf(each);
    const ready = ['wait', '--for=condition=Ready', '--timeout=120s'];
    await cluster.kubectl([...ready, '-n', namespace, `pod/${name}`]);
    const { status } = await get<{ status: { podIP: string } }>(cluster, 'pod', name, '-n', namespace);
    clients.set(each, status.podIP);
  }
  for (const [name, address] of Object.entries(OUTSIDE)) clients.set(name, address);
  const network = new Network(cluster, clients);
  const isUp = () =>
    network.reachedFrom(OUTSIDE['outside/one'], {}).then(
      () => true,
      () => false,
    );
  await poll('the machine outside is up', isUp, 30);
  return network;
}

function pod(each: string): object {
  const [namespace, name] = partsOf(each);
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const readinessProbe = { tcpSocket: { port: CONTROL_PORT }, periodSeconds: 1 };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      terminationGracePeriodSeconds: 1,
      containers: [
        { name: 'agent', image: AGENT_IMAGE, imagePullPolicy: 'Never', securityContext, readinessProbe },
      ],
    },
  };
}

/**
 * Looks until all is as expected, what is open and what is closed, for policies follow by events; three times in a row, for
 * it may be so by the policy of before, and has to stay so.
 */
export async function becomes<T>(t: Test, what: string, expected: T, look: () => Promise<T>): Promise<void> {
  let times = 0;
  const isSo = async () => {
    times = isDeepStrictEqual(await look(), expected) ? times + 1 : 0;
    return times === 2;
  };
  // Where it never is, the comparison shows what is instead.
  await poll(what, isSo, 15).catch(() => {});
  t.strictSame(await look(), expected, what);
}
