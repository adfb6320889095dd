/** From a server that is applied to a catalog's file and back: selected, verified, published, changed, lost, deleted; by each engine. */
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import type { MCPCatalog } from '../../src/api/mcpcatalog.ts';
import { type Cluster, up } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { apply, condition, exists, get, isVerified, until, writes } from './look.ts';
import { type Engine, engineReport, engines, startOperator } from './operator.ts';

/** Shorter than what Kubernetes takes to replace a pod would be a test of Kubernetes. */
const GRACE_SECONDS = 3;
const QUIET_SECONDS = 40;

const namespace = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const server = (name: string, litellm: object, replicas = 1) => ({
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: { name, namespace: 'team', labels: { team: 'find' } },
  spec: { image: `ghcr.io/acme/${name}:1.0.0`, replicas, litellm },
});
const catalog = (spec: object) => ({
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPCatalog',
  metadata: { name: 'litellm', namespace: 'ai' },
  spec: { namespaceSelector: { matchLabels: { mcp: 'published' } }, litellm: { file: {} }, ...spec },
});
const registers = { autoRegister: true, allowedUserGroups: ['research'] };

t.comment(engineReport);
for (const engine of engines) await t.test(`by ${engine.name}`, (t) => publishes(t, engine));

async function publishes(t: Test, engine: Engine): Promise<void> {
  const cluster = await up();
  t.teardown(() => cluster.down());
  const operator = await startOperator(cluster, engine, {
    features: ['catalogs'],
    env: { MCP_CATALOG_GRACE_SECONDS: String(GRACE_SECONDS) },
    // The labels of a namespace are no event to Metacontroller.
    resyncSeconds: 5,
  });
  t.teardown(() => operator.stop());
  const file = () => published(cluster);
  const has = (name: string) => poll(`${name} is published`, async () => name in (await file()), 60);
  const lacks = (name: string) => poll(`${name} is gone`, async () => !(name in (await file())), 60);
  const registered = (name: string, verdict: string) =>
    until(
      cluster,
      name,
      `${name} is ${verdict}`,
      (one) => {
        const { status, reason } = condition(one, 'LiteLLMRegistered') ?? {};
        return `${status} ${reason}` === verdict;
      },
      60,
      'team',
    );

  await t.test('an empty catalog has an empty file, for LiteLLM does not start without one', async (t) => {
    for (const one of [namespace('ai'), namespace('team', { mcp: 'published' })]) await apply(cluster, one);
    await apply(cluster, catalog({}));
    await ready(cluster, 'True Published');
    t.same(await file(), {});
  });

  await t.test('a server is published once it is verified, and told so', async (t) => {
    await apply(cluster, server('search', registers));
    await until(cluster, 'search', 'search is verified', isVerified, 60, 'team');
    await has('team_search');
    t.match((await file()).team_search, {
      url: 'http://search.team.svc.cluster.local/mcp',
      transport: 'http',
      server_id: 'k8s.ai.team.search',
      access_groups: ['research'],
      mcp_info: { source: 'team/search' },
    });
    const { status } = await registered('search', 'True Registered');
    t.match(
      condition({ status }, 'LiteLLMRegistered')?.message,
      'ai/litellm: team_search in ConfigMap ai/litellm-litellm',
    );
    const [verified, told] = ['Verified', 'LiteLLMRegistered'].map((type) =>
      Date.parse(condition({ status }, type)!.lastTransitionTime),
    );
    t.comment(`it was told ${(told! - verified!) / 1000} s after it was verified`);
    await poll('the status says so', async () => (await statusOf(cluster))?.published === '1/1', 30);
  });

  await t.test('a change is published, under the same id', async (t) => {
    await apply(cluster, server('search', { ...registers, allowedUserGroups: ['research', 'sales'] }));
    await poll(
      'the groups are there',
      async () => (await file()).team_search?.access_groups?.length === 2,
      60,
    );
    t.equal((await file()).team_search?.server_id, 'k8s.ai.team.search');
    await apply(cluster, server('notes', registers));
    await has('team_notes');
    await registered('notes', 'True Registered');
  });

  await t.test('one that does not say so itself is left out', async (t) => {
    await apply(cluster, server('quiet', {}));
    await until(cluster, 'quiet', 'quiet is verified', isVerified, 60, 'team');
    t.ok(await exists(cluster, 'mcpserverentry', 'quiet', '-n', 'team'));
    t.notOk('team_quiet' in (await file()));
    await registered('search', 'True Registered');
  });

  await t.test('in a settled cluster nothing is written', async (t) => {
    await poll('nothing is on its way', async () => isSettled(cluster), 60);
    const before = await writes(cluster);
    await new Promise((resolve) => setTimeout(resolve, QUIET_SECONDS * 1000));
    t.same(await writes(cluster), before, `nothing in ${QUIET_SECONDS} s`);
  });

  await t.test('a server that stops leaves after the grace, and comes back', async () => {
    await apply(cluster, server('notes', registers, 0));
    await lacks('team_notes');
    await registered('notes', 'False NotReady');
    await apply(cluster, server('notes', registers));
    await has('team_notes');
    await registered('notes', 'True Registered');
  });

  await t.test('a selector that matches nothing keeps what is there, and says so', async (t) => {
    const before = await file();
    await apply(cluster, catalog({ selector: { matchLabels: { team: 'fnid' } } }));
    await ready(cluster, 'False Empty');
    t.same(await file(), before);
    await apply(cluster, catalog({ selector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] } }));
    await has('team_quiet');
    await apply(cluster, catalog({}));
    await lacks('team_quiet');
    await ready(cluster, 'True Published');
  });

  await t.test('a server that is deleted is gone, and so is what was told of it', async (t) => {
    await cluster.kubectl(['delete', 'mcpserver', 'notes', '-n', 'team']);
    await lacks('team_notes');
    await poll(
      'its registration is gone',
      async () => !(await exists(cluster, 'mcpserverregistration', 'litellm.team.notes', '-n', 'ai')),
      60,
    );
    t.ok('team_search' in (await file()));
  });

  await t.test('a namespace that is no longer selected leaves too', async () => {
    await apply(cluster, catalog({ allowEmpty: true }));
    await cluster.kubectl(['label', 'namespace', 'team', 'mcp-']);
    await lacks('team_search');
    await registered('search', 'False NoCatalog');
    await cluster.kubectl(['label', 'namespace', 'team', 'mcp=published']);
    await has('team_search');
    await registered('search', 'True Registered');
  });

  await t.test('a catalog that is deleted takes its file along, and the server knows', async (t) => {
    await cluster.kubectl(['delete', 'mcpcatalog', 'litellm', '-n', 'ai']);
    await cluster.kubectl(['wait', '--for=delete', 'configmap/litellm-litellm', '-n', 'ai', '--timeout=60s']);
    const { status } = await registered('search', 'False NoCatalog');
    t.equal(status?.phase, 'Ready', 'that is no fault of the server');
  });
}

