/**
 * Many servers that all change at once, and people who delete and edit children meanwhile: everything comes back, every
 * server ends Ready, and then nothing is written any more.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { SERVER_LABEL } from '../../src/children/identity.ts';
import { controllerOf } from '../../src/engine/cache.ts';
import type { Client, StoredObject } from '../../src/engine/client.ts';
import { orUndefined, pathOf } from '../../src/engine/kinds.ts';
import { FEATURES } from '../../src/environment.ts';
import type { ResourceKind } from '../../src/reconcile/contract.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { installCrds } from '../cluster/addons/crds.ts';
import { startTraefik } from '../cluster/addons/traefik.ts';
import { up } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { accessTo } from './client.ts';
import { gateway } from './front.ts';
import { apply, atRest, settled, writes } from './look.ts';
import { engineReport, engines, startOperator } from './operator.ts';

const NAMESPACE = 'default';
/** For each thing that is waited for; a machine may be busy. */
const LIMIT_SECONDS = 180;
const SERVERS = 60;
const QUIET_SECONDS = 10;
/** Nothing here is brought back by a resync. */
const NO_RESYNC_SECONDS = 3600;

const FIRST_IMAGE = 'ghcr.io/acme/search:1.0.0';
const NEXT_IMAGE = 'ghcr.io/acme/search:1.1.0';

/** Whatever child kind a spec brings is disturbed below. Its edit has to be among EDITS. */
const specOf = (name: string) => ({
  image: FIRST_IMAGE,
  replicas: 1,
  env: [{ name: 'MODE', value: 'fast' }],
  config: { LEVEL: 'info' },
  secrets: [{ name: 'TRACE_KEY', remoteKey: '/trace', optional: true }],
  secretStore: { name: 'vault' },
  podDisruptionBudget: { maxUnavailable: 1 },
  autoscaling: { minReplicas: 1, maxReplicas: 2 },
  ingress: { publicPathPrefix: name },
  route: { parentRefs: [{ name: 'edge' }], hostnames: [`${name}.example.com`] },
  networkPolicy: { egressTo: [] },
  observability: { metrics: { port: 9090 } },
});
/** No controller serves the Ingresses: that they are there is enough. */
const env = { MCP_INGRESS_READINESS_MODE: 'permissive', MCP_DEFAULT_INGRESS_HOST: 'mcp.example.com' };

/**
 * For each kind of child a rendered field and a value that it never has; `*` is the first key. Labels would not do: under
 * server-side apply Metacontroller passes over a child whose generation is what it was.
 */
const EDITS: Record<string, { field: string[]; value: unknown }> = {
  ConfigMap: { field: ['data', '*'], value: 'edited' },
  Deployment: { field: ['spec', 'progressDeadlineSeconds'], value: 7 },
  ExternalSecret: { field: ['spec', 'refreshInterval'], value: '9h0m0s' },
  HTTPRoute: { field: ['spec', 'hostnames', '0'], value: 'nowhere.example.com' },
  HorizontalPodAutoscaler: { field: ['spec', 'maxReplicas'], value: 77 },
  Ingress: { field: ['spec', 'rules', '0', 'host'], value: 'nowhere.example.com' },
  MCPServerEntry: { field: ['spec', 'url'], value: 'http://nowhere.example.com/mcp' },
  Middleware: { field: ['spec', 'replacePath', 'path'], value: '/nowhere' },
  NetworkPolicy: { field: ['spec', 'podSelector', 'matchLabels', SERVER_LABEL], value: 'nobody' },
  PodDisruptionBudget: { field: ['spec', 'selector', 'matchLabels', SERVER_LABEL], value: 'nobody' },
  Service: { field: ['spec', 'selector', SERVER_LABEL], value: 'nobody' },
  ServiceMonitor: { field: ['spec', 'endpoints', '0', 'path'], value: '/nowhere' },
  ServiceAccount: { field: ['automountServiceAccountToken'], value: true },
};

const [{ parent, children: childKinds }] = controllers as [(typeof controllers)[0]];
const names = Array.from({ length: SERVERS }, (_, index) => `server-${index}`);

t.comment(engineReport);
const real = engines.filter(({ strategy }) => strategy);
for (const engine of real.length > 0 ? real : engines) {
  t.test(engine.name, async (t) => {
    const cluster = await up();
    t.teardown(() => cluster.down());
    // It takes the routes; of the other optional kinds it is enough that the cluster knows them.
    const traefik = await startTraefik(cluster, { gateway: true, middlewares: true });
    t.teardown(() => traefik.stop());
    await installCrds(cluster, 'externalSecrets', 'serviceMonitors');
    await apply(cluster, gateway(traefik.ports.web));
    const operator = await startOperator(cluster, engine, {
      resyncSeconds: NO_RESYNC_SECONDS,
      features: FEATURES,
      env,
    });
    t.teardown(() => operator.stop());
    const { client } = accessTo(cluster);

    await Promise.all(names.map((name) => create(client, name)));
    await allSettled(client, FIRST_IMAGE);
    await t.test('children come back while all servers change', (t) => comeBack(t, client));
    await allSettled(client, NEXT_IMAGE);
    await t.test('then nothing is written', async (t) => {
      const before = await atRest(cluster);
      // Nothing announces that nothing happens: time itself is what is awaited.
      await sleep(QUIET_SECONDS * 1000);
      t.strictSame(await writes(cluster), before, `no write in ${QUIET_SECONDS} s`);
    });
  });
}

