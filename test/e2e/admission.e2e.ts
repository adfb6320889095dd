/** The door, as the API server and kubectl have it: what is refused, with which words, and what happens while nobody answers. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { buildApp } from '../../src/hook/app.ts';
import { credentials } from '../../src/hook/credentials.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { loadSettings } from '../../src/settings.ts';
import { cases, serverOf } from '../admission/cases.ts';
import { certify } from '../certify.ts';
import { binaries } from '../cluster/binaries.ts';
import { up } from '../cluster/cluster.ts';
import { poll, type RunningProcess } from '../cluster/process.ts';
import { helm } from '../cluster/versions.ts';
import { chart } from '../install/render.ts';
import { kubernetes } from './kubernetes.ts';
import { apply, condition, get, server, settled, until } from './look.ts';
import { type Door, installCrds, startDev, startHook, webhookConfiguration } from './operator.ts';

const POLICY = {
  allowedRegistries: ['registry.example.com'],
  requireImageTag: true,
  allowScaleToZero: false,
};

const cluster = await up({ kubernetes });
t.teardown(() => cluster.down());
await installCrds(cluster);
const at = (file: string) => path.join(cluster.dir, file);
const tls = { TLS_CERT_FILE: at('hook.crt'), TLS_KEY_FILE: at('hook.key') };
const ca = certify(tls.TLS_CERT_FILE, tls.TLS_KEY_FILE);
const policyFile = at('policy.yaml');
writeFileSync(policyFile, JSON.stringify(POLICY));

const CARELESS = { image: 'ghcr.io/acme/search:latest', replicas: 1 };
let hook: RunningProcess;
let dev: RunningProcess;

const kubectl = (args: string[], object?: object) =>
  cluster.kubectl(args, { allowFailure: true, ...(object ? { input: JSON.stringify(object) } : {}) });
const tried = (object: object) => kubectl(['apply', '--dry-run=server', '-f', '-'], object);

const namespaces = new Set(
  cases.flatMap(({ servers }) => servers.flatMap(({ namespace }) => namespace ?? [])),
);
for (const name of namespaces) if (name !== 'default') await cluster.kubectl(['create', 'namespace', name]);

/** A server whose label says which policy it is held to. */
function labelled(index: number, spec: object, namespace?: string): object {
  const { metadata, ...rest } = serverOf(spec, namespace);
  const { name, namespace: within } = metadata;
  return { ...rest, metadata: { name, namespace: within, labels: { case: String(index) } } };
}

await t.test('each rule refuses through kubectl, and lets through what keeps it', byTheTable);
await t.test('without a webhook the API server itself judges alike', byTheApiServer);
await t.test('a server that is there, and a policy that comes', ratcheting);
await t.test('while no hook answers, nobody changes a server, and all run on', down);

/** A hook for each policy, in this process; labels tell the API server which to ask. */
async function byTheTable(t: Test): Promise<void> {
  const certificate = { cert: ca, key: readFileSync(tls.TLS_KEY_FILE, 'utf8') };
  const doors: Record<string, Door> = {};
  for (const [index, { policy, environment }] of cases.entries()) {
    const settings = loadSettings({ ...environment, POLICY_FILE: 'policy' }, () => JSON.stringify(policy));
    const app = await buildApp({
      controllers,
      settings,
      credentials: credentials([]),
      version: '0.0.0',
      routes: ['admission'],
      tls: certificate,
    });
    t.teardown(() => app.close());
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    doors[`case-${index}.mcp.dev`] = { url, ca, objectSelector: { matchLabels: { case: String(index) } } };
  }
  await apply(cluster, webhookConfiguration(doors));
  const last = cases.findLastIndex(({ servers }) => servers.some(({ refused }) => refused.length > 0));
  const isWatched = async () => {
    const refused = cases[last]!.servers.find((one) => one.refused.length > 0)!;
    return (await tried(labelled(last, refused.spec, refused.namespace))).code !== 0;
  };
  await poll('the API server asks', isWatched, 30);
  for (const [index, { name, servers }] of cases.entries()) {
    for (const { spec, namespace, refused } of servers) {
      const { code, stderr } = await tried(labelled(index, spec, namespace));
      const what = `${name}: ${JSON.stringify(spec)} in ${namespace ?? 'default'}`;
      if (refused.length === 0) {
        t.equal(code, 0, what + stderr);
        continue;
      }
      t.match(stderr, 'is invalid', what);
      for (const field of refused) t.ok(stderr.includes(`${field}: `), `${what} names ${field}`);
    }
  }
  await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'mcpservers.mcp.dev']);
}