interface Published {
  url: string;
  server_id: string;
  access_groups?: string[];
}

/** As LiteLLM reads it. */
async function published(cluster: Cluster): Promise<Record<string, Published>> {
  if (!(await exists(cluster, 'configmap', 'litellm-litellm', '-n', 'ai'))) return {};
  const { data } = await get<{ data: Record<string, string> }>(
    cluster,
    'configmap',
    'litellm-litellm',
    '-n',
    'ai',
  );
  return parse(data['mcp_servers.yaml']!, { version: '1.1' }).mcp_servers;
}

async function statusOf(cluster: Cluster) {
  return (await get<MCPCatalog>(cluster, 'mcpcatalog', 'litellm', '-n', 'ai')).status;
}

async function ready(cluster: Cluster, verdict: string): Promise<void> {
  await poll(
    `the catalog is ${verdict}`,
    async () => {
      const { conditions } = (await statusOf(cluster)) ?? {};
      const found = conditions?.find(({ type }) => type === 'Ready');
      return `${found?.status} ${found?.reason}` === verdict;
    },
    60,
  );
}

async function isSettled(cluster: Cluster): Promise<boolean> {
  const { items } = await get<{ items: unknown[] }>(cluster, 'pods', '-A', '-l', 'mcp.dev/verifies');
  return items.length === 0;
}
