/** What `examples/` holds, for a cluster: the servers, the objects beside them, and what those count on. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { manifests } from '../install/files.ts';
import { root } from './operator.ts';

const FOLDER = path.join(root, 'examples');
const objects = globSync('*.yaml', { cwd: FOLDER })
  .sort()
  .flatMap((file) => manifests(readFileSync(path.join(FOLDER, file), 'utf8')))
  .map((object) => ({ ...object, metadata: { namespace: 'default', ...object.metadata } }));

export const exampleServers = objects.filter(({ kind }) => kind === 'MCPServer') as unknown as MCPServer[];
const gateways = exampleServers.flatMap(({ spec }) => spec.route?.parentRefs ?? []);

export const exampleSupport = {
  objects: objects.filter(({ kind }) => kind !== 'MCPServer') as KubernetesObject[],
  /** As `kubectl label` takes them, of nodes that servers select by. */
  nodeLabels: exampleServers.flatMap(({ spec }) =>
    Object.entries(spec.pod?.nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`),
  ),
  /** Names of servers that a load balancer fronts. */
  balanced: exampleServers
    .filter(({ spec }) => spec.service?.type === 'LoadBalancer')
    .map(({ metadata }) => metadata.name),
  /** Of a secret store. */
  remoteKeys: exampleServers.flatMap(({ spec }) =>
    (spec.secrets ?? []).filter(({ optional }) => !optional).map(({ remoteKey }) => remoteKey),
  ),
  gatewayNamespaces: [...new Set(gateways.flatMap(({ namespace }) => namespace ?? []))],
  ingressClasses: [...new Set(exampleServers.flatMap(({ spec }) => spec.ingress?.className ?? []))],
  /** The listener of a Gateway that they name. */
  sectionName: (gateway: string) =>
    gateways.find(({ name, sectionName }) => name === gateway && sectionName)?.sectionName ?? 'http',
  gateways: (namespace: string) => [
    ...new Set(gateways.filter((one) => one.namespace === namespace).map(({ name }) => name)),
  ],
};
