/**
 * On a real node: servers that no one here wrote, installed from their registries through a mirror, each asked what it is by the
 * operator, and called through its Service by the official client of both eras.
 *
 * A few of them by default, which show what there is to show; all of them with `SMOOTH_PACKAGES=all`.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { packageImages, UV_IMAGE_WITH_GIT } from '../cluster/package-images.ts';
import { poll } from '../cluster/process.ts';
import { apply, condition, settled, until } from './look.ts';
import { startDev } from './operator.ts';
import { RUNTIME_IMAGE, runtimeImage } from './operator-image.ts';
import { startMirror } from './package-mirror.ts';
import { manifestOf, STRANGERS, type Stranger, TALES } from './package-servers.ts';
import { upWithImages } from './real-cluster.ts';

const ERAS = { 'MCP 2025-11-25': 'legacy', 'MCP 2026-07-28': { pin: '2026-07-28' } } as const;
/** The node has their files in memory. */
const AT_ONCE = 4;

const cluster = await upWithImages(t, packageImages(), runtimeImage());
const settings = {
  MCP_RUNTIME_IMAGE: `${RUNTIME_IMAGE.repository}:${RUNTIME_IMAGE.tag}`,
  ...(await startMirror(t, cluster)),
};
const isAll = process.env.SMOOTH_PACKAGES === 'all';
const strangers = Object.entries(STRANGERS).filter(([, { inGate }]) => isAll || inGate);
const { arxiv, git } = TALES;
const withoutHosts = { env: arxiv.spec.env!.filter(({ name }) => name !== 'ALLOWED_HOSTS') };

await t.test('with a mirror of their registries', async (t) => {
  let dev = await startDev(cluster, settings);
  // Most of the time is that of their installation, so those that are looked at last begin with the first.
  await apply(cluster, manifestOf('arxiv', arxiv, withoutHosts));
  await apply(cluster, manifestOf('git', git));
  for (let at = 0; at < strangers.length; at += AT_ONCE) {
    const some = strangers.slice(at, at + AT_ONCE);
    for (const [name, stranger] of some) await apply(cluster, manifestOf(name, stranger));
    for (const [name, stranger] of some) {
      const { npm, pypi, version } = stranger.spec.package;
      await t.test(`${npm ?? pypi} ${version} is served`, (t) => serves(t, name, stranger));
      await cluster.kubectl(['delete', 'mcpserver', name, '--wait=false']);
    }
  }

  await t.test('a server that checks hosts', async (t) => {
    const refused = await verdict('arxiv', 'HostRefused');
    t.match(condition(refused, 'Verified')!.message, /arxiv\.default\.svc\.cluster\.local.*Add the host/);
    await apply(cluster, manifestOf('arxiv', arxiv));
    await t.test('is verified once it allows its own', (t) => serves(t, 'arxiv', arxiv));
    await cluster.kubectl(['delete', 'mcpserver', 'arxiv', '--wait=false']);
  });

  await t.test('a server that wants a program which its image does not have', async (t) => {
    const isTold = (server: MCPServer) =>
      /no process of the server starts and answers/.test(condition(server, 'Ready')!.message);
    const told = await until(cluster, 'git', 'its condition says so', isTold, 120);
    t.match(condition(told, 'Ready'), { status: 'False', message: /kubectl logs .* -c mcp-server/ });
    const saysWhy = async () => {
      const { stdout } = await cluster.kubectl(['logs', 'deployment/git', '-c', 'mcp-server']);
      return /its last words: ImportError: Failed to initialize: Bad git executable/.test(stdout);
    };
    await poll('its log says why', saysWhy, 30);
    await dev.stop();
    dev = await startDev(cluster, { ...settings, MCP_PYPI_IMAGE: UV_IMAGE_WITH_GIT });
    await t.test('is served with an image that has it', (t) => serves(t, 'git', git));
  });
  await dev.stop();
});

/** Waits until the server serves its present generation and what was found of it is such. */
async function verdict(name: string, reason: string): Promise<MCPServer> {
  await until(cluster, name, `${name} is ready`, settled, 180);
  const isSuch = (server: MCPServer) => condition(server, 'Verified')!.reason === reason;
  return until(cluster, name, `${name} is ${reason}`, isSuch, 60);
}

async function serves(t: Test, name: string, stranger: Stranger): Promise<void> {
  const { tools: expected, call, speaks = Object.keys(ERAS) } = stranger;
  const { metadata, status } = await verdict(name, 'Verified');
  const { tools, protocolVersions } = status!.server!;
  t.equal(tools.count, expected.count);
  const { creationTimestamp } = metadata as { creationTimestamp?: string };
  const seconds = (at: string) => (Date.parse(at) - Date.parse(creationTimestamp!)) / 1000;
  const ready = seconds(condition({ status }, 'Ready')!.lastTransitionTime);
  t.comment(
    `${name}: ready after ${ready} s, verified after ${seconds(status!.verification!.at!)} s, speaks ${protocolVersions}`,
  );

  const address = new URL(status!.endpoints!.service!);
  const forward = await cluster.forward(address.hostname, 80);
  const url = new URL(address.pathname, `http://127.0.0.1:${forward.port}`);
  for (const [era, mode] of Object.entries(ERAS)) {
    await t.test(era, async (t) => {
      const client = new Client(
        { name: 'smooth-operator-tests', version: '1.0.0' },
        { versionNegotiation: { mode } },
      );
      t.teardown(() => client.close());
      const connecting = client.connect(new StreamableHTTPClientTransport(url));
      if (!speaks.includes(era))
        return t.rejects(connecting, /did not offer/, 'it says that it does not speak it');
      await connecting;
      const listed = (await client.listTools()).tools.map((tool) => tool.name);
      t.equal(listed.length, expected.count);
      t.ok(listed.includes(expected.one), `${expected.one} is one of ${listed}`);
      t.strictSame(tools.names, listed.slice(0, tools.names.length), 'the status names them');
      if (!call) return;
      const { content } = await client.callTool({ name: expected.one, arguments: call.arguments });
      t.match(JSON.stringify(content), call.answer);
    });
  }
  await forward.close();
}
