/**
 * Sessions, on a real node with a real ingress controller: many clients of several pods, each kept with the one that knows
 * it, and streams that stay open for minutes.
 */
import { SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import t, { type Test } from 'tap';
import { connectTo } from '../cluster/addons/connect-to.ts';
import { poll } from '../cluster/process.ts';
import { everythingImage } from '../cluster/test-images.ts';
import { connected, everything, newClient } from './everything-server.ts';
import { routeTo, startFront } from './front.ts';
import { apply, patch, settled, until } from './look.ts';
import { everyPodOf, everyUidOf } from './node-servers.ts';
import { upWithImages } from './real-cluster.ts';

/** Well past the minute that Traefik and others give a request unless told; a stream is one request. */
const HELD_SECONDS = Number(process.env.HELD_SECONDS ?? 150);
const CLIENTS = 50;
/** How many clients have been given an address. */
let given = 0;

const cluster = await upWithImages(t, [everythingImage()]);
const { traefik, web } = await startFront(cluster);
await apply(cluster, {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    everything('hosted', { ingress: { host: 'hosted.example.com' } }),
    everything('streaming', {
      transport: 'sse',
      args: ['sse'],
      ingress: { host: 'streaming.example.com' },
    }),
    everything('stateful', {
      replicas: 2,
      ingress: { host: 'stateful.example.com' },
      route: routeTo('stateful-route.example.com'),
    }),
  ],
});

/** Held while the other tests run, without a byte until the end. */
const streams = {
  hosted: 'http://hosted.example.com/mcp',
  streaming: 'http://streaming.example.com/sse',
};
const held = new Map<string, Promise<Held>>();
await t.test('a stream is opened to a server over HTTP and to one over SSE', async (t) => {
  for (const [name, address] of Object.entries(streams)) {
    const one = await until(cluster, name, `${name} is ready`, settled, 120);
    t.equal(one.status?.endpoints?.public, address);
    const stream = hold(address);
    stream.catch(() => {}); // Looked at in the last test: until then, one that fails is no crash.
    held.set(address, stream);
  }
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
      await poll(`the ${name} serves`, async () => (await visit(way, nextAddress())).error === undefined, 30);
      const { successes, pods, errors } = await visits(t, name, way);
      t.equal(successes, CLIENTS, `${name}: all succeed`);
      t.strictSame(errors, []);
      // To the Service, Traefik is one client, whoever asks it.
      if (name === 'Service') t.equal(pods, 2, 'and both pods serve some');
    }
  });

  await t.test('and where the spec says that there are no sessions, few do', async (t) => {
    const before = await everyUidOf(cluster, 'stateful');
    await patch(cluster, 'stateful', { sessions: 'Stateless' });
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
    t.strictSame(await everyUidOf(cluster, 'stateful'), before, 'by the same pods');
  });
});

await t.test(`streams stay open for ${HELD_SECONDS} s, and still bring what is sent then`, async (t) => {
  for (const [address, stream] of held) {
    const { seconds, opened, message } = await stream;
    t.ok(seconds >= HELD_SECONDS, `${address} was held for ${seconds.toFixed(1)} s`);
    t.equal(opened, 1, 'as one request, without a second one');
    t.match(message, / SessionId /);
  }
  t.equal(held.size, Object.keys(streams).length);
});

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
  await poll(`${address} has a stream`, async () => opened > 0, 30);
  const since = performance.now();
  // Time itself is what is tested here.
  await new Promise((resolve) => setTimeout(resolve, HELD_SECONDS * 1000));
  let message: unknown;
  client.setNotificationHandler('notifications/message', ({ params }) => {
    message = params.data;
  });
  await client.callTool({ name: 'toggle-simulated-logging' });
  await poll(`${address} brings a message`, async () => message !== undefined, 30);
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
    const pods = await everyPodOf(cluster, 'stateful');
    const logs = await Promise.all(pods.map(({ metadata: { name } }) => cluster.kubectl(['logs', name])));
    counts = logs.map(({ stdout }) => sessions.filter((session) => stdout.includes(session)).length);
    return counts.reduce((sum, count) => sum + count) === sessions.length;
  };
  await poll('every session is logged', areLogged, 30);
  return counts;
}
