/**
 * On a real node, with a real ingress controller: MCP servers that no one here wrote, reached by the official client at the
 * address that their status names. By an Ingress, under a prefix, by an HTTPRoute, over TLS, through streams that stay open
 * for minutes, and by many clients of several pods.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { connectTo } from '../cluster/addons/connect-to.ts';
import { startTraefik, TRAEFIK_CLASS } from '../cluster/addons/traefik.ts';
import { up } from '../cluster/cluster.ts';
import { buildImages } from '../cluster/images.ts';
import { finish, poll } from '../cluster/process.ts';
import { everythingImage } from '../cluster/test-images.ts';
import { apply, condition, exists, get, settled, until } from './look.ts';
import { logged, root } from './operator.ts';

/** Well past the minute that Traefik and others give a request unless told; a stream is one request. */
const HELD_SECONDS = Number(process.env.HELD_SECONDS ?? 150);
const CLIENTS = 50;
/** How many clients have been given an address. */
let given = 0;

const folder = await mkdtemp(path.join(tmpdir(), 'smooth-exposure-'));
t.teardown(() => rm(folder, { recursive: true }));
const tar = path.join(folder, 'images.tar');
await buildImages(tar, [everythingImage()]);
const cluster = await up({ node: 'real' });
t.teardown(() => cluster.down());
await cluster.loadImages!(tar);

const traefik = await startTraefik(cluster, { gateway: true, middlewares: true });
const dev = await cluster.run(
  'dev',
  process.execPath,
  [path.join(root, 'src/cli.ts'), 'dev', '--install-crds'],
  { env: { KUBECONFIG: cluster.kubeconfig, FEATURES: 'httproutes,middlewares' } },
);
await logged(dev, 'Watching');
const web = connectTo((await cluster.forward(traefik.address, traefik.ports.web)).port);
const { certificate, secret } = await selfSigned('secured.example.com');
const websecure = connectTo((await cluster.forward(traefik.address, traefik.ports.websecure)).port, {
  ca: certificate,
});

const route = (hostname: string) => ({
  parentRefs: [{ name: 'edge' }],
  hostnames: [hostname],
  scheme: 'http',
});
await apply(cluster, {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    secret,
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'edge', namespace: 'default' },
      spec: { gatewayClassName: TRAEFIK_CLASS, listeners: [{ name: 'http', protocol: 'HTTP', port: 80 }] },
    },
    everything('hosted', { ingress: { host: 'hosted.example.com' } }),
    everything('streaming', {
      transport: 'sse',
      args: ['sse'],
      ingress: { host: 'streaming.example.com' },
    }),
    everything('prefixed', { ingress: { publicPathPrefix: 'tools/everything' } }),
    everything('routed', { route: route('routed.example.com') }),
    everything('secured', { ingress: { host: 'secured.example.com', tlsSecretName: 'secured-tls' } }),
    everything('unserved', { ingress: { host: 'unserved.example.com', className: 'nobodys' } }),
    everything('stateful', {
      replicas: 2,
      ingress: { host: 'stateful.example.com' },
      route: route('stateful-route.example.com'),
    }),
  ],
});

await t.test('an Ingress: Traefik writes its status, and the public address works', async (t) => {
  const one = await until(cluster, 'hosted', 'hosted is ready', settled, 120);
  t.match(condition(one, 'IngressReady'), { status: 'True', reason: 'Served' });
  t.equal(one.status?.endpoints?.public, 'http://hosted.example.com/mcp');
  await answers(t, 'http://hosted.example.com/mcp', web);
});

/** Two streams, held while the other tests run, without a byte until the end. */
const streams = ['http://streaming.example.com/sse', 'http://hosted.example.com/mcp'] as const;
let held: Promise<Held>[] = [];
await t.test('an Ingress of a server over SSE; here and above, a stream is opened', async (t) => {
  const one = await until(cluster, 'streaming', 'streaming is ready', settled, 120);
  t.equal(one.status?.endpoints?.public, streams[0]);
  held = streams.map((address) => hold(address));
  // Looked at in the last test: until then, one that fails is no crash.
  for (const each of held) each.catch(() => {});
});

await t.test('a prefix: a Middleware turns it into the path of the server', async (t) => {
  const one = await until(cluster, 'prefixed', 'prefixed is ready', settled, 120);
  const address = `http://${traefik.address}/tools/everything/mcp`;
  t.equal(one.status?.endpoints?.public, address, 'without a host, the address of the controller');
  await answers(t, address, web);
});

