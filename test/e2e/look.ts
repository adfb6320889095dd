/** Looking at a cluster: objects, what became of a server, and how many writes the API server has counted. */
import type { MCPServer } from '../../src/api/mcpserver.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';

export const CHILD_KINDS = ['deployments', 'services', 'serviceaccounts'];

export async function get<T = KubernetesObject>(cluster: Cluster, ...args: string[]): Promise<T> {
  return JSON.parse((await cluster.kubectl(['get', ...args, '-o', 'json'])).stdout) as T;
}

export async function exists(cluster: Cluster, ...args: string[]): Promise<boolean> {
  return (await cluster.kubectl(['get', ...args, '--ignore-not-found', '-o', 'name'])).stdout !== '';
}

export async function server(cluster: Cluster, name: string): Promise<MCPServer> {
  return get<MCPServer>(cluster, 'mcpserver', name);
}

export async function apply(cluster: Cluster, object: object): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });
}

/** Waits until a server's status is what a test wants, and returns the server. */
export async function until(
  cluster: Cluster,
  name: string,
  what: string,
  wanted: (server: MCPServer) => boolean,
  seconds = 60,
): Promise<MCPServer> {
  let last: MCPServer | undefined;
  try {
    await poll(
      what,
      async () => {
        last = await server(cluster, name);
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

export function condition({ status }: Pick<MCPServer, 'status'>, type: string) {
  return status?.conditions?.find((one) => one.type === type);
}

/** How often each of our resources was written since the API server started, by `resource` or `resource/subresource`. */
export async function writes(cluster: Cluster): Promise<Record<string, number>> {
  const { stdout } = await cluster.kubectl(['get', '--raw', '/metrics']);
  const counts: Record<string, number> = {};
  for (const line of stdout.split('\n')) {
    const match = /^apiserver_request_total\{(.*)\} (\S+)$/.exec(line);
    if (!match) continue;
    const labels = Object.fromEntries(
      [...match[1]!.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]),
    );
    if (!['POST', 'PUT', 'PATCH', 'APPLY', 'DELETE'].includes(labels.verb!)) continue;
    // The cluster's own controllers write the status of Deployments; nobody but the operator writes that of servers.
    const ours =
      (CHILD_KINDS.includes(labels.resource!) && labels.subresource === '') ||
      labels.resource === 'mcpservers';
    if (!ours) continue;
    const key = [labels.resource, labels.subresource].filter(Boolean).join('/');
    counts[key] = (counts[key] ?? 0) + Number(match[2]);
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
