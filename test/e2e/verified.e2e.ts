/**
 * On a real node: servers are asked what they are by pods of the runtime's own image, through their Services. One is what it
 * says, others are broken in the ways in which servers are; by each engine.
 */
import path from 'node:path';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { authority } from '../certify.ts';
import { everythingImage } from '../cluster/test-images.ts';
import { everything } from './everything-server.ts';
import { guarded, secured } from './little-server.ts';
import { apply, condition, exists, get, patch, settled, until } from './look.ts';
import { NODE_IMAGE, nodeImage, runs, uidsOf } from './node-servers.ts';
import { type Engine, engineReport, engines, startOperator } from './operator.ts';
import { runtimeImage } from './operator-image.ts';
import { upWithImages } from './real-cluster.ts';

/** A page, as a web server has one at every path. */
const PAGE = `require('node:http').createServer((_, response) => {
  response.setHeader('content-type', 'text/html');
  response.end('<html><body>Hello</body></html>');
}).listen(8080);
process.on('SIGTERM', () => process.exit());`;
const overHttp = { args: ['streamableHttp'] };

t.comment(engineReport);
for (const engine of engines) await t.test(`by ${engine.name}`, (t) => verifies(t, engine));

async function verifies(t: Test, engine: Engine): Promise<void> {
  const cluster = await upWithImages(t, [everythingImage(), nodeImage(NODE_IMAGE)], runtimeImage());
  const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const metadata = { name: 'default', labels: restricted };
  await apply(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata });
  const operator = await startOperator(cluster, engine, {});
  const verdict = (name: string, wanted: string) =>
    until(cluster, name, `${name} is ${wanted}`, (server) => verdictOf(server) === wanted, 120);

  await t.test('a server that is what it says is verified, and soon', async (t) => {
    await apply(cluster, everything('search', { ...overHttp, networkPolicy: { ingressFrom: [] } }));
    const { status } = await verdict('search', 'True Verified');
    t.ok(status!.server!.tools.count > 5, `${status!.server!.tools.count} tools`);
    t.ok(status!.server!.tools.names.includes('echo'));
    const ready = condition({ status }, 'Ready')!.lastTransitionTime;
    const seconds = (Date.parse(status!.verification!.at!) - Date.parse(ready)) / 1000;
    t.comment(`it had answered ${seconds} s after it was Ready`);
    const { stdout } = await cluster.kubectl(['get', 'mcpserver', 'search']);
    t.match(stdout, /TOOLS/);
  });

  await t.test('nothing is left of what asked, and a settled server is asked no more', async (t) => {
    await cluster.kubectl(['wait', '--for=delete', 'pod/search-verify', '--timeout=30s']);
    await patch(cluster, 'search', { replicas: 2 });
    await until(cluster, 'search', 'two pods serve', settled, 60);
    t.notOk(await exists(cluster, 'pod', 'search-verify'));
    const { status } = await get<MCPServer>(cluster, 'mcpserver', 'search');
    t.equal(verdictOf({ status }), 'True Verified');
  });

  await t.test('what is wrong is named', async (t) => {
    await apply(cluster, everything('elsewhere', { ...overHttp, path: '/api' }));
    await apply(cluster, everything('older', { args: ['sse'] }));
    await apply(cluster, runs(PAGE, 'page'));
    await apply(cluster, everything('required', { ...overHttp, path: '/api', verify: { mode: 'Require' } }));
    const elsewhere = await verdict('elsewhere', 'False WrongPath');
    t.match(condition(elsewhere, 'Verified')!.message, /\/mcp/);
    t.equal(elsewhere.status!.phase, 'Ready', 'it is told, and no more');
    t.ok(elsewhere.status!.endpoints?.service);
    await verdict('older', 'False TransportMismatch');
    await verdict('page', 'False NotMCP');
    const required = await verdict('required', 'False WrongPath');
    t.equal(required.status!.endpoints, undefined);
    t.match(condition(required, 'Ready'), { status: 'False', reason: 'NotVerified' });
  });

  await t.test('what is mended is verified', async () => {
    await patch(cluster, 'required', { path: '/mcp' });
    await verdict('required', 'True Verified');
    await until(
      cluster,
      'required',
      'it has its address',
      ({ status }) => status?.endpoints?.service !== undefined,
    );
  });

  await t.test('a server that wants credentials is asked with those of a Secret', async (t) => {
    const secretOf = (header: string) =>
      apply(cluster, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'client', namespace: 'default' },
        stringData: { header },
      });
    await secretOf('Bearer open-sesame');
    await apply(cluster, guarded('guarded', 'Bearer open-sesame'));
    const without = await verdict('guarded', 'True Unauthorized');
    t.match(condition(without, 'Verified')!.message, /it wants credentials/);
    t.equal(without.status!.server, undefined);
    const before = await uidsOf(cluster, 'guarded');

    const secretKeyRef = { name: 'client', key: 'header' };
    await patch(cluster, 'guarded', { verify: { headers: [{ name: 'Authorization', secretKeyRef }] } });
    const { status } = await verdict('guarded', 'True Verified');
    t.strictSame(status!.server!.tools, { count: 1, names: ['look'] });
    t.notMatch(JSON.stringify(status), /sesame/);

    await secretOf('Bearer open-barley');
    const rotated = await verdict('guarded', 'True Unauthorized');
    t.match(condition(rotated, 'Verified')!.message, /it does not accept the credentials given/);
    t.strictSame(await uidsOf(cluster, 'guarded'), before, 'all the while by the same pod');
  });

  await t.test('a server that ends TLS itself is known by its CA, and not without', async (t) => {
    const { ca, issue } = authority(path.join(cluster.dir, 'ca'));
    const hosts = ['secured', 'strange', 'unsaid'].map((name) => `DNS:${name}.default.svc.cluster.local`);
    const { cert, key } = issue('', [`subjectAltName=${hosts.join()}`, 'extendedKeyUsage=serverAuth']);
    const metadata = (name: string) => ({ name, namespace: 'default' });
    await apply(cluster, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('server-tls'),
      stringData: { 'tls.crt': cert, 'tls.key': key },
    });
    await apply(cluster, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata('server-ca'),
      data: { 'ca.crt': ca },
    });
    const https = { scheme: 'HTTPS', servicePort: 443 };
    await apply(
      cluster,
      secured('secured', 'server-tls', { ...https, backendTLS: { caConfigMap: 'server-ca' } }),
    );
    await apply(cluster, secured('strange', 'server-tls', https));
    await apply(cluster, secured('unsaid', 'server-tls'));
    const { status } = await verdict('secured', 'True Verified');
    t.match(status!.endpoints!.service, /^https:/);
    const strange = await verdict('strange', 'False TLSMismatch');
    t.match(condition(strange, 'Verified')!.message, /its certificate is not accepted/);
    const unsaid = await verdict('unsaid', 'False TLSMismatch');
    t.match(condition(unsaid, 'Verified')!.message, /speaks TLS and is called without/);
  });

  await t.test('a pod that the quota has no room for is told, and nothing else suffers', async (t) => {
    // Of pods that have a deadline, as the server's own have not.
    const spec = { hard: { pods: '0' }, scopes: ['Terminating'] };
    const metadata = { name: 'no-room', namespace: 'default' };
    await apply(cluster, { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec });
    const hard = '--for=jsonpath={.status.hard.pods}=0';
    await cluster.kubectl(['wait', 'resourcequota/no-room', hard, '--timeout=30s']);
    await apply(cluster, everything('crowded', overHttp));
    const server = await verdict('crowded', 'Unknown NotAsked');
    t.equal(server.status!.phase, 'Ready');
    t.ok(server.status!.endpoints?.service);
    t.match(
      condition(server, 'Verified')!.message,
      /Pod default\/crowded-verify was asked for and is not there/,
    );
  });
  await operator.stop();
}

function verdictOf(server: Pick<MCPServer, 'status'>): string | undefined {
  const verified = condition(server, 'Verified');
  return verified && `${verified.status} ${verified.reason}`;
}
