/**
 * Who may call whom, on a real node: the operator as pods of its chart, with certificates by cert-manager or by the chart
 * itself, and both renewed, rotated and replaced while calls go on, none of which may fail.
 */
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';
import t, { type Test } from 'tap';
import { startCertManager } from '../cluster/addons/cert-manager.ts';
import { WEBHOOK_CLIENT } from '../cluster/admission.ts';
import { poll } from '../cluster/process.ts';
import { readText } from '../install/files.ts';
import { BY_CERT_MANAGER } from '../install/render.ts';
import { type Called, type Calling, startCalling } from './calling.ts';
import { chartOf, NAMESPACE } from './chart.ts';
import { exists, get, until } from './look.ts';
import {
  engineReport,
  installMetacontrollerCrds,
  metacontroller,
  root,
  runMetacontroller,
} from './operator.ts';
import { operatorImage } from './operator-image.ts';
import { upWithImages } from './real-cluster.ts';
import { keepSyncing } from './storm.ts';

const FULL_NAME = 'smooth-smooth-operator';
const HOST = `${FULL_NAME}-hook.${NAMESPACE}`;
const SERVERS = ['idle-0', 'idle-1', 'idle-2'];
const REPLICAS = 2;

t.comment(engineReport);
const cluster = await upWithImages(t, [], operatorImage());
await installMetacontrollerCrds(cluster);
await cluster.kubectl(['create', 'namespace', 'metacontroller']);
const chart = await chartOf(cluster);

interface Secret {
  metadata: { resourceVersion: string; annotations?: Record<string, string> };
  data: Record<string, string>;
}

const secret = (name: string) =>
  get<Secret>(cluster, 'secret', `${FULL_NAME}-${name}`, '--namespace', NAMESPACE);
const allPods = async () => {
  const { items } = await get<{ items: Pod[] }>(cluster, 'pods', '--namespace', NAMESPACE);
  return items;
};
const pods = async () => (await allPods()).filter(({ metadata }) => !metadata.deletionTimestamp);

interface Pod {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  spec: object;
  status: { podIP: string };
}

await t.test('certificates of cert-manager, and a client certificate instead of a token', async (t) => {
  const certManager = await startCertManager(cluster);
  const values = {
    ...BY_CERT_MANAGER,
    'admission.clientCertificate': { ca: cluster.webhookClientCa, names: [WEBHOOK_CLIENT] },
    policy: { requireImageTag: true },
  };
  await chart.install(values);
  await chart.test();
  t.notOk(
    await exists(cluster, 'secret', `${FULL_NAME}-token`, '--namespace', NAMESPACE),
    'there is no token',
  );
  await t.test('what listens in a pod is what the documentation lists', ports);
  await t.test('the API server is let in to the webhook, and nobody else', door);
  const storm = await startStorm();
  await t.test('a renewed certificate is shown, and no call fails', (t) =>
    uncut(t, storm, async (calling) => {
      const before = await secret('issued-tls');
      await renew(`${FULL_NAME}-hook`);
      await renewed('issued-tls', before);
      await shown(calling);
    }),
  );
  await t.test('a renewed CA is good for who knows the one before', (t) =>
    uncut(t, storm, async (calling) => {
      const [ca, leaf] = [await secret('issued-ca'), await secret('issued-tls')];
      await renew(`${FULL_NAME}-ca`);
      await renewed('issued-ca', ca);
      await renew(`${FULL_NAME}-hook`);
      await renewed('issued-tls', leaf);
      t.not((await secret('issued-tls')).data['ca.crt'], leaf.data['ca.crt']);
      await shown(calling);
    }),
  );
  await t.test('a new client certificate is taken up with the next revision', (t) =>
    uncut(t, storm, async () => {
      const before = await secret('issued-client');
      await renew(`${FULL_NAME}-metacontroller`);
      await renewed('issued-client', before);
      await chart.install({ ...values, credentialsGeneration: 2 });
    }),
  );
  await t.test('an upgrade leaves the webhook the CA that cert-manager told it', door);
  await t.test('after a leak all of it is made anew', async (t) => {
    for (const name of ['issued-ca', 'issued-tls', 'issued-client']) {
      const before = await secret(name);
      await cluster.kubectl(['delete', 'secret', `${FULL_NAME}-${name}`, '--namespace', NAMESPACE]);
      await renewed(name, before);
    }
    const before = await pods();
    await chart.install({ ...values, credentialsGeneration: 3 });
    await gone(before);
    await uncut(t, { ...storm, warnings: async () => [] }, async () => {});
    const ca = (await secret('issued-ca')).data['tls.crt']!;
    const patch = '--patch=[{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}]';
    const webhook = ['validatingwebhookconfiguration', 'mcpservers.mcp.dev'];
    await cluster.kubectl(['patch', ...webhook, '--type=json', patch]);
    const trusted = ['get', ...webhook, '-o', 'jsonpath={.webhooks[0].clientConfig.caBundle}'];
    const isAlone = async () => atob((await cluster.kubectl(trusted)).stdout).trim() === atob(ca).trim();
    await poll('the API server trusts the new CA and no other', isAlone, 30);
    await door(t);
  });
  await storm.stop();
  await chart.uninstall();
  await certManager.stop();
});

