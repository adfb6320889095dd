/**
 * On a real node: an MCP server of npm that speaks stdio, in an image that knows nothing of a bridge, called by the official
 * client of both eras through its Service.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import t, { type Test } from 'tap';
import { everythingImage } from '../cluster/test-images.ts';
import { converse, everything } from './everything-server.ts';
import { apply, condition, get, settled, until } from './look.ts';
import { startDev, WITH_RUNTIME } from './operator.ts';
import { runtimeImage } from './operator-image.ts';
import { upWithImages } from './real-cluster.ts';

const SERVER = '/app/node_modules/@modelcontextprotocol/server-everything/dist/index.js';
const ERAS = { 'MCP 2025-11-25': 'legacy', 'MCP 2026-07-28': { pin: '2026-07-28' } } as const;

const cluster = await upWithImages(t, [everythingImage()], runtimeImage());
const bridged = (name: string, more: object = {}) =>
  everything(name, {
    transport: 'stdio',
    command: ['/usr/local/bin/node', SERVER],
    args: ['stdio'],
    pod: { terminationGracePeriodSeconds: 8 },
    ...more,
  });

await t.test('without the runtime image nothing of it runs, and the status says what to set', async (t) => {
  const dev = await startDev(cluster);
  await apply(cluster, bridged('stdio'));
  const isTold = ({ status }: { status?: { phase?: string } }) => status?.phase === 'Pending';
  const told = await until(cluster, 'stdio', 'the status says so', isTold as never, 60);
  t.match(condition(told, 'Ready'), { reason: 'NoRuntimeImage', message: /MCP_RUNTIME_IMAGE/ });
  const { items } = await get<{ items: object[] }>(cluster, 'pods', '-l', 'mcp.dev/server=stdio');
  t.strictSame(items, []);
  await dev.stop();
});

await t.test('with the runtime image', async (t) => {
  const dev = await startDev(cluster, WITH_RUNTIME);
  for (const [sessions, name] of [
    ['PerSession', 'stdio'],
    ['Shared', 'stdio-shared'],
  ] as const) {
    await t.test(`a server that speaks stdio is served, sessions ${sessions}`, async (t) => {
      await apply(cluster, bridged(name, { stdio: { sessions } }));
      const { status } = await until(cluster, name, `${name} is ready`, settled, 120);
      const address = new URL(status!.endpoints!.service!);
      const forward = await cluster.forward(address.hostname, 80);
      t.teardown(() => forward.close());
      const base = `http://127.0.0.1:${forward.port}`;
      for (const [era, mode] of Object.entries(ERAS)) {
        await t.test(era, (t) => talks(t, new URL(address.pathname, base), mode));
      }
      const metrics = await (await fetch(`${base}/metrics`)).text();
      t.match(metrics, /mcp_bridge_requests_total\{[^}]*method="tools\/call"[^}]*result="ok"[^}]*\} [1-9]/);
    });
  }

  await t.test('a pod that ends leaves nothing, within its time', async (t) => {
    const podOf = async () => {
      const { items } = await get<{ items: { metadata: { uid: string } }[] }>(
        cluster,
        'pods',
        '-l',
        'mcp.dev/server=stdio',
      );
      return items.map(({ metadata }) => metadata.uid).join();
    };
    const before = await podOf();
    await cluster.kubectl(['delete', 'pod', '-l', 'mcp.dev/server=stdio', '--wait=true', '--timeout=30s']);
    await until(cluster, 'stdio', 'it is ready again', settled, 60);
    t.not(await podOf(), before, 'by another pod');
  });
  await dev.stop();
});

async function talks(t: Test, url: URL, mode: (typeof ERAS)[keyof typeof ERAS]): Promise<void> {
  const client = new Client(
    { name: 'smooth-operator-tests', version: '1.0.0' },
    { versionNegotiation: { mode } },
  );
  t.teardown(() => client.close());
  await client.connect(new StreamableHTTPClientTransport(url));
  await converse(t, client, url.href);
}
