/** Looking at a cluster: objects, what became of a server, and how many writes the API server has counted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { accessTo } from './client.ts';

export const CHILD_KINDS = ['deployments', 'services', 'serviceaccounts'];

export async function get<T = KubernetesObject>(cluster: Cluster, ...args: string[]): Promise<T> {
  return JSON.parse((await cluster.kubectl(['get', ...args, '-o', 'json'])).stdout) as T;
}

export async function exists(cluster: Cluster, ...args: string[]): Promise<boolean> {
  return (await cluster.kubectl(['get', ...args, '--ignore-not-found', '-o', 'name'])).stdout !== '';
}

/** Not by kubectl: who waits asks again and again, and many at once would leave the machine no time for what they wait for. */
export async function server(cluster: Cluster, name: string, namespace = 'default'): Promise<MCPServer> {
  const path = `/apis/mcp.dev/v1alpha1/namespaces/${namespace}/mcpservers/${name}`;
  return accessTo(cluster).client.request<MCPServer>('GET', path);
}

export async function apply(cluster: Cluster, object: object): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
}

/** Changes fields of a server's spec. */
export async function patch(cluster: Cluster, name: string, spec: object): Promise<void> {
  const change = JSON.stringify({ spec });
  await cluster.kubectl(['patch', 'mcpserver', name, '--type=merge', '--patch', change]);
}

/** Gives a Service of type LoadBalancer its address, as the controller of a cloud does. */
export async function giveAddress(cluster: Cluster, service: string, ip: string): Promise<void> {
  const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip }] } } });
  const args = ['patch', 'service', service, '--subresource=status', '--type=merge', '--patch', status];
  await cluster.kubectl(args);
}

/** Waits until a server's status is what a test wants, and returns the server. */
export async function until(
  cluster: Cluster,
  name: string,
  what: string,
  wanted: (server: MCPServer) => boolean,
  seconds = 60,
  namespace = 'default',
): Promise<MCPServer> {
  let last: MCPServer | undefined;
  try {
    await poll(
      what,
      async () => {
        last = await server(cluster, name, namespace);
        return wanted(last);
      },
      seconds,
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${JSON.stringify(last?.status, null, 2)}`);
  }
  return last!;
}

/** Whether a server serves its present generation with all its pods. */
export function settled({ metadata, spec, status }: MCPServer): boolean {
  const progressing = condition({ status }, 'Progressing');
  return (
    status?.phase === 'Ready' &&
    status.observedGeneration === metadata.generation &&
    status.ready === `${spec.replicas}/${spec.replicas}` &&
    progressing?.observedGeneration === metadata.generation &&
    progressing.status === 'False'
  );
}

/** Whether it serves, and was asked what it is since its last change. */
export function isVerified(server: MCPServer): boolean {
  const { status, message = '' } = condition(server, 'Verified') ?? {};
  const isOfNow = !server.status?.verification?.asking && !message.includes('(asked before');
  return settled(server) && status === 'True' && isOfNow;
}

export function condition({ status }: Pick<MCPServer, 'status'>, type: string) {
  return status?.conditions?.find((one) => one.type === type);
}

/** How often the API server has answered one kind of request since it started. */
export interface RequestCount {
  verb: string;
  resource: string;
  /** Empty for the resource itself. */
  subresource: string;
  /** HTTP status of the answers. */
  code: number;
  count: number;
}

/** @returns the API server's own counts, one for each combination of what a RequestCount tells apart. */
export async function requests(cluster: Cluster): Promise<RequestCount[]> {
  const { stdout } = await cluster.kubectl(['get', '--raw', '/metrics']);
  const counts = new Map<string, RequestCount>();
  for (const [, text, count] of stdout.matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
    const labels = new Map([...text!.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const told = ['verb', 'resource', 'subresource', 'code'].map((name) => labels.get(name) ?? '');
    const [verb, resource, subresource, code] = told as [string, string, string, string];
    const key = told.join();
    const before = counts.get(key)?.count ?? 0;
    counts.set(key, { verb, resource, subresource, code: Number(code), count: before + Number(count) });
  }
  return [...counts.values()];
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE']);
const PARENTS = new Set(controllers.map(({ parent }) => parent.resource));
/** Nearly all pods are made and deleted by Deployments. */
const CHILDREN = new Set(
  controllers.flatMap(({ children }) =>
    children.filter(({ resource }) => resource !== 'pods').map(({ resource }) => resource),
  ),
);

/**
 * Whether a request writes what is the operator's. The cluster's own controllers write the status of children; nobody but
 * the operator writes that of parents.
 */
export function isOurWrite({ verb, resource, subresource }: RequestCount): boolean {
  return WRITES.has(verb) && (PARENTS.has(resource) || (CHILDREN.has(resource) && subresource === ''));
}

/** How often each of our resources was written since the API server started, by `resource` or `resource/subresource`. */
export async function writes(cluster: Cluster): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { resource, subresource, count } of (await requests(cluster)).filter(isOurWrite)) {
    const key = [resource, subresource].filter(Boolean).join('/');
    counts[key] = (counts[key] ?? 0) + count;
  }
  return counts;
}

/**
 * An object without what differs between two clusters or two ways of applying the same manifest: ids, versions, times and
 * addresses that the API server gives, who manages which field, the record that dynamic apply keeps, the label by which
 * Metacontroller's generated selector finds children, and the Deployment controller's own annotation.
 */
export function normalise(object: KubernetesObject): object {
  const { status: _, ...rest } = object;
  const { labels = {}, annotations = {}, ownerReferences = [], name, namespace } = object.metadata;
  const without = (map: Record<string, string>, ...keys: string[]) =>
    Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
  const spec = { ...((object.spec as Record<string, unknown> | undefined) ?? {}) };
  delete spec.clusterIP;
  delete spec.clusterIPs;
  // When its server came about.
  if (object.kind === 'MCPServerEntry') delete spec.created;
  return {
    ...rest,
    metadata: {
      name,
      namespace,
      labels: without(labels, 'controller-uid'),
      annotations: without(
        annotations,
        'metacontroller.k8s.io/last-applied-configuration',
        'deployment.kubernetes.io/revision',
      ),
      ownerReferences: ownerReferences.map(({ uid: __, ...reference }) => reference),
    },
    spec,
  };
}

/** Autoscalers look every 15 s; under server-side apply Metacontroller sends one again whenever its status has changed. */
const REST_SECONDS = 20;

/** Waits until all that was set going has come to rest. @returns the writes until then. */
export async function atRest(cluster: Cluster): Promise<Record<string, number>> {
  let before = await writes(cluster);
  await poll(
    `nothing is written for ${REST_SECONDS} s`,
    async () => {
      const last = before;
      await sleep(REST_SECONDS * 1000);
      before = await writes(cluster);
      return isDeepStrictEqual(before, last);
    },
    120,
  );
  return before;
}