/** The chart's ValidatingAdmissionPolicy for each policy; labels tell which holds. */
async function byTheApiServer(t: Test): Promise<void> {
  const tools = { helm: (await binaries([helm]))('helm'), kubernetes: cluster.kubernetes };
  for (const [index, { policy, environment = {} }] of cases.entries()) {
    const settings = Object.entries(environment).map(([name, value]) => [`settings.${name}`, value]);
    const values = { policy, 'admission.validatingAdmissionPolicy': true, ...Object.fromEntries(settings) };
    for (const object of await chart(tools, values)) {
      if (!object.kind.startsWith('ValidatingAdmissionPolicy')) continue;
      object.metadata.name = `case-${index}.${object.metadata.name}`;
      const spec = object.spec as { policyName?: string; matchConstraints?: { objectSelector?: object } };
      if (spec.policyName) spec.policyName = `case-${index}.${spec.policyName}`;
      // A Scale has no labels to go by; one case alone is about it.
      if (spec.matchConstraints && !object.metadata.name.includes('scales.')) {
        spec.matchConstraints.objectSelector = { matchLabels: { case: String(index) } };
      }
      await apply(cluster, object);
    }
  }
  const bad = (index: number) => cases[index]!.servers.find(({ refused }) => refused.length > 0);
  for (const index of cases.keys()) {
    const one = bad(index);
    if (!one) continue;
    const holds = async () => (await tried(labelled(index, one.spec, one.namespace))).code !== 0;
    await poll(`the policy of case ${index} holds`, holds, 30);
  }
  for (const [index, { name, servers }] of cases.entries()) {
    for (const { spec, namespace, refused } of servers) {
      const { code, stderr } = await tried(labelled(index, spec, namespace));
      const what = `${name}: ${JSON.stringify(spec)} in ${namespace ?? 'default'}`;
      t.equal(code === 0, refused.length === 0, `${what} ${stderr}`);
      if (refused.length > 0)
        t.match(stderr, /ValidatingAdmissionPolicy 'case-\d+\.mcpservers\.mcp\.dev'.* denied request: /);
    }
  }
  await apply(cluster, named('free', { image: 'registry.example.com/free:1' }));
  const stop = ['scale', 'mcpserver', 'free', '--replicas=0'];
  const isHeld = async () => (await kubectl([...stop, '--dry-run=server'])).code !== 0;
  await poll('the policy of scales holds', isHeld, 30);
  const stopped = await kubectl(stop);
  t.match(stopped.stderr, /denied request: spec\.replicas: must be 1 or more/);
  t.equal((await kubectl(['scale', 'mcpserver', 'free', '--replicas=2'])).code, 0);
  await cluster.kubectl(['delete', 'mcpserver', 'free']);
  interface Checked {
    metadata: { generation: number };
    status?: { observedGeneration?: number; typeChecking?: object };
  }
  let items: Checked[] = [];
  const checked = async () => {
    ({ items } = await get<{ items: Checked[] }>(cluster, 'validatingadmissionpolicies'));
    return items.every(({ metadata, status }) => status?.observedGeneration === metadata.generation);
  };
  await poll('every policy has been looked at', checked, 60);
  for (const { status } of items) t.strictSame(status?.typeChecking, {}, 'its expressions fit the kind');
  await cluster.kubectl(['delete', 'validatingadmissionpolicybindings,validatingadmissionpolicies', '--all']);
}

function named(name: string, spec: object): object {
  return {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name, namespace: 'default' },
    spec,
  };
}