async function comeBack(t: Test, client: Client): Promise<void> {
  const present = await presentChildren(client);
  const kinds = [...present.keys()].map(({ kind }) => kind);
  t.ok(kinds.length > 0, `present are ${kinds.join(', ')}`);
  // Every disturbance has a server of its own, first in the queue.
  await Promise.all([
    ...names.map((name) => changeImage(client, name)),
    ...[...present].flatMap(([kind, byServer], index) => {
      const [deleted, edited] = names.slice(2 * index);
      return [
        isSettled(client, deleted!).then(() => isMadeAgain(t, client, kind, byServer.get(deleted!)!)),
        isSettled(client, edited!).then(() => isRestored(t, client, kind, byServer.get(edited!)!)),
      ];
    }),
  ]);
}

/** Once a server's own change is through, only what is done to its children can bring them back; the others are at it. */
async function isSettled(client: Client, name: string): Promise<void> {
  const done = async () => isDone(await client.request<MCPServer>('GET', pathTo(parent, name)), NEXT_IMAGE);
  await poll(`${name} is settled`, done, LIMIT_SECONDS);
}

async function isMadeAgain(t: Test, client: Client, kind: ResourceKind, child: StoredObject): Promise<void> {
  const { name, uid } = child.metadata;
  const at = pathTo(kind, name);
  await client.request('DELETE', at);
  const isNew = async () => {
    const found = await orUndefined(client.request<StoredObject>('GET', at));
    return found !== undefined && found.metadata.uid !== uid;
  };
  await poll(`${kind.kind} ${name} is made again`, isNew, LIMIT_SECONDS);
  t.pass(`${kind.kind} ${name} was deleted and is made again`);
}

async function isRestored(t: Test, client: Client, kind: ResourceKind, child: StoredObject): Promise<void> {
  const { name } = child.metadata;
  const edit = EDITS[kind.kind];
  if (!edit) throw new Error(`EDITS has no field of ${kind.kind}`);
  const at = pathTo(kind, name);
  const field = edit.field.map((key, depth) =>
    key === '*' ? Object.keys(valueAt(child, edit.field.slice(0, depth)) as object)[0]! : key,
  );
  const rendered = valueAt(child, field);
  t.notSame(rendered, edit.value, `${kind.kind} ${name} has ${field.join('.')}: ${JSON.stringify(rendered)}`);
  const path = `/${field.map((key) => key.replaceAll('/', '~1')).join('/')}`;
  await client.request('PATCH', at, {
    body: [{ op: 'replace', path, value: edit.value }],
    contentType: 'application/json-patch+json',
  });
  const isBack = async () => {
    const found = await client.request<StoredObject>('GET', at);
    return isDeepStrictEqual(valueAt(found, field), rendered);
  };
  await poll(`${kind.kind} ${name} has its ${field.join('.')} again`, isBack, LIMIT_SECONDS);
  t.pass(`${kind.kind} ${name} was edited and is as rendered`);
}

function valueAt(object: unknown, field: readonly string[]): unknown {
  return field.reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}

/** @returns for each kind that the servers have children of, one child by the server's name. */
async function presentChildren(client: Client): Promise<Map<ResourceKind, Map<string, StoredObject>>> {
  const present = new Map<ResourceKind, Map<string, StoredObject>>();
  // A pod that asks a server what it is goes by itself.
  for (const kind of childKinds.filter(({ isImmutable }) => !isImmutable)) {
    // An optional kind may be unknown to this cluster.
    const list = await orUndefined(client.request<{ items: StoredObject[] }>('GET', pathTo(kind)));
    const byServer = new Map<string, StoredObject>();
    for (const object of list?.items ?? []) {
      const owner = controllerOf(object);
      if (owner?.kind === parent.kind) byServer.set(owner.name, object);
    }
    if (byServer.size > 0) present.set(kind, byServer);
  }
  return present;
}

function create(client: Client, name: string): Promise<unknown> {
  const metadata = { name, namespace: NAMESPACE };
  const body = {
    apiVersion: parent.apiVersion,
    kind: parent.kind,
    metadata,
    spec: specOf(name),
  };
  return client.request('POST', pathTo(parent), { body });
}

function changeImage(client: Client, name: string): Promise<unknown> {
  const body = { spec: { image: NEXT_IMAGE } };
  return client.request('PATCH', pathTo(parent, name), { body, contentType: 'application/merge-patch+json' });
}

const isDone = (server: MCPServer, image: string) => settled(server) && server.status?.image === image;

/** Waits until every server serves this image with all its pods. */
async function allSettled(client: Client, image: string): Promise<void> {
  let waiting: MCPServer[] = [];
  const done = async () => {
    const { items } = await client.request<{ items: MCPServer[] }>('GET', pathTo(parent));
    waiting = items.filter((server) => !isDone(server, image));
    return items.length === SERVERS && waiting.length === 0;
  };
  await poll(`all servers are settled on ${image}`, done, LIMIT_SECONDS).catch((error: Error) => {
    throw new Error(`${error.message}\n${JSON.stringify(waiting.slice(0, 3), null, 2)}`);
  });
}

function pathTo(kind: ResourceKind, name?: string): string {
  return pathOf({ ...kind, namespaced: true }, NAMESPACE, name);
}