await t.test('certificates and token of the chart', async (t) => {
  await chart.install();
  await t.rejects(
    chart.install({ 'auth.existingSecret': 'nobodys' }),
    /auth\.existingSecret: there is no Secret nobodys/,
  );
  const lacking = { 'tls.existingSecret': `${FULL_NAME}-token` };
  await t.rejects(chart.install(lacking), /tls\.existingSecret: the Secret \S+-token has no key tls\.crt/);
  await chart.test();
  const storm = await startStorm();
  await t.test('an upgrade keeps them', async (t) => {
    const before = await credentialsNow();
    await uncut(t, storm, () => chart.install({ 'settings.MCP_CPU_REQUEST': '60m' }));
    t.strictSame(await credentialsNow(), before);
  });
  await t.test(
    'one that is due is renewed by an upgrade, under the same CA and without a restart',
    async (t) => {
      const before = await credentialsNow();
      const running = (await pods()).map(({ metadata }) => metadata.uid).sort();
      const due = ['annotate', '--overwrite', 'secret', `${FULL_NAME}-tls`, '--namespace', NAMESPACE];
      await cluster.kubectl([...due, 'mcp.dev/renew-after=1000000000']);
      await uncut(t, storm, async (calling) => {
        await chart.install({ 'settings.MCP_CPU_REQUEST': '60m' });
        await shown(calling);
      });
      const after = await credentialsNow();
      t.not(after.tls, before.tls);
      t.strictSame({ ...after, tls: '' }, { ...before, tls: '' });
      t.strictSame((await pods()).map(({ metadata }) => metadata.uid).sort(), running);
    },
  );
  await t.test('all of them are rotated by a number, and no call fails', async (t) => {
    const before = await credentialsNow();
    await uncut(t, storm, () =>
      chart.install({ 'settings.MCP_CPU_REQUEST': '60m', credentialsGeneration: 2 }),
    );
    const after = await credentialsNow();
    for (const name of ['ca', 'tls', 'token'] as const) t.not(after[name], before[name], name);
    const { data } = await secret('token');
    t.equal(data['previous-token'], before.token, 'the one before is good until the next');
    await chart.test();
  });
  await t.test('a client certificate is asked for besides, and rotated as well', async (t) => {
    const values = { 'settings.MCP_CPU_REQUEST': '60m', 'auth.clientCertificate.enabled': true };
    await uncut(t, storm, () => chart.install({ ...values, credentialsGeneration: 2 }));
    await chart.test();
    const before = await secret('client');
    await uncut(t, storm, () => chart.install({ ...values, credentialsGeneration: 3 }));
    t.not((await secret('client')).data['tls.crt'], before.data['tls.crt']);
    await chart.test();
  });
  await t.test('a pod that is deleted takes no call with it, and the last one stays', (t) =>
    uncut(t, storm, () => evictions(t)),
  );
  await storm.stop();
});

