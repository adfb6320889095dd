/**
 * On a real node, behind Traefik as ingress controller and Gateway: a server that ends TLS itself, and one whose OAuth metadata
 * is beside its prefix.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { authority } from '../certify.ts';
import { connectTo } from '../cluster/addons/connect-to.ts';
import { poll } from '../cluster/process.ts';
import { routeTo, startFront } from './front.ts';
import { apply, condition, exists, get, patch, settled, until } from './look.ts';
import { NODE_IMAGE, nodeImage, runs, uidsOf } from './node-servers.ts';
import { upWithImages } from './real-cluster.ts';

/** Tells how it was asked; by HTTPS where it finds a certificate. */
const LISTENER = `const { existsSync, readFileSync } = require('node:fs');
const tell = (request, response) =>
  response.end(JSON.stringify({ path: request.url, tls: request.socket.encrypted === true }));
const server = existsSync('/tls')
  ? require('node:https').createServer({ cert: readFileSync('/tls/tls.crt'), key: readFileSync('/tls/tls.key') }, tell)
  : require('node:http').createServer(tell);
server.listen(8080);
process.on('SIGTERM', () => process.exit());`;

const HOSTNAME = 'secured.default.svc';
const SERVERS_TRANSPORT = 'traefik.ingress.kubernetes.io/service.serverstransport';
const METADATA = '/.well-known/oauth-protected-resource/tools/notes/mcp';

const folder = await mkdtemp(path.join(tmpdir(), 'smooth-fronted-'));
t.teardown(() => rm(folder, { recursive: true }));
const { ca, issue } = authority(path.join(folder, 'ca'));
const { cert, key } = issue('', [`subjectAltName=DNS:${HOSTNAME}`, 'extendedKeyUsage=serverAuth']);

const cluster = await upWithImages(t, [nodeImage(NODE_IMAGE)]);
const { web } = await startFront(cluster);
const metadata = (name: string) => ({ name, namespace: 'default' });
const secured = (name: string, spec: object) =>
  runs(LISTENER, name, {
    scheme: 'HTTPS',
    servicePort: 443,
    observability: { healthProbes: { readiness: { path: '/healthz' } } },
    pod: {
      volumes: [{ name: 'tls', secret: { secretName: 'secured-tls' } }],
      volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
    },
    ...spec,
  });
const prefixed = (name: string) =>
  runs(LISTENER, name, {
    ingress: {
      host: 'mcp.example.com',
      publicPathPrefix: `tools/${name}`,
      extraPaths: [METADATA, `/.well-known/${name}`],
    },
  });

await apply(cluster, {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('secured-tls'),
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': cert, 'tls.key': key },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('secured-ca'), data: { 'ca.crt': ca } },
    secured('secured', { ingress: { host: 'secured.example.com' } }),
    secured('routed', { route: routeTo('routed.example.com') }),
    prefixed('notes'),
  ],
});

await t.test('a server that ends TLS itself is ready by its own scheme', async (t) => {
  const { status } = await until(cluster, 'secured', 'secured is ready', settled, 120);
  t.equal(status?.endpoints?.service, 'https://secured.default.svc.cluster.local/mcp');
  const within = connectTo((await cluster.forward('secured.default', 443)).port, { ca });
  // A fresh Service refuses connections for a moment.
  let told: unknown;
  const asked = async () => {
    told = await within(`https://${HOSTNAME}/mcp`).then(
      (answer) => answer.json(),
      () => undefined,
    );
    return told !== undefined;
  };
  await poll('the Service answers with a certificate of the CA', asked, 20);
  t.strictSame(told, { path: '/mcp', tls: true });
});

