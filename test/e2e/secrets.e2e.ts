/**
 * Values on their way into real processes: `config`, Secrets made by hand, and Secrets that the real External Secrets
 * Operator makes of what a store holds. What runs is rolled once for each new value, and never for a value that went away.
 */
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { startExternalSecrets } from '../cluster/addons/external-secrets.ts';
import { poll } from '../cluster/process.ts';
import { apply, condition, exists, get, server, settled, until, writes } from './look.ts';
import {
  NODE_IMAGE,
  nodeImage,
  replicaSetsOf,
  revisionOf,
  teller,
  toldBy,
  toldByService,
  uidsOf,
  VOLUME_PATH,
} from './node-servers.ts';
import { startDev } from './operator.ts';
import { upWithImages } from './real-cluster.ts';
import { watchStatuses } from './statuses.ts';

/** Secrets made by hand, and the one key of each. */
const KEYS: Record<string, string> = { 'hand-all': 'ALL', 'hand-one': 'one', 'hand-files': 'file' };

const cluster = await upWithImages(t, [nodeImage(NODE_IMAGE)]);
const externalSecrets = await startExternalSecrets(cluster);
t.teardown(() => externalSecrets.stop());
await startDev(cluster, {
  FEATURES: 'externalsecrets',
  MCP_SECRET_REFRESH_INTERVAL: '5s',
  MCP_SECRET_STORE_NAME: 'vault',
  MCP_SECRET_STORE_KIND: 'ClusterSecretStore',
});
const statuses = await watchStatuses(cluster);

await t.test('config and secrets reach the process', reach);
await t.test('a new server waits for its Secret', waits);
await t.test('a new value in the store rolls the pods once', rotates);
await t.test('a value that leaves the store touches nothing', vanishes);
await t.test('an optional value that is missing stops nothing, and comes later', comesLater);
await t.test('a Secret made by hand rolls the pods, however they use it', byHand);
await t.test("a Secret of somebody else's is not taken over", isNotTaken);
await t.test('a change of config rolls the pods', configChanges);

async function reach(t: Test): Promise<void> {
  await apply(cluster, store('ClusterSecretStore', 'vault', { '/search': '{"token":"from the vault"}' }));
  const spec = {
    config: { GREETING: 'hello', RETRIES: 3 },
    secrets: [{ name: 'TOKEN', remoteKey: '/search', property: 'token' }],
  };
  await apply(cluster, teller('reach', spec));
  const { status } = await until(cluster, 'reach', 'reach is ready', settled);
  t.match(condition({ status }, 'ExternalSecretSynced'), { status: 'True', reason: 'Synced' });
  t.equal(status?.message, undefined, 'nothing is left to say');
  const told = await toldByService(cluster, 'reach');
  t.match(told.env, { GREETING: 'hello', RETRIES: '3', TOKEN: 'from the vault' });
  t.strictSame(told.config, { GREETING: 'hello', RETRIES: '3' });
  await statuses.wrote(t, 'reach', 5);
}

async function waits(t: Test): Promise<void> {
  await apply(cluster, store('SecretStore', 'waits', { other: 'value' }));
  await apply(cluster, teller('waits', fromStore('waits', [{ name: 'TOKEN', remoteKey: 'token' }])));
  const failed = (one: MCPServer) => condition(one, 'ExternalSecretSynced')?.reason === 'SecretSyncedError';
  const waiting = await until(cluster, 'waits', 'the store is said to fail', failed);
  t.equal(waiting.status?.phase, 'Pending');
  t.match(waiting.status?.message, /until then no pod is made: Secret default\/waits-secrets is not there/);
  t.match(waiting.status?.message, /ExternalSecret default\/waits-secrets: not synced: .*secret/);
  t.match(condition(waiting, 'Ready'), { status: 'False', reason: 'WaitingForSecret' });
  t.match(condition(waiting, 'Progressing'), { status: 'True', reason: 'WaitingForSecret' });
  t.match(condition(waiting, 'ExternalSecretSynced'), { status: 'False' });
  t.notOk(await exists(cluster, 'deployment', 'waits'), 'there is no Deployment');
  t.ok(await exists(cluster, 'service', 'waits'), 'and there is a Service');

  await apply(cluster, store('SecretStore', 'waits', { token: 'at last' }));
  const since = performance.now();
  await until(cluster, 'waits', 'waits is ready', settled);
  t.comment(`ready ${seconds(since)} s after the store has the value`);
  t.match((await toldBy(cluster, 'waits')).env, { TOKEN: 'at last' });
  t.equal(await revisionOf(cluster, 'waits'), 1);
  await statuses.wrote(t, 'waits', 6);
}

