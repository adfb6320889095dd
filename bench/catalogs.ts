/** What a sync of a catalog costs with so many servers: settled, as at a resync, and with one server that has changed. */
import { buildApp } from '../src/hook/app.ts';
import { credentials } from '../src/hook/credentials.ts';
import {
  type KubernetesObject,
  kindKey,
  type ObjectMap,
  type SyncRequest,
} from '../src/reconcile/contract.ts';
import { controllers } from '../src/reconcile/controllers.ts';
import { LAST_APPLIED } from '../src/reconcile/keep.ts';
import { mcpCatalogController } from '../src/reconcile/mcpcatalog/controller.ts';
import { loadSettings } from '../src/settings.ts';

const SERVERS = [250, 500, 1000, 2000];
const CALLS = 20;
const NAMESPACES = 50;
const NOW = '2026-01-01T12:00:00Z';
/** The file of 2,000 servers is larger than dynamic apply takes. */
const ENVIRONMENT = {
  FEATURES: 'catalogs',
  MCP_APPLY_STRATEGY: 'server-side-apply',
  MAX_EVENT_LOOP_DELAY_MS: '0',
};
const settings = loadSettings(ENVIRONMENT);

/** As the API server has it, and Metacontroller made it. */
function stored(object: KubernetesObject, owner: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = owner;
  const manager = {
    manager: 'metacontroller',
    operation: 'Update',
    apiVersion,
    time: NOW,
    fieldsType: 'FieldsV1',
  };
  const fields = Object.keys((object.spec as object | undefined) ?? {}).map((field) => [`f:${field}`, {}]);
  return {
    ...object,
    metadata: {
      ...object.metadata,
      uid: `uid-of-${object.kind}-${object.metadata.name}`,
      creationTimestamp: NOW,
      labels: { ...object.metadata.labels, 'controller-uid': metadata.uid! },
      annotations: { ...object.metadata.annotations, [LAST_APPLIED]: JSON.stringify(object) },
      ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid!, controller: true }],
      ...{ managedFields: [{ ...manager, fieldsV1: { 'f:spec': Object.fromEntries(fields) } }] },
    },
  };
}

function entry(index: number): KubernetesObject {
  const [name, namespace] = [`server-${index}`, `team-${index % NAMESPACES}`];
  const apiVersion = 'mcp.dev/v1alpha1';
  const server = { apiVersion, kind: 'MCPServer', metadata: { name, namespace, uid: `uid-of-${name}` } };
  const labels = { team: namespace, 'mcp.dev/server': name, 'mcp.dev/auto-register': 'true' };
  const spec = {
    url: `http://${name}.${namespace}.svc.cluster.local/mcp`,
    transport: 'http',
    created: NOW,
    description: 'Searches the catalog of products',
    version: '1.2.3',
    allowedUserGroups: ['research'],
    autoRegister: true,
    ready: true,
    verified: 'True',
  };
  return stored({ apiVersion, kind: 'MCPServerEntry', metadata: { name, namespace, labels }, spec }, server);
}

function byKind(objects: readonly KubernetesObject[]): ObjectMap {
  const map: ObjectMap = Object.fromEntries(mcpCatalogController.children.map((kind) => [kindKey(kind), {}]));
  for (const one of objects) {
    map[kindKey(one)] ??= {};
    map[kindKey(one)]![`${one.metadata.namespace}/${one.metadata.name}`] = one;
  }
  return map;
}

/** A catalog of so many servers, all of them published and told so. */
function settled(servers: number): SyncRequest {
  const parent: KubernetesObject = {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPCatalog',
    metadata: { name: 'litellm', namespace: 'ai', uid: 'uid-of-catalog', generation: 1 },
    spec: { namespaceSelector: {}, litellm: { file: {} } },
  };
  let request: SyncRequest = {
    parent,
    children: byKind([]),
    related: byKind(Array.from({ length: servers }, (_, index) => entry(index))),
  };
  // The file first, and once that is seen what the servers are told.
  for (let answers = 0; answers < 2; answers++) {
    const { status, children } = mcpCatalogController.sync(request, { settings: settings.render, now: NOW });
    const observed = (children as KubernetesObject[]).map((child) => stored(child, parent));
    request = { ...request, parent: { ...parent, status }, children: byKind(observed) };
  }
  return request;
}

function changed(request: SyncRequest): SyncRequest {
  const copy = structuredClone(request);
  const [first] = Object.values(copy.related['MCPServerEntry.mcp.dev/v1alpha1']!);
  (first!.spec as { description: string }).description = 'Searches something else';
  return copy;
}

/** Prints CPU time of the hook's whole answer, from the bytes of the call to those of the answer, in this process. */
export async function catalogs(): Promise<void> {
  const app = await buildApp({
    controllers,
    settings,
    credentials: credentials(undefined),
    version: '0.0.0',
  });
  const table: Record<string, object> = {};
  for (const servers of SERVERS) {
    const request = settled(servers);
    const bodies = { settled: JSON.stringify(request), 'one changed': JSON.stringify(changed(request)) };
    const row: Record<string, number> = { 'MB in': round(bodies.settled.length / 1e6) };
    for (const [what, payload] of Object.entries(bodies)) {
      const call = {
        method: 'POST',
        url: '/sync',
        headers: { 'content-type': 'application/json' },
        payload,
      } as const;
      for (let before = 0; before < 3; before++) await app.inject(call);
      const begin = process.cpuUsage();
      for (let count = 0; count < CALLS; count++) {
        const { statusCode } = await app.inject(call);
        if (statusCode !== 200) throw new Error(`an answer of ${statusCode}`);
      }
      const { user, system } = process.cpuUsage(begin);
      row[`CPU ms, ${what}`] = round((user + system) / 1000 / CALLS);
    }
    table[`${servers} servers`] = row;
  }
  await app.close();
  console.log(`\nA sync of a catalog, from the bytes of the call to those of the answer: means of ${CALLS}`);
  console.table(table);
}

const round = (value: number) => Math.round(value * 100) / 100;

if (import.meta.main) await catalogs();
