/**
 * On a real node, with a real ingress controller: an MCP server that no one here wrote, reached by the official client at the
 * address that its status names. By an Ingress, under a prefix, by an HTTPRoute, over TLS; and what is told where nobody serves.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { connectTo } from '../cluster/addons/connect-to.ts';
import { TRAEFIK_CLASS } from '../cluster/addons/traefik.ts';
import { finish, poll } from '../cluster/process.ts';
import { everythingImage } from '../cluster/test-images.ts';
import { connected, converse, everything } from './everything-server.ts';
import { routeTo, startFront } from './front.ts';
import { apply, condition, exists, get, patch, settled, until } from './look.ts';
import { everyUidOf } from './node-servers.ts';
import { upWithImages } from './real-cluster.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'smooth-exposure-'));
t.teardown(() => rm(folder, { recursive: true }));
const cluster = await upWithImages(t, [everythingImage()]);
const { traefik, web } = await startFront(cluster);
const { certificate, secret } = await selfSigned('secured.example.com');
const websecure = connectTo((await cluster.forward(traefik.address, traefik.ports.websecure)).port, {
  ca: certificate,
});

await apply(cluster, {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    secret,
    everything('hosted', { ingress: { host: 'hosted.example.com' } }),
    everything('prefixed', { ingress: { publicPathPrefix: 'tools/everything' } }),
    everything('routed', { route: routeTo('routed.example.com') }),
    everything('secured', { ingress: { host: 'secured.example.com', tlsSecretName: 'secured-tls' } }),
    everything('unserved', { ingress: { host: 'unserved.example.com', className: 'nobodys' } }),
  ],
});

await t.test('an Ingress: Traefik writes its status, and the public address works', async (t) => {
  const one = await until(cluster, 'hosted', 'hosted is ready', settled, 120);
  t.match(condition(one, 'IngressReady'), { status: 'True', reason: 'Served' });
  t.equal(one.status?.endpoints?.public, 'http://hosted.example.com/mcp');
  await answers(t, 'http://hosted.example.com/mcp', web);
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

  await patch(cluster, 'routed', { route: { path: '/tools' } });
  const address = 'http://routed.example.com/tools';
  const isMoved = (it: MCPServer) => settled(it) && it.status?.endpoints?.public === address;
  await until(cluster, 'routed', 'the route has another path', isMoved);
  await answers(t, address, web);
  await poll(
    'the old path is gone',
    async () => (await web('http://routed.example.com/mcp')).status === 404,
    30,
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
  await patch(cluster, 'secured', { replicas: 0 });
  const stopped = await until(
    cluster,
    'secured',
    'it is stopped',
    ({ status }) => status?.phase === 'Stopped',
  );
  t.equal(stopped.status?.endpoints?.public, undefined);
  t.ok(await exists(cluster, 'ingress', 'secured'), 'the Ingress stays');
  await poll('Traefik has nobody to ask', async () => !(await websecure(address)).ok, 30);

  await patch(cluster, 'secured', { replicas: 1 });
  const back = await until(cluster, 'secured', 'it is back', settled, 60);
  t.equal(back.status?.endpoints?.public, address);
  await answers(t, address, websecure);

  const before = await everyUidOf(cluster, 'secured');
  await patch(cluster, 'secured', { ingress: null });
  const isGone = ({ metadata, status }: MCPServer) =>
    status?.observedGeneration === metadata.generation && !status?.endpoints?.public;
  const without = await until(cluster, 'secured', 'the public address is gone', isGone);
  await poll('the Ingress is gone', async () => !(await exists(cluster, 'ingress', 'secured')), 30);
  t.notOk(condition(without, 'IngressReady'));
  t.equal((await until(cluster, 'secured', 'it is settled', settled)).status?.phase, 'Ready');
  t.strictSame(await everyUidOf(cluster, 'secured'), before, 'its pod is the same');
  const refused = () =>
    websecure(address).then(
      () => false,
      () => true,
    );
  await poll('Traefik has the certificate no more', refused, 30);
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

  const before = await everyUidOf(cluster, 'unserved');
  await patch(cluster, 'unserved', { ingress: { className: TRAEFIK_CLASS } });
  const served = await until(cluster, 'unserved', 'a class that is served makes it whole', settled);
  t.strictSame(await everyUidOf(cluster, 'unserved'), before, 'its pod is the same');
  await answers(t, served.status!.endpoints!.public!, web);

  await t.test('nor is one touched that has been ready', async (t) => {
    const before = await everyUidOf(cluster, 'routed');
    await patch(cluster, 'routed', { ingress: { host: 'routed.example.com', className: 'nobodys' } });
    // The Deployment's annotations carry the spec too: until its controller has looked at them, this is a rollout.
    const isRolledOut = (one: MCPServer) => condition(one, 'Progressing')?.reason === 'Complete';
    const told = await until(cluster, 'routed', 'it is told', (one) => isTold(one) && isRolledOut(one));
    t.equal(told.status?.phase, 'Degraded');
    t.equal(told.status?.endpoints?.public, 'http://routed.example.com/tools', 'the route works on');
    t.strictSame(await everyUidOf(cluster, 'routed'), before, 'its pod is the same');
  });
});

async function serviceOf(name: string): Promise<typeof fetch> {
  return connectTo((await cluster.forward(`${name}.default`, 80)).port);
}

async function answers(t: Test, address: string, ask: typeof fetch): Promise<void> {
  const client = await connected(() => new StreamableHTTPClientTransport(new URL(address), { fetch: ask }));
  await converse(t, client, address);
  await client.close();
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