async function rotates(t: Test): Promise<void> {
  const put = (token: string) => apply(cluster, store('SecretStore', 'rotates', { token }));
  await put('first');
  await apply(cluster, teller('rotates', fromStore('rotates', [{ name: 'TOKEN', remoteKey: 'token' }])));
  await until(cluster, 'rotates', 'rotates is ready', settled);
  t.match((await toldBy(cluster, 'rotates')).env, { TOKEN: 'first' });

  const since = performance.now();
  await put('second');
  await rolledTo(t, 'rotates', 2);
  t.comment(`a new value in the store is served ${seconds(since)} s later`);
  t.match((await toldBy(cluster, 'rotates')).env, { TOKEN: 'second' });

  // The next value arrives while the pods are still rolled for the one before.
  await put('third');
  await poll('the Secret has the third value', async () => (await tokenOf('rotates')) === 'third', 30);
  await poll('its pods are being rolled', async () => (await revisionOf(cluster, 'rotates')) === 3, 30);
  await put('fourth');
  await synced('rotates-secrets');
  await rolledTo(t, 'rotates', 4);
  t.match((await toldBy(cluster, 'rotates')).env, { TOKEN: 'fourth' });
  t.ok((await replicaSetsOf(cluster, 'rotates')) <= 4, 'no more ReplicaSets than values');

  const before = await writes(cluster);
  for (let round = 0; round < 2; round++) await refreshed('rotates-secrets');
  const after = await writes(cluster);
  t.strictSame(after, before, 'that the store is read again without news writes nothing');
  await statuses.wrote(t, 'rotates', 12);
}

async function vanishes(t: Test): Promise<void> {
  await apply(cluster, store('SecretStore', 'vanishes', { token: 'kept' }));
  await apply(cluster, teller('vanishes', fromStore('vanishes', [{ name: 'TOKEN', remoteKey: 'token' }])));
  await until(cluster, 'vanishes', 'vanishes is ready', settled);
  const pods = await uidsOf(cluster, 'vanishes');
  const already = (await statuses.of('vanishes')).length;
  const isUntouched = async (what: string) => {
    const one = await until(
      cluster,
      'vanishes',
      what,
      (one) => condition(one, 'ExternalSecretSynced')?.status === 'False',
    );
    t.match(condition(one, 'ExternalSecretSynced'), { reason: 'SecretSyncedError' }, what);
    t.equal(one.status?.phase, 'Ready', what);
    t.match(one.status?.message, /ExternalSecret default\/vanishes-secrets: not synced: ./, what);
    t.match(condition(one, 'Ready'), { status: 'True' }, what);
    t.equal(await tokenOf('vanishes'), 'kept', what);
    t.strictSame(await uidsOf(cluster, 'vanishes'), pods, what);
    return one;
  };

  await apply(cluster, store('SecretStore', 'vanishes', { other: 'value' }));
  const { status } = await isUntouched('the key is gone');
  t.comment(status!.message);
  t.equal((await statuses.of('vanishes')).length - already, 1, 'one write says so');

  await apply(cluster, store('SecretStore', 'vanishes', { token: 'kept' }));
  await synced('vanishes-secrets');
  await until(cluster, 'vanishes', 'the key is back', settledAndSynced);

  await cluster.kubectl(['delete', 'secretstore', 'vanishes']);
  t.comment((await isUntouched('the store is gone')).status!.message);

  await apply(cluster, store('SecretStore', 'vanishes', { token: 'kept' }));
  await synced('vanishes-secrets');
  await until(cluster, 'vanishes', 'the store is back', settledAndSynced);
  t.strictSame(await uidsOf(cluster, 'vanishes'), pods, 'the same pod all the time');
  t.equal(await revisionOf(cluster, 'vanishes'), 1);
  t.equal((await statuses.of('vanishes')).length - already, 4, 'four changes, four writes');
  await statuses.wrote(t, 'vanishes', 8);
}