await t.test('an HTTPRoute: a Gateway takes it, and the public address works', async (t) => {
  const one = await until(cluster, 'routed', 'routed is ready', settled, 120);
  t.match(condition(one, 'RouteReady'), { status: 'True', reason: 'Accepted' });
  t.equal(one.status?.endpoints?.public, 'http://routed.example.com/mcp');
  const { spec } = await get(cluster, 'httproute', 'routed');
  t.match(spec, { rules: [{ timeouts: { request: '0s' } }] }, 'with no limit to a request');
  await answers(t, 'http://routed.example.com/mcp', web);

  await patch('routed', { route: { path: '/tools' } });
  const address = 'http://routed.example.com/tools';
  const isMoved = (it: MCPServer) => settled(it) && it.status?.endpoints?.public === address;
  await until(cluster, 'routed', 'the route has another path', isMoved);
  await answers(t, address, web);
  await poll(
    'the old path is gone',
    async () => (await web('http://routed.example.com/mcp')).status === 404,
    10,
  );
});

await t.test('TLS: the public address is https, with the certificate of the Secret', async (t) => {
  const one = await until(cluster, 'secured', 'secured is ready', settled, 120);
  t.equal(one.status?.endpoints?.public, 'https://secured.example.com/mcp');
  await answers(t, 'https://secured.example.com/mcp', websecure);
  t.equal((await web('http://secured.example.com/mcp')).status, 404, 'and nothing is served in the clear');
});

await t.test('without pods there is no public address, without spec.ingress no Ingress', async (t) => {
  const address = 'https://secured.example.com/mcp';
  await patch('secured', { replicas: 0 });
  const stopped = await until(
    cluster,
    'secured',
    'it is stopped',
    ({ status }) => status?.phase === 'Stopped',
  );
  t.equal(stopped.status?.endpoints?.public, undefined);
  t.ok(await exists(cluster, 'ingress', 'secured'), 'the Ingress stays');
  await poll('Traefik has nobody to ask', async () => !(await websecure(address)).ok, 10);

  await patch('secured', { replicas: 1 });
  const back = await until(cluster, 'secured', 'it is back', settled, 60);
  t.equal(back.status?.endpoints?.public, address);
  await answers(t, address, websecure);

  const before = await runningOf('secured');
  await patch('secured', { ingress: null });
  const isGone = ({ metadata, status }: MCPServer) =>
    status?.observedGeneration === metadata.generation && !status?.endpoints?.public;
  const without = await until(cluster, 'secured', 'the public address is gone', isGone);
  await poll('the Ingress is gone', async () => !(await exists(cluster, 'ingress', 'secured')), 10);
  t.notOk(condition(without, 'IngressReady'));
  t.equal((await until(cluster, 'secured', 'it is settled', settled)).status?.phase, 'Ready');
  t.strictSame(await runningOf('secured'), before, 'its pod is the same');
  const refused = () =>
    websecure(address).then(
      () => false,
      () => true,
    );
  await poll('Traefik has the certificate no more', refused, 10);
});

await t.test('an Ingress that nobody serves is told, and the server runs on', async (t) => {
  const isTold = (one: MCPServer) =>
    condition(one, 'Ready')?.status === 'True' && condition(one, 'IngressReady')?.reason === 'NoAddress';
  const created = await until(cluster, 'unserved', 'it is told', isTold, 120);
  t.equal(created.status?.phase, 'Creating');
  t.equal(created.status?.ready, '1/1');
  t.match(condition(created, 'IngressReady'), {
    status: 'False',
    message: /^Ingress default\/unserved: .*nobodys/,
  });
  t.match(created.status?.message, /Ingress default\/unserved/);
  t.equal(created.status?.endpoints?.public, undefined);
  await answers(t, created.status!.endpoints!.service!, await serviceOf('unserved'));

  const before = await runningOf('unserved');
  await patch('unserved', { ingress: { className: TRAEFIK_CLASS } });
  const served = await until(cluster, 'unserved', 'a class that is served makes it whole', settled);
  t.strictSame(await runningOf('unserved'), before, 'its pod is the same');
  await answers(t, served.status!.endpoints!.public!, web);

  await t.test('nor is one touched that has been ready', async (t) => {
    const before = await runningOf('routed');
    await patch('routed', { ingress: { host: 'routed.example.com', className: 'nobodys' } });
    const told = await until(cluster, 'routed', 'it is told', isTold);
    t.equal(told.status?.phase, 'Degraded');
    t.equal(told.status?.endpoints?.public, 'http://routed.example.com/tools', 'the route works on');
    t.strictSame(await runningOf('routed'), before, 'its pod is the same');
  });
});