async function ratcheting(t: Test): Promise<void> {
  const before = await startDev(cluster, {}, []);
  await apply(cluster, named('careless', CARELESS));
  await until(cluster, 'careless', 'it runs without a policy', settled);
  await before.stop();

  dev = await startDev(cluster, { POLICY_FILE: policyFile }, []);
  const started = await startHook(cluster, 'hook', { ...tls, POLICY_FILE: policyFile });
  hook = started.process;
  await apply(cluster, webhookConfiguration({ 'mcpservers.mcp.dev': { url: started.url, ca } }));
  const tolerated = await until(
    cluster,
    'careless',
    'the policy is known',
    (one) => condition(one, 'SpecValid')?.reason === 'Tolerated',
  );
  t.ok(settled(tolerated), 'it runs on');
  t.match(condition(tolerated, 'SpecValid')?.message, /spec\.image: .*registry\.example\.com/);

  const isAsked = async () => (await tried(named('new', CARELESS))).code !== 0;
  await poll('the API server asks', isAsked, 30);
  const { stderr } = await tried(named('new', CARELESS));
  t.match(stderr, /The MCPServer "new" is invalid:/);
  t.match(stderr, /\* spec\.image: Invalid value: "ghcr\.io\/acme\/search:latest": must come from registry/);
  t.match(stderr, /\* spec\.image: Invalid value: "ghcr\.io\/acme\/search:latest": must have a tag/);
  t.comment(stderr);

  const beside = await kubectl(
    ['apply', '-f', '-'],
    named('careless', { ...CARELESS, env: [{ name: 'LEVEL', value: 'debug' }] }),
  );
  t.equal(beside.code, 0, 'a change beside it is let through');
  t.match(beside.stderr, /Warning: spec\.image: /);
  const { stdout } = await cluster.kubectl([
    'get',
    'mcpserver',
    'careless',
    '-o',
    'jsonpath={.metadata.generation}',
  ]);
  await until(
    cluster,
    'careless',
    'and rolled out',
    (one) => settled(one) && String(one.metadata.generation) === stdout,
  );
  const { spec } = await get<{
    spec: { template: { spec: { containers: { env?: { name: string }[] }[] } } };
  }>(cluster, 'deployment', 'careless');
  t.match(spec.template.spec.containers[0]!.env, [{ name: 'LEVEL' }]);
  const worse = await kubectl(
    ['apply', '-f', '-'],
    named('careless', { ...CARELESS, image: 'evil.com/search:1' }),
  );
  t.match(worse.stderr, /spec\.image: Invalid value: "evil\.com\/search:1"/, 'another wrong image is not');

  const stopped = await kubectl(['scale', 'mcpserver', 'careless', '--replicas=0']);
  t.match(stopped.stderr, /spec\.replicas: Invalid value: 0: must be 1 or more/);
  t.equal((await server(cluster, 'careless')).spec.replicas, 1);
  t.equal((await kubectl(['scale', 'mcpserver', 'careless', '--replicas=2'])).code, 0);
  await until(cluster, 'careless', 'it is scaled', settled);
  await toZeroWhereAllowed(started.url);
  t.equal((await kubectl(['label', 'mcpserver', 'careless', 'team=search'])).code, 0, 'labels are free');
}

/** @param strict the hook that forbids it, which is asked again afterwards. */
async function toZeroWhereAllowed(strict: string): Promise<void> {
  const lenient = at('lenient.yaml');
  writeFileSync(lenient, JSON.stringify({ ...POLICY, allowScaleToZero: true }));
  const other = await startHook(cluster, 'lenient-hook', { ...tls, POLICY_FILE: lenient });
  const toZero = async () =>
    (await kubectl(['scale', 'mcpserver', 'careless', '--replicas=0', '--dry-run=server'])).code === 0;
  await apply(cluster, webhookConfiguration({ 'mcpservers.mcp.dev': { url: other.url, ca } }));
  await poll('where the policy allows it, a server may be scaled to zero', toZero, 30);
  await apply(cluster, webhookConfiguration({ 'mcpservers.mcp.dev': { url: strict, ca } }));
  await poll('and where it does not, not', async () => !(await toZero()), 30);
  await other.process.stop();
}

async function down(t: Test): Promise<void> {
  await hook.stop('SIGKILL');
  const { code, stderr } = await kubectl(
    ['apply', '-f', '-'],
    named('late', { image: 'registry.example.com/late:1' }),
  );
  t.not(code, 0);
  t.match(stderr, /failed calling webhook "mcpservers\.mcp\.dev"/);
  t.equal((await kubectl(['label', 'mcpserver', 'careless', 'team=other', '--overwrite'])).code, 0);
  const uid = async () => (await get(cluster, 'deployment', 'careless', '--ignore-not-found')).metadata?.uid;
  const before = await uid();
  await cluster.kubectl(['delete', 'deployment', 'careless']);
  const isBack = async () => ![undefined, before].includes(await uid().catch(() => undefined));
  await poll('a child that is deleted comes back', isBack, 60);
  await until(cluster, 'careless', 'and serves', settled);

  await cluster.kubectl([
    'patch',
    'validatingwebhookconfiguration',
    'mcpservers.mcp.dev',
    '--type=json',
    '--patch=[{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"}]',
  ]);
  const isIgnored = async () => (await kubectl(['apply', '-f', '-'], named('bad', CARELESS))).code === 0;
  await poll('with Ignore it is stored', isIgnored, 30);
  const bad = await until(
    cluster,
    'bad',
    'and the sync refuses it',
    (one) => condition(one, 'SpecValid')?.status === 'False',
  );
  t.equal(bad.status?.phase, 'Failed');
  t.match(bad.status?.message, /spec\.image: /);
  t.notOk((await kubectl(['get', 'deployment', 'bad', '--ignore-not-found'])).stdout, 'nothing is made');
  t.equal((await kubectl(['delete', 'mcpserver', '--all'])).code, 0, 'and all can be deleted');
  await dev.stop();
}
