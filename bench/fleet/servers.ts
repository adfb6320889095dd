/** The MCPServers that a fleet is made of, and the namespaces over which they are spread. */
import { pathOf } from '../../src/engine/kinds.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { loadSettings } from '../../src/settings.ts';
import { poll } from '../../test/cluster/process.ts';
import type { Access } from '../../test/e2e/client.ts';
import { inFlight } from './writer.ts';

export const FIRST_IMAGE = 'ghcr.io/acme/search:1.0.0';
export const NEXT_IMAGE = 'ghcr.io/acme/search:1.1.0';

/** How many servers, in how many namespaces. */
export interface Fleet {
  servers: number;
  namespaces: number;
}

export interface ServerName {
  namespace: string;
  name: string;
}

/** The kind that people write; there may be kinds of the operator's own beside it. */
export const controller = controllers.find(({ parent }) => parent.kind === 'MCPServer')!;

export const namespacesOf = ({ namespaces }: Fleet): string[] =>
  Array.from({ length: namespaces }, (_, index) => `team-${index}`);

/** @returns the servers of a fleet, as many in each namespace but for what is left over. */
export function serversOf(fleet: Fleet): ServerName[] {
  const namespaces = namespacesOf(fleet);
  return Array.from({ length: fleet.servers }, (_, index) => ({
    namespace: namespaces[index % namespaces.length]!,
    name: `server-${index}`,
  }));
}

/** What a team writes for a small server; one replica, so that the work is the operator's and not the scheduler's. */
const spec = {
  replicas: 1,
  env: [{ name: 'LOG_LEVEL', value: 'info' }],
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
};

/** @param more of its spec. */
export function mcpServer(
  { namespace, name }: ServerName,
  image: string,
  more: object = {},
): KubernetesObject {
  const { apiVersion, kind } = controller.parent;
  return { apiVersion, kind, metadata: { name, namespace }, spec: { image, ...spec, ...more } };
}

/** @returns how many children the operator renders for a server. */
export function renderedChildren(): number {
  const settings = loadSettings({}).render;
  const server = mcpServer({ namespace: 'default', name: 'server' }, FIRST_IMAGE);
  const { parent, problems } = controller.check(server, settings);
  if (problems.length > 0)
    throw new Error(`the servers of the bench are invalid: ${JSON.stringify(problems)}`);
  return controller.render(parent, settings).length;
}

/** Makes the namespaces of a fleet and waits until pods can be made in them. */
export async function makeNamespaces({ client }: Access, fleet: Fleet): Promise<void> {
  const names = namespacesOf(fleet);
  const at = (resource: string) => pathOf({ apiVersion: 'v1', resource, namespaced: true });
  // Pods of the small stub say nothing of security: what it takes to be admitted is not what is compared.
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' };
  await inFlight(names, (name) =>
    client.request('POST', at('namespaces'), {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
    }),
  );
  const haveAccounts = async () => {
    const query = { fieldSelector: 'metadata.name=default' };
    const { items } = await client.request<{ items: KubernetesObject[] }>('GET', at('serviceaccounts'), {
      query,
    });
    const there = new Set(items.map(({ metadata }) => metadata.namespace));
    return names.every((name) => there.has(name));
  };
  await poll('every namespace has its default ServiceAccount', haveAccounts, 60);
}