async function credentialsNow() {
  const [ca, tls, token] = await Promise.all(['ca', 'tls', 'token'].map(secret));
  return { ca: ca!.data['ca.crt'], tls: tls!.data['tls.crt'], token: token!.data.token };
}

interface Storm {
  /**
   * Warnings about the servers, of the real Metacontroller; none where there is none. Not of calls that it took back itself,
   * as it does where the CompositeController changes while one is under way; what it starts then syncs every server.
   */
  warnings(): Promise<string[]>;
  stop(): Promise<void>;
}

/** The real Metacontroller, where there is one, with a few servers that change all the time. */
async function startStorm(): Promise<Storm> {
  if (!metacontroller) return { warnings: async () => [], stop: async () => {} };
  const controller = await runMetacontroller(cluster, 'dynamic-apply');
  const items = SERVERS.map((name) => ({
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name, namespace: 'default' },
    spec: { image: 'registry.example.com/idle:1', replicas: 0 },
  }));
  const isTaken = async () => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    return (await cluster.kubectl(['apply', '-f', '-'], { input, allowFailure: true })).code === 0;
  };
  await poll('the API server asks the webhook', isTaken, 30);
  for (const name of SERVERS) {
    await until(cluster, name, `${name} is stopped`, ({ status }) => status?.phase === 'Stopped');
  }
  const syncing = keepSyncing(cluster, SERVERS);
  return {
    warnings: async () => {
      const { items } = await get<{ items: { message: string; metadata: { uid: string } }[] }>(
        cluster,
        'events',
        '--field-selector=type=Warning,involvedObject.kind=MCPServer',
      );
      return items
        .filter(({ message }) => !message.endsWith(': context canceled'))
        .map(({ metadata, message }) => `${metadata.uid}: ${message}`);
    },
    stop: async () => {
      t.ok((await syncing.stop()) > 0);
      await cluster.kubectl(['delete', 'mcpserver', '--all']);
      await controller.stop();
    },
  };
}

/** Does something while calls go on, none of which may fail; nor may one of Metacontroller's. */
async function uncut(t: Test, storm: Storm, work: (calling: Calling) => Promise<void>): Promise<void> {
  const before = await storm.warnings();
  const calling = await startCalling(cluster, HOST);
  let called: Called;
  try {
    await poll('calls are answered', async () => calling.called.answered > 20, 30);
    await work(calling);
    const { answered } = calling.called;
    await poll('and are so in the end', async () => calling.called.answered > answered + 50, 30);
  } finally {
    called = await calling.stop();
  }
  t.strictSame(called.failed, []);
  t.comment(`${called.answered} calls answered, ${called.putOff} asked to come again`);
  t.strictSame(
    (await storm.warnings()).filter((one) => !before.includes(one)),
    [],
    "nor one of Metacontroller's",
  );
}

/** As `cmctl renew` does. */
async function renew(certificate: string): Promise<void> {
  const condition = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'by a test' };
  const patch = [{ op: 'add', path: '/status/conditions/-', value: condition }];
  const target = [
    'certificate',
    certificate,
    '--namespace',
    NAMESPACE,
    '--subresource=status',
    '--type=json',
  ];
  await cluster.kubectl(['patch', ...target, `--patch=${JSON.stringify(patch)}`]);
}

async function renewed(name: string, before: Secret): Promise<void> {
  const now = () => secret(name).catch(() => undefined);
  const isNew = async () => ![undefined, before.data['tls.crt']].includes((await now())?.data['tls.crt']);
  await poll(`${name} is renewed`, isNew, 30);
}

/** Waits until pods are no more. Helm does not: the Service may still lead to the last of them when it says that all is up. */
async function gone(before: Pod[]): Promise<void> {
  const uids = before.map(({ metadata }) => metadata.uid);
  const areGone = async () => (await allPods()).every(({ metadata }) => !uids.includes(metadata.uid));
  await poll('the pods of before are gone', areGone, 60);
}