await t.test('many clients of two pods', async (t) => {
  const one = await until(cluster, 'stateful', 'stateful is ready', settled, 120);
  const service = { address: one.status!.endpoints!.service!, host: 'stateful.default', port: 80 };
  const edge = { host: traefik.address, port: traefik.ports.web };
  const byIngress = { address: 'http://stateful.example.com/mcp', ...edge };
  const byRoute = { address: 'http://stateful-route.example.com/mcp', ...edge };
  const paths = [
    { name: 'Service', way: service },
    { name: 'Ingress', way: byIngress },
    { name: 'HTTPRoute', way: byRoute },
  ];

  await t.test('each keeps its session', async (t) => {
    for (const { name, way } of paths) {
      await poll(`the ${name} serves`, async () => (await visit(way, nextAddress())).error === undefined, 10);
      const { successes, pods, errors } = await visits(t, name, way);
      t.equal(successes, CLIENTS, `${name}: all succeed`);
      t.strictSame(errors, []);
      // To the Service, Traefik is one client, whoever asks it.
      if (name === 'Service') t.equal(pods, 2, 'and both pods serve some');
    }
  });

  await t.test('and where the spec says that there are no sessions, few do', async (t) => {
    const before = await runningOf('stateful');
    await patch('stateful', { sessions: 'Stateless' });
    for (const { name, way } of paths) {
      await poll(
        `the ${name} forgets`,
        async () => (await visit(way, nextAddress())).error !== undefined,
        30,
      );
      const { successes, pods } = await visits(t, name, way);
      t.ok(successes < CLIENTS / 2, `${name}: most fail`);
      t.equal(pods, 2);
    }
    t.strictSame(await runningOf('stateful'), before, 'by the same pods');
  });
});

await t.test(`streams stay open for ${HELD_SECONDS} s, and still bring what is sent then`, async (t) => {
  for (const [index, address] of streams.entries()) {
    const { seconds, opened, message } = await held[index]!;
    t.ok(seconds >= HELD_SECONDS, `${address} was held for ${seconds.toFixed(1)} s`);
    t.equal(opened, 1, 'as one request, without a second one');
    t.match(message, / SessionId /);
  }
});

function everything(name: string, spec: object): object {
  return {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name, namespace: 'default' },
    spec: {
      image: 'localhost/everything:smooth',
      imagePullPolicy: 'Never',
      env: [{ name: 'PORT', value: '3001' }],
      port: 3001,
      pod: { terminationGracePeriodSeconds: 1 },
      ...spec,
    },
  };
}

async function patch(name: string, spec: object): Promise<void> {
  const change = JSON.stringify({ spec });
  await cluster.kubectl(['patch', 'mcpserver', name, '--type=merge', '-p', change]);
}

/** What must not change where nothing running may be touched. */
async function runningOf(name: string): Promise<string[]> {
  return (await podsOf(name)).map(({ metadata: { uid } }) => uid).sort();
}

interface Pod {
  metadata: { name: string; uid: string };
}

async function podsOf(name: string): Promise<Pod[]> {
  return (await get<{ items: Pod[] }>(cluster, 'pods', '-l', `mcp.dev/server=${name}`)).items;
}

async function serviceOf(name: string): Promise<typeof fetch> {
  return connectTo((await cluster.forward(`${name}.default`, 80)).port);
}

function newClient(): Client {
  return new Client({ name: 'smooth-operator-tests', version: '1.0.0' });
}

/** What was told to serve takes a moment to do so; a client that wants in tries again. */
async function connected(transport: () => Transport): Promise<Client> {
  let client = newClient();
  const connects = async () => {
    try {
      await client.connect(transport());
      return true;
    } catch {
      await client.close();
      client = newClient();
      return false;
    }
  };
  await poll('the client connects', connects, 15);
  return client;
}

async function answers(t: Test, address: string, ask: typeof fetch): Promise<void> {
  const client = await connected(() => new StreamableHTTPClientTransport(new URL(address), { fetch: ask }));
  const { tools } = await client.listTools();
  t.ok(
    tools.some(({ name }) => name === 'echo'),
    `${address} lists ${tools.length} tools`,
  );
  const { content } = await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  t.match(content, [{ type: 'text', text: 'Echo: hello' }]);
  await client.close();
}

interface Held {
  seconds: number;
  /** How many requests for a stream there were. */
  opened: number;
  /** What came over it at the end. */
  message: unknown;
}

