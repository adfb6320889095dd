/** What becomes of a Service whose type, class and ports change, by the API server's own rules: by every engine. */
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { up } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { apply, atRest, condition, get, giveAddress, patch, settled, until } from './look.ts';
import { type Engine, engineReport, engines, startOperator } from './operator.ts';

interface Service {
  metadata: { uid: string; resourceVersion: string; labels: Record<string, string> };
  spec: {
    type: string;
    loadBalancerClass?: string;
    loadBalancerSourceRanges?: string[];
    externalTrafficPolicy?: string;
    ports: { name: string; port: number; protocol: string; nodePort?: number }[];
  };
}

const BALANCED = {
  type: 'LoadBalancer',
  loadBalancerClass: 'example.com/first',
  loadBalancerSourceRanges: ['203.0.113.0/24'],
  externalTrafficPolicy: 'Local',
};

t.comment(engineReport);
const cluster = await up();
t.teardown(() => cluster.down());
for (const engine of engines) await t.test(engine.name, (t) => lifeOfService(t, engine));

async function lifeOfService(t: Test, engine: Engine): Promise<void> {
  const operator = await startOperator(cluster, engine, { resyncSeconds: 3600 });
  const service = () => get<Service>(cluster, 'service', 'search');
  const balancer = (one: MCPServer) => condition(one, 'LoadBalancerReady');
  await apply(cluster, {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name: 'search', namespace: 'default' },
    spec: {
      image: 'ghcr.io/acme/search:1',
      extraLabels: { team: 'search' },
      ports: [
        { name: 'admin', port: 9901 },
        { name: 'discovery', port: 5353, protocol: 'UDP' },
      ],
      service: BALANCED,
    },
  });
  const waiting = await until(
    cluster,
    'search',
    'it lacks a load balancer',
    (one) => balancer(one)?.reason === 'NoAddress',
  );
  t.equal(waiting.status?.phase, 'Creating');
  t.equal(waiting.status?.endpoints?.public, undefined);
  await giveAddress(cluster, 'search', '203.0.113.7');
  const served = await until(cluster, 'search', 'it has one', settled);
  t.equal(served.status?.endpoints?.public, 'http://203.0.113.7/mcp');
  t.match((await service()).metadata.labels, { team: 'search' });

  await atRest(cluster);
  // Not by "kubectl label", which prints the version of before.
  const label = JSON.stringify({ metadata: { labels: { 'example.com/touched': 'yes' } } });
  const touch = ['patch', 'service', 'search', '--type=merge', '--patch', label, '-o', 'json'];
  const touched = JSON.parse((await cluster.kubectl(touch)).stdout) as Service;
  await atRest(cluster);
  const { resourceVersion } = (await service()).metadata;
  t.equal(resourceVersion, touched.metadata.resourceVersion, 'another sync changes nothing');

  const { metadata } = await service();
  await patch(cluster, 'search', { service: { ...BALANCED, loadBalancerClass: 'example.com/second' } });
  const refused = await until(
    cluster,
    'search',
    'it is told that the class stays',
    // Updating is right as well, until the Deployment's controller has seen that there is nothing to roll out.
    (one) => balancer(one)?.reason === 'ClassCannotChange' && one.status?.phase !== 'Updating',
  );
  t.equal(refused.status?.phase, 'Degraded');
  t.equal((await service()).spec.loadBalancerClass, 'example.com/first', 'the API server refuses it');
  await cluster.kubectl(['delete', 'service', 'search']);
  const isAnew = async () => {
    const { stdout } = await cluster.kubectl([
      'get',
      'service',
      'search',
      '--ignore-not-found',
      '-o',
      'json',
    ]);
    return stdout !== '' && (JSON.parse(stdout) as Service).metadata.uid !== metadata.uid;
  };
  await poll('the Service is made again', isAnew, 60);
  t.equal((await service()).spec.loadBalancerClass, 'example.com/second');
  await giveAddress(cluster, 'search', '203.0.113.8');
  const moved = await until(cluster, 'search', 'it serves at another address', settled);
  t.equal(moved.status?.endpoints?.public, 'http://203.0.113.8/mcp');

  const nothing = { loadBalancerClass: null, loadBalancerSourceRanges: null };
  await patch(cluster, 'search', { service: { ...nothing, type: 'NodePort' } });
  await poll('it is a Service of type NodePort', async () => (await service()).spec.type === 'NodePort', 30);
  const open = await service();
  t.notOk(open.spec.loadBalancerClass);
  t.notOk(open.spec.loadBalancerSourceRanges);
  t.equal(open.spec.externalTrafficPolicy, 'Local');
  t.ok(open.spec.ports.every(({ nodePort }) => nodePort));

  await patch(cluster, 'search', { service: { type: 'ClusterIP', externalTrafficPolicy: null } });
  await poll(
    'it is a Service of type ClusterIP',
    async () => (await service()).spec.type === 'ClusterIP',
    30,
  );
  const closed = await service();
  t.notOk(closed.spec.externalTrafficPolicy);
  t.strictSame(
    closed.spec.ports.map(({ name, port, protocol, nodePort }) => [name, port, protocol, nodePort]),
    [
      ['mcp', 80, 'TCP', undefined],
      ['admin', 9901, 'TCP', undefined],
      ['discovery', 5353, 'UDP', undefined],
    ],
  );
  const last = await until(cluster, 'search', 'it is settled', settled);
  t.notOk(balancer(last), 'and there is nothing to say of load balancers');
  await cluster.kubectl(['delete', 'mcpserver', 'search']);
  await poll(
    'nothing is left',
    async () => (await cluster.kubectl(['get', 'service', 'search', '--ignore-not-found'])).stdout === '',
    60,
  );
  await operator.stop();
}