async function comesLater(t: Test): Promise<void> {
  const needed = { token: 'needed' };
  await apply(cluster, store('SecretStore', 'later', needed));
  const secrets = [
    { name: 'TOKEN', remoteKey: 'token' },
    { name: 'EXTRA', remoteKey: 'extra', optional: true },
  ];
  await apply(cluster, teller('later', fromStore('later', secrets)));
  const { status } = await until(cluster, 'later', 'later is ready', settled);
  t.match(condition({ status }, 'ExternalSecretSynced'), { status: 'True', reason: 'OptionalMissing' });
  const first = (await toldBy(cluster, 'later')).env;
  t.equal(first.TOKEN, 'needed');
  t.notOk('EXTRA' in first, 'the optional variable is not set');

  await apply(cluster, store('SecretStore', 'later', { ...needed, extra: 'welcome' }));
  await synced('later-secrets-opt');
  await rolledTo(t, 'later', 2);
  t.match((await toldBy(cluster, 'later')).env, { TOKEN: 'needed', EXTRA: 'welcome' });
  await until(cluster, 'later', 'every value is there', settledAndSynced);
  await statuses.wrote(t, 'later', 8);
}

async function byHand(t: Test): Promise<void> {
  const put = (name: string, value: string) => apply(cluster, secret(name, { [KEYS[name]!]: value }));
  for (const name of Object.keys(KEYS)) await put(name, 'first');
  const spec = {
    secretName: 'hand-all',
    env: [{ name: 'ONE', valueFrom: { secretKeyRef: { name: 'hand-one', key: 'one' } } }],
    pod: {
      volumes: [{ name: 'files', secret: { secretName: 'hand-files' } }],
      volumeMounts: [{ name: 'files', mountPath: VOLUME_PATH, readOnly: true }],
    },
  };
  await apply(cluster, teller('by-hand', spec));
  await until(cluster, 'by-hand', 'by-hand is ready', settled);
  const values = async () => {
    const { env, volume } = await toldBy(cluster, 'by-hand');
    return [env.ALL, env.ONE, volume.file];
  };
  t.strictSame(await values(), ['first', 'first', 'first']);
  const expected = ['first', 'first', 'first'];
  for (const [index, name] of Object.keys(KEYS).entries()) {
    await put(name, 'second');
    expected[index] = 'second';
    await rolledTo(t, 'by-hand', index + 2);
    t.strictSame(await values(), expected, `${name} is rotated`);
  }

  const pods = await uidsOf(cluster, 'by-hand');
  await cluster.kubectl(['delete', 'secret', ...Object.keys(KEYS)]);
  const gone = await until(cluster, 'by-hand', 'the Secrets are missed', ({ status }) =>
    Object.keys(KEYS).every((name) => status?.message?.includes(`Secret default/${name} is not there`)),
  );
  t.equal(gone.status?.phase, 'Ready');
  t.match(gone.status?.message, /the pods that run keep their values, and a new one could not start/);
  t.strictSame(await uidsOf(cluster, 'by-hand'), pods, 'nothing that runs is touched');
  t.equal(await revisionOf(cluster, 'by-hand'), 4);
  await statuses.wrote(t, 'by-hand', 16);
}