/** Opens the one stream that a server speaks on unasked, keeps it without a word, and has something sent over it. */
async function hold(address: string): Promise<Held> {
  let opened = 0;
  const counting: typeof fetch = async (input, init) => {
    const response = await web(input, init);
    if ((init?.method ?? 'GET') === 'GET' && response.ok) opened++;
    return response;
  };
  const url = new URL(address);
  const client = await connected(() => {
    opened = 0;
    return url.pathname === '/sse'
      ? new SSEClientTransport(url, { fetch: counting })
      : new StreamableHTTPClientTransport(url, { fetch: counting });
  });
  await poll(`${address} has a stream`, async () => opened > 0, 10);
  const since = performance.now();
  // Time itself is what is tested here.
  await new Promise((resolve) => setTimeout(resolve, HELD_SECONDS * 1000));
  let message: unknown;
  client.setNotificationHandler('notifications/message', ({ params }) => {
    message = params.data;
  });
  await client.callTool({ name: 'toggle-simulated-logging' });
  await poll(`${address} brings a message`, async () => message !== undefined, 20);
  const seconds = (performance.now() - since) / 1000;
  await client.close();
  return { seconds, opened, message };
}

/** A way to a server: its address, and where connections to it go. */
interface Way {
  address: string;
  host: string;
  port: number;
}

interface Visit {
  session: string | undefined;
  /** Undefined where all went well. */
  error: string | undefined;
}

/** One client from its first request to its last, each on a connection of its own. */
async function visit({ address, host, port }: Way, from: string): Promise<Visit> {
  const forward = await cluster.forward(host, port, from);
  const transport = new StreamableHTTPClientTransport(new URL(address), { fetch: connectTo(forward.port) });
  const client = newClient();
  let session: string | undefined;
  try {
    await client.connect(transport);
    session = transport.sessionId;
    await client.listTools();
    await client.callTool({ name: 'echo', arguments: { message: from } });
    await transport.terminateSession();
    return { session, error: undefined };
  } catch (error) {
    return { session: session ?? transport.sessionId, error: (error as Error).message };
  } finally {
    await client.close();
    await forward.close();
  }
}

/** The address of the next client. The Service remembers each for hours, so they take turns. */
function nextAddress(): string {
  return cluster.clientAddresses[given++ % cluster.clientAddresses.length]!;
}

interface Visits {
  successes: number;
  /** How many pods opened sessions. */
  pods: number;
  errors: string[];
}

async function visits(t: Test, name: string, way: Way): Promise<Visits> {
  const since = performance.now();
  const all: Visit[] = [];
  const from = Array.from({ length: CLIENTS }, nextAddress);
  const oneByOne = async () => {
    for (let address = from.pop(); address; address = from.pop()) all.push(await visit(way, address));
  };
  await Promise.all(Array.from({ length: 5 }, oneByOne));
  const seconds = (performance.now() - since) / 1000;
  const counts = await sessionsByPod(all.flatMap(({ session }) => session ?? []));
  const errors = all.flatMap(({ error }) => error ?? []);
  const successes = CLIENTS - errors.length;
  t.comment(
    `${name}: ${successes} of ${CLIENTS} succeed in ${seconds.toFixed(1)} s, ${counts.join(' + ')} sessions`,
  );
  return { successes, pods: counts.filter((count) => count > 0).length, errors };
}

/** The server logs each session that it opens; its pods are told apart by that. */
async function sessionsByPod(sessions: string[]): Promise<number[]> {
  let counts: number[] = [];
  const areLogged = async () => {
    const pods = await podsOf('stateful');
    const logs = await Promise.all(pods.map(({ metadata: { name } }) => cluster.kubectl(['logs', name])));
    counts = logs.map(({ stdout }) => sessions.filter((session) => stdout.includes(session)).length);
    return counts.reduce((sum, count) => sum + count) === sessions.length;
  };
  await poll('every session is logged', areLogged, 10);
  return counts;
}

async function selfSigned(host: string): Promise<{ certificate: string; secret: object }> {
  const [key, certificate] = [path.join(folder, 'tls.key'), path.join(folder, 'tls.crt')];
  await finish('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
    ...['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-keyout', key, '-out', certificate],
  ]);
  const stringData = {
    'tls.crt': await readFile(certificate, 'utf8'),
    'tls.key': await readFile(key, 'utf8'),
  };
  const metadata = { name: 'secured-tls', namespace: 'default' };
  return {
    certificate: stringData['tls.crt'],
    secret: { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/tls', stringData },
  };
}
