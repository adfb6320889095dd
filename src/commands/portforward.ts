/** `verify mcpserver/NAME`: the way to a server of a cluster, by the rights of a kubeconfig. */
import { parseArgs } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import { API_VERSION, type MCPServer } from '../api/mcpserver.ts';
import { serviceUrl } from '../children/service.ts';
import { clientTransport } from '../children/transport.ts';
import { ApiError, type Client, clientOf } from '../engine/client.ts';
import { EngineError } from '../engine/events.ts';
import { forward } from '../engine/forward.ts';
import { loadSettings } from '../settings.ts';
import type { RuntimeCommand } from './verify.ts';

/**
 * @param rest flags: `--namespace` and `--context` of ours, and those of the runtime.
 * @returns the exit status of the runtime's command.
 * @throws EngineError where there is no such server, no pod of it that is Ready, or no cluster.
 */
export async function throughPortForward(
  name: string,
  rest: string[],
  run: RuntimeCommand['run'],
): Promise<number> {
  const { cluster, others } = split(rest);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  if (cluster.context) kubeConfig.setCurrentContext(cluster.context);
  const current = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  const namespace = cluster.namespace ?? current ?? 'default';
  const { server, pod, port } = await found(clientOf(kubeConfig), namespace, name);
  const { address, close } = await forward(kubeConfig, { namespace, pod, port });
  const url = serviceUrl(server, loadSettings(process.env).render.clusterDomain);
  try {
    return await run([
      url,
      '--transport',
      clientTransport(server),
      '--connect-to',
      address,
      '--name-prefix',
      `${name}-`,
      ...others,
    ]);
  } finally {
    close();
  }
}

/** Takes our flags out of those of the runtime, which knows its own. */
function split(args: string[]) {
  const { values, tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: { namespace: { type: 'string', short: 'n' }, context: { type: 'string' } },
  });
  const ours = new Set(
    tokens.flatMap((token) => {
      if (token.kind !== 'option' || !(token.name === 'namespace' || token.name === 'context')) return [];
      return token.inlineValue ? [token.index] : [token.index, token.index + 1];
    }),
  );
  const text = (value: string | boolean | undefined) => (typeof value === 'string' ? value : undefined);
  return {
    cluster: { namespace: text(values.namespace), context: text(values.context) },
    others: args.filter((_, index) => !ours.has(index)),
  };
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { containers: PodContainer[]; initContainers?: PodContainer[] };
  status?: { conditions?: { type: string; status: string }[] };
}

interface PodContainer {
  ports?: { name?: string; containerPort: number }[];
}

/** The server, and where one of its pods takes what its Service sends. */
async function found(client: Client, namespace: string, name: string) {
  const at = `/namespaces/${encodeURIComponent(namespace)}`;
  const selector = { labelSelector: `mcp.dev/server=${name}` };
  try {
    const server = await client.request<MCPServer>(
      'GET',
      `/apis/${API_VERSION}${at}/mcpservers/${encodeURIComponent(name)}`,
    );
    const { items } = await client.request<{ items: Pod[] }>('GET', `/api/v1${at}/pods`, { query: selector });
    const pod = items.find(isReady);
    if (!pod)
      throw new EngineError(`MCPServer ${namespace}/${name} has no pod that is Ready: see its status first`);
    const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    const port = containers
      .flatMap(({ ports = [] }) => ports)
      .find((one) => one.name === 'mcp')?.containerPort;
    return { server, pod: pod.metadata.name, port: port ?? server.spec.port };
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const hint = error instanceof ApiError ? '' : ' (kubectl version tells whether the cluster is there)';
    throw new EngineError(`MCPServer ${namespace}/${name}: ${(error as Error).message}${hint}`, {
      cause: error,
    });
  }
}

function isReady({ metadata, status }: Pod): boolean {
  const ready = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return ready === true && metadata.deletionTimestamp === undefined;
}