/** Waits until every pod shows another certificate than in the beginning: so many connections in a row meet each of them. */
async function shown({ called: { serials } }: Calling): Promise<void> {
  const isNew = async () => serials.length > 40 && serials.slice(-20).every((one) => one !== serials[0]);
  await poll('every pod shows the new certificate', isNew, 60);
}

async function ports(t: Test): Promise<void> {
  // The table of ports is the one whose second column is a path.
  const rows = readText('docs', 'operate.md').matchAll(/^\| (\d+) \| `\//gm);
  const listed = [...rows].map(([, port]) => Number(port));
  t.ok(listed.length > 0);
  for (const { status, metadata } of await pods()) {
    const scan = path.join(root, 'test/e2e/scan.ts');
    const scanning = await cluster.run(`scan-${metadata.name}`, process.execPath, [scan, status.podIP]);
    await scanning.exited;
    t.strictSame(JSON.parse(await readFile(scanning.log, 'utf8')), listed, status.podIP);
  }
}

async function door(t: Test): Promise<void> {
  const bad = {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name: 'bad', namespace: 'default' },
    spec: { image: 'registry.example.com/bad' },
  };
  let said = '';
  const isAsked = async () => {
    const { stderr } = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], {
      input: JSON.stringify(bad),
      allowFailure: true,
    });
    said = stderr;
    return said.includes('is invalid');
  };
  await poll('the webhook refuses', isAsked, 30).catch(() => t.fail(said));
  t.match(said, 'spec.image: Invalid value: "registry.example.com/bad": must have a tag');
  const { port } = await cluster.forward(HOST, 8443);
  const ca = Buffer.from((await secret('issued-tls')).data['ca.crt']!, 'base64');
  const client = await secret('issued-client');
  const decoded = (key: string) => Buffer.from(client.data[key]!, 'base64');
  const stranger = { cert: decoded('tls.crt'), key: decoded('tls.key') };
  t.equal(await statusOf(port, ca, {}), 401, 'without a certificate');
  t.equal(await statusOf(port, ca, stranger), 401, 'with that of Metacontroller');
}

function statusOf(port: number, ca: Buffer, client: { cert?: Buffer; key?: Buffer }): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, ca, servername: `${HOST}.svc`, agent: false, ...client };
    https
      .request({ ...options, path: '/admission/validate', method: 'POST' }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      })
      .on('error', reject)
      .end();
  });
}

async function evictions(t: Test): Promise<void> {
  const [first, second] = await pods();
  const evict = ({ metadata: { name } }: Pod) => {
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace: NAMESPACE },
    };
    const url = `/api/v1/namespaces/${NAMESPACE}/pods/${name}/eviction`;
    return cluster.kubectl(['create', '--raw', url, '-f', '-'], {
      input: JSON.stringify(eviction),
      allowFailure: true,
    });
  };
  // Another controller than the Deployment's keeps the count.
  const mayGo = async () => {
    const budget = ['get', 'poddisruptionbudget', `${FULL_NAME}-hook`, '--namespace', NAMESPACE];
    const { stdout } = await cluster.kubectl([...budget, '-o', 'jsonpath={.status.disruptionsAllowed}']);
    return stdout === '1';
  };
  await poll('a pod may be evicted', mayGo, 60);
  t.equal((await evict(first!)).code, 0);
  const { code, stderr } = await evict(second!);
  t.not(code, 0, 'the other one stays');
  t.match(stderr, /disruption budget/);
  const isWhole = async () => {
    const all = await pods();
    const status = ['get', 'deployment', `${FULL_NAME}-hook`, '--namespace', NAMESPACE];
    const { stdout } = await cluster.kubectl([...status, '-o', 'jsonpath={.status.availableReplicas}']);
    return stdout === String(REPLICAS) && all.every(({ metadata }) => metadata.uid !== first!.metadata.uid);
  };
  await poll('another one takes its place', isWhole, 60);
  await poll('the other one may go now', mayGo, 60);
  t.equal((await evict(second!)).code, 0, 'then it may go');
  await poll('and is replaced', async () => (await pods()).length === REPLICAS && (await isWhole()), 60);
}
