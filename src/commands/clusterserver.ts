/** A server of a kubeconfig's cluster, and the way to one of its pods. */
import { KubeConfig } from '@kubernetes/client-node';
import { API_VERSION, type MCPServer } from '../api/mcpserver.ts';
import { ApiError, type Client, clientOf } from '../engine/client.ts';
import { EngineError } from '../engine/events.ts';
import type { PodPort } from '../engine/forward.ts';

export interface FoundServer {
  kubeConfig: KubeConfig;
  client: Client;
  namespace: string;
  server: MCPServer;
}

/**
 * @param where undefined is what the kubeconfig has as current.
 * @throws EngineError where there is no such server, or no cluster.
 */
export async function findServer(
  name: string,
  where: { namespace?: string | undefined; context?: string | undefined },
): Promise<FoundServer> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  if (where.context) kubeConfig.setCurrentContext(where.context);
  const current = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  const namespace = where.namespace ?? current ?? 'default';
  const client = clientOf(kubeConfig);
  const path = `/apis/${API_VERSION}${at(namespace)}/mcpservers/${encodeURIComponent(name)}`;
  const server = await asked(namespace, name, () => client.request<MCPServer>('GET', path));
  return { kubeConfig, client, namespace, server };
}

/**
 * @param before the pod that it was the last time: it is kept as long as it is Ready, for it may have a client's session.
 * @returns where a pod of the server takes what its Service sends.
 * @throws EngineError where no pod is Ready, or the cluster does not answer.
 */
export async function findPod(
  { client, namespace, server }: FoundServer,
  before?: PodPort,
): Promise<PodPort> {
  const { name } = server.metadata;
  const query = { labelSelector: `mcp.dev/server=${name}` };
  const { items } = await asked(namespace, name, () =>
    client.request<{ items: Pod[] }>('GET', `/api/v1${at(namespace)}/pods`, { query }),
  );
  const ready = items.filter(isReady);
  const pod = ready.find(({ metadata }) => metadata.name === before?.pod) ?? ready[0];
  if (!pod)
    throw new EngineError(`MCPServer ${namespace}/${name} has no pod that is Ready: see its status first`);
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const port = containers.flatMap(({ ports = [] }) => ports).find((one) => one.name === 'mcp')?.containerPort;
  return { namespace, pod: pod.metadata.name, port: port ?? server.spec.port };
}

const at = (namespace: string) => `/namespaces/${encodeURIComponent(namespace)}`;

async function asked<T>(namespace: string, name: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const hint = error instanceof ApiError ? '' : ' (kubectl version tells whether the cluster is there)';
    throw new EngineError(`MCPServer ${namespace}/${name}: ${(error as Error).message}${hint}`, {
      cause: error,
    });
  }
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { containers: PodContainer[]; initContainers?: PodContainer[] };
  status?: { conditions?: { type: string; status: string }[] };
}

interface PodContainer {
  ports?: { name?: string; containerPort: number }[];
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return ready === true && metadata.deletionTimestamp === undefined;
}