async function isNotTaken(t: Test): Promise<void> {
  await apply(cluster, store('SecretStore', 'taken', { token: 'from the store' }));
  await apply(cluster, secret('taken-secrets', { TOKEN: 'by hand', PRECIOUS: 'nowhere else' }));
  const { data, metadata } = await secretOf('taken-secrets');
  await apply(cluster, teller('taken', fromStore('taken', [{ name: 'TOKEN', remoteKey: 'token' }])));
  const conflict = await until(
    cluster,
    'taken',
    'the name is called taken',
    (one) => condition(one, 'NameConflict')?.status === 'True',
  );
  t.equal(conflict.status?.phase, 'Failed');
  t.match(conflict.status?.message, /Secret default\/taken-secrets exists and is not owned by/);
  t.notOk(await exists(cluster, 'externalsecret', 'taken-secrets'), 'no ExternalSecret would take it over');
  t.notOk(await exists(cluster, 'deployment', 'taken'), 'no pod runs with what somebody else wrote');
  const now = await secretOf('taken-secrets');
  t.strictSame(now.data, data, 'its data is as it was');
  t.equal(now.metadata.resourceVersion, metadata.resourceVersion, 'and so is everything else of it');

  await cluster.kubectl(['delete', 'secret', 'taken-secrets']);
  await until(cluster, 'taken', 'the name is free', settled);
  t.match((await toldBy(cluster, 'taken')).env, { TOKEN: 'from the store' });
  await statuses.wrote(t, 'taken', 6);
}

async function configChanges(t: Test): Promise<void> {
  await apply(cluster, teller('configured', { config: { LEVEL: 'info', OLD: 'yes' } }));
  await until(cluster, 'configured', 'configured is ready', settled);
  t.match((await toldBy(cluster, 'configured')).env, { LEVEL: 'info', OLD: 'yes' });
  await apply(cluster, teller('configured', { config: { LEVEL: 'debug', NEW: 1 } }));
  await until(cluster, 'configured', 'the new config is served', settled);
  const told = await toldBy(cluster, 'configured');
  t.match(told.env, { LEVEL: 'debug', NEW: '1' });
  t.notOk('OLD' in told.env, 'a key that went is gone');
  t.strictSame(told.config, { LEVEL: 'debug', NEW: '1' });
  t.equal(await revisionOf(cluster, 'configured'), 2);
  await statuses.wrote(t, 'configured', 5);
}

function store(
  kind: 'SecretStore' | 'ClusterSecretStore',
  name: string,
  values: Record<string, string>,
): object {
  const data = Object.entries(values).map(([key, value]) => ({ key, value }));
  return {
    apiVersion: 'external-secrets.io/v1',
    kind,
    metadata: { name, ...(kind === 'SecretStore' && { namespace: 'default' }) },
    spec: { provider: { fake: { data } } },
  };
}

function fromStore(name: string, secrets: object[]): object {
  return { secretStore: { name, kind: 'SecretStore' }, secrets };
}

function secret(name: string, stringData: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, stringData };
}

interface Secret {
  metadata: { resourceVersion: string };
  data: Record<string, string>;
}

function secretOf(name: string): Promise<Secret> {
  return get<Secret>(cluster, 'secret', name);
}

async function tokenOf(name: string): Promise<string> {
  return atob((await secretOf(`${name}-secrets`)).data.TOKEN!);
}

/** Has the store read now, as docs/secrets.md tells people to. */
async function synced(name: string): Promise<void> {
  const word = `force-sync=${performance.now()}`;
  await cluster.kubectl(['annotate', 'externalsecret', name, word, '--overwrite']);
}

/** Waits until the store has been read once more. */
async function refreshed(name: string): Promise<void> {
  const time = async () => (await get(cluster, 'externalsecret', name)).status as { refreshTime?: string };
  const { refreshTime: before } = await time();
  await poll(`${name} is read again`, async () => (await time()).refreshTime !== before, 30);
}

function settledAndSynced(one: MCPServer): boolean {
  return settled(one) && condition(one, 'ExternalSecretSynced')?.reason === 'Synced';
}

/** Waits until the Deployment has had so many templates and the server has settled on the last. */
async function rolledTo(t: Test, name: string, revision: number): Promise<void> {
  const rolled = async () => {
    const { status } = await get<{ status: { replicas?: number; updatedReplicas?: number } }>(
      cluster,
      'deployment',
      name,
    );
    return (
      (await revisionOf(cluster, name)) >= revision &&
      status.replicas === 1 &&
      status.updatedReplicas === 1 &&
      settled(await server(cluster, name)) &&
      (await uidsOf(cluster, name)).length === 1
    );
  };
  await poll(`${name} has rolled`, rolled, 60);
  t.equal(await revisionOf(cluster, name), revision, 'one rollout for each new value');
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