await t.test('an Ingress of Traefik: it has to be told whom to trust, and the status says so', async (t) => {
  const address = 'http://secured.example.com/mcp';
  const told = await until(cluster, 'secured', 'secured is ready', settled);
  t.match(condition(told, 'BackendTLS'), { status: 'False', reason: 'CertificateNotVerified' });
  await poll('Traefik cannot verify it', async () => (await web(address)).status === 500, 20);

  const before = await uidsOf(cluster, 'secured');
  await apply(cluster, {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'ServersTransport',
    metadata: metadata('secured'),
    spec: { serverName: HOSTNAME, rootCAs: [{ configMap: 'secured-ca' }] },
  });
  const annotations = { [SERVERS_TRANSPORT]: 'default-secured@kubernetescrd' };
  await patch(cluster, 'secured', { service: { annotations } });
  await poll('Traefik speaks TLS to it', async () => (await web(address)).ok, 20);
  t.strictSame(await (await web(address)).json(), { path: '/mcp', tls: true });
  const isQuiet = (one: MCPServer) => settled(one) && condition(one, 'BackendTLS') === undefined;
  t.ok(await until(cluster, 'secured', 'nothing is left to be said', isQuiet));
  t.strictSame(await uidsOf(cluster, 'secured'), before, 'its pod is the same');
});

await t.test(
  'a route: a BackendTLSPolicy tells the Gateway, and the Gateway what it makes of it',
  async (t) => {
    const address = 'http://routed.example.com/mcp';
    const bare = await until(cluster, 'routed', 'routed is ready', settled, 120);
    t.match(condition(bare, 'BackendTLS'), { status: 'False', reason: 'NoBackendTLS' });
    await poll('the Gateway cannot verify it', async () => (await web(address)).status === 500, 20);

    await patch(cluster, 'routed', { backendTLS: { caConfigMap: 'not-there', hostname: HOSTNAME } });
    const isRefused = (one: MCPServer) => condition(one, 'BackendTLS')?.reason === 'InvalidCACertificateRef';
    const refused = await until(cluster, 'routed', 'the Gateway has no CA', isRefused);
    t.match(
      refused.status?.message,
      /BackendTLSPolicy default\/routed: Gateway edge does not take it: .*not-there/,
    );

    await patch(cluster, 'routed', { backendTLS: { caConfigMap: 'secured-ca' } });
    const isTaken = (one: MCPServer) => settled(one) && condition(one, 'BackendTLS')?.reason === 'Accepted';
    t.ok(await until(cluster, 'routed', 'the Gateway goes by the policy', isTaken));
    await poll('the Gateway speaks TLS to it', async () => (await web(address)).ok, 20);
    t.strictSame(await (await web(address)).json(), { path: '/mcp', tls: true });

    await patch(cluster, 'routed', { backendTLS: null });
    await poll('the policy is gone', async () => !(await exists(cluster, 'backendtlspolicy', 'routed')), 20);
  },
);

await t.test('further public paths beside a prefix are served as they are', async (t) => {
  const one = await until(cluster, 'notes', 'notes is ready', settled, 120);
  t.equal(one.status?.endpoints?.public, 'http://mcp.example.com/tools/notes/mcp');
  const told = async (path: string) => {
    await poll(`${path} is served`, async () => (await web(`http://mcp.example.com${path}`)).ok, 20);
    return (await web(`http://mcp.example.com${path}`)).json();
  };
  t.strictSame(await told('/tools/notes/mcp'), { path: '/mcp', tls: false }, 'the prefix is rewritten');
  t.strictSame(await told(METADATA), { path: METADATA, tls: false }, 'the metadata is not');
  t.equal((await web('http://mcp.example.com/.well-known/oauth-protected-resource')).status, 404);
});

await t.test('a further path that another server has is gone without, until it is free', async (t) => {
  await apply(cluster, prefixed('rival'));
  const isTold = (one: MCPServer) =>
    condition(one, 'Ready')?.status === 'True' && condition(one, 'IngressReady')?.reason === 'AddressTaken';
  const { status } = await until(cluster, 'rival', 'it is told', isTold, 120);
  t.match(
    status?.message,
    `Ingress default/rival-paths goes without ${METADATA}: MCPServer default/notes has`,
  );
  t.equal(status?.endpoints?.public, 'http://mcp.example.com/tools/rival/mcp', 'it has the rest');
  const { spec } = await get<{ spec: object }>(cluster, 'ingress', 'rival-paths');
  t.match(spec, { rules: [{ http: { paths: [{ path: '/.well-known/rival' }] } }] });

  await cluster.kubectl(['delete', 'mcpserver', 'notes']);
  await until(cluster, 'rival', 'it has all of them', settled);
  await poll('the path leads to it', async () => (await web(`http://mcp.example.com${METADATA}`)).ok, 20);
});
