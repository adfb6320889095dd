/**
 * NetworkPolicies on a real node, with a real engine: each kind that a server can have, and the operator's own. They are
 * tried from pods of several namespaces and from a machine outside. Without the engine all of it is open, so nothing is
 * closed here for another reason.
 */
import t from 'tap';
import { installCrds } from '../cluster/addons/crds.ts';
import { startKubeRouter } from '../cluster/addons/kube-router.ts';
import { NODE_ADDRESS, POD_CIDR } from '../cluster/node-files.ts';
import { poll } from '../cluster/process.ts';
import { apply, get, settled, until } from './look.ts';
import { AGENT_IMAGE, agentImage, becomes, OUTSIDE, OUTSIDE_CIDR, startNetwork } from './network.ts';
import { PORTS } from './network-agent.ts';
import type { Target } from './network-attempt.ts';
import { operatorsOwnPolicy } from './networkpolicy-operator.ts';
import { podsOf } from './node-servers.ts';
import { startDev } from './operator.ts';
import { operatorImage } from './operator-image.ts';
import { upWithImages } from './real-cluster.ts';

const MACHINES = [
  'default/agent',
  'default/other',
  'friends/agent',
  'friends/other',
  'monitoring/agent',
  'traefik/agent',
  'gateways/agent',
  'metacontroller/agent',
  'databases/database',
  'names/dns',
];
const EVERYBODY = [...MACHINES, ...Object.keys(OUTSIDE)];

const cluster = await upWithImages(t, [agentImage()], operatorImage());
await installCrds(cluster, 'httpRoutes');
const FEATURES = 'httproutes';
let dev = await startDev(cluster, { FEATURES });

/** Gives a server another spec. Whatever that says, its pod listens at all of PORTS. */
const change = (name: string, spec: object) =>
  apply(cluster, {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name, namespace: 'default' },
    spec: { image: AGENT_IMAGE, imagePullPolicy: 'Never', port: PORTS.mcp, ...spec },
  });
const METRICS = { observability: { metrics: { port: PORTS.metrics } } };
await change('search', { networkPolicy: { ingressFrom: [] } });
await change('measured', { networkPolicy: { ingressFrom: [] }, ...METRICS });
await change('caller', { networkPolicy: { egressTo: [] } });

const network = await startNetwork(cluster, MACHINES);
await cluster.kubectl(['label', 'namespace', 'friends', 'team=find']);
await network.serve('databases/database', [
  { port: PORTS.database },
  { port: 80, targetPort: PORTS.database },
]);
// As OpenShift's.
await network.serve('names/dns', [
  { port: 53, targetPort: PORTS.dns },
  { port: 53, targetPort: PORTS.dns, protocol: 'UDP' },
]);

const tcp = (host: string, port: number): Target => ({ protocol: 'TCP', host, port });
const udp = (host: string, port: number): Target => ({ protocol: 'UDP', host, port });
const podAddress = async (name: string) => {
  await until(cluster, name, `${name} is ready`, settled, 120);
  return (await podsOf(cluster, name))[0]!.status.podIP!;
};
const serviceAddress = async (name: string, namespace = 'default') =>
  (await get<{ spec: { clusterIP: string } }>(cluster, 'service', name, '-n', namespace)).spec.clusterIP;
const apiServer = await apiServerEndpoint();

/** Where each server is called. */
const doors = { search: await doorsOf('search'), measured: await doorsOf('measured') };
/** What `caller` calls. */
const targets = {
  'a name': udp(NODE_ADDRESS, 53),
  'a name by TCP': tcp(NODE_ADDRESS, 53),
  'a name at 5353': udp(await serviceAddress('dns', 'names'), 53),
  'a name at 5353 by TCP': tcp(await serviceAddress('dns', 'names'), 53),
  'port 53 outside': tcp(OUTSIDE['outside/one'], 53),
  database: tcp(network.addressOf('databases/database'), PORTS.database),
  'its Service': tcp(await serviceAddress('database', 'databases'), PORTS.database),
  'its Service at 80': tcp(await serviceAddress('database', 'databases'), 80),
  'another port of it': tcp(network.addressOf('databases/database'), PORTS.next),
  agent: tcp(network.addressOf('default/agent'), PORTS.database),
  'agent by UDP': udp(network.addressOf('default/agent'), PORTS.database),
  'outside/one': tcp(OUTSIDE['outside/one'], PORTS.database),
  'outside/two': tcp(OUTSIDE['outside/two'], PORTS.database),
  'the API server': tcp(apiServer.address, apiServer.port),
  'the API server by its Service': tcp(await serviceAddress('kubernetes'), 443),
  'the kubelet': tcp(NODE_ADDRESS, 10250),
};
type Called = keyof typeof targets;
const EVERYTHING = Object.keys(targets) as Called[];
const DNS: Called[] = ['a name', 'a name by TCP', 'port 53 outside'];
const DNS_AT_5353: Called[] = ['a name at 5353', 'a name at 5353 by TCP'];

async function doorsOf(name: string) {
  const pod = await podAddress(name);
  return {
    mcp: tcp(pod, PORTS.mcp),
    service: tcp(await serviceAddress(name), 80),
    metrics: tcp(pod, PORTS.metrics),
    other: tcp(pod, PORTS.other),
  };
}

async function apiServerEndpoint() {
  interface EndpointSlice {
    endpoints: { addresses: string[] }[];
    ports: { port: number }[];
  }
  const { endpoints, ports } = await get<EndpointSlice>(cluster, 'endpointslice', 'kubernetes');
  return { address: endpoints[0]!.addresses[0]!, port: ports[0]!.port };
}

/** Some of all, in the order in which looks tell them. */
const among = <T>(all: readonly T[], some: readonly T[]) => all.filter((one) => some.includes(one));
const callersOf = (name: keyof typeof doors) => () => network.callers(doors[name]);
const caller = await podAddress('caller');
const called = () => network.reachedFrom(caller, targets);

await t.test('without an engine everything is open, whatever the policies say', async (t) => {
  const all = { mcp: EVERYBODY, service: EVERYBODY, metrics: EVERYBODY, other: EVERYBODY };
  await becomes(t, 'ingressFrom: []', all, callersOf('search'));
  await becomes(t, 'the same beside metrics', all, callersOf('measured'));
  await becomes(t, 'egressTo: []', EVERYTHING, called);
});

await t.test('with one, what a policy closes is closed', async (t) => {
  await startKubeRouter(cluster);
  const none = { mcp: [], service: [], metrics: [], other: [] };
  await becomes(t, 'ingressFrom: []', none, callersOf('search'));
  await becomes(
    t,
    'the same beside metrics',
    { ...none, metrics: ['monitoring/agent'] },
    callersOf('measured'),
  );
  await becomes(t, 'egressTo: []', DNS, called);
});

/** What is expected has to differ from what the case before leaves: else the first look would see that. */
type Incoming = [
  what: string,
  spec: object,
  mcp: readonly string[],
  more?: { metrics?: string[]; other?: string[] },
];

async function clientsOf(name: keyof typeof doors, cases: Incoming[]): Promise<void> {
  for (const [what, spec, clients, more] of cases) {
    await t.test(`${name}: ${what}`, async (t) => {
      await change(name, spec);
      const mcp = among(EVERYBODY, clients);
      const expected = { mcp, service: mcp, metrics: [], other: [], ...more };
      await becomes(t, JSON.stringify(spec), expected, callersOf(name));
    });
  }
}

const from = (...ingressFrom: object[]) => ({ networkPolicy: { ingressFrom } });
const APP_AGENT = { matchLabels: { app: 'agent' } };
const TEAM_FIND = { matchLabels: { team: 'find' } };
const routeBy = (parentRef: object) => ({ route: { parentRefs: [{ name: 'public', ...parentRef }] } });
const OWN = ['default/agent', 'default/other'];
const FRIENDS = ['friends/agent', 'friends/other'];

await clientsOf('search', [
  ['absent, everybody may call, at every port', {}, EVERYBODY, { metrics: EVERYBODY, other: EVERYBODY }],
  ['empty, nobody may call', from(), []],
  ['pods of its own namespace', from({ podSelector: APP_AGENT }), ['default/agent']],
  ['a namespace', from({ namespaceSelector: TEAM_FIND }), FRIENDS],
  ['pods of a namespace', from({ namespaceSelector: TEAM_FIND, podSelector: APP_AGENT }), ['friends/agent']],
  ['all of its own namespace', from({ podSelector: {} }), OWN],
  [
    'a range of addresses with an exception',
    from({ ipBlock: { cidr: OUTSIDE_CIDR, except: [`${OUTSIDE['outside/two']}/32`] } }),
    ['outside/one'],
  ],
  ['all namespaces', from({ namespaceSelector: {} }), MACHINES],
  [
    'all addresses but those of pods',
    from({ ipBlock: { cidr: '0.0.0.0/0', except: [POD_CIDR] } }),
    Object.keys(OUTSIDE),
  ],
  [
    'several peers',
    from({ podSelector: APP_AGENT }, { namespaceSelector: TEAM_FIND }),
    ['default/agent', ...FRIENDS],
  ],
  ['an ingress controller', { ...from(), ingress: { host: 'search.example.com' } }, ['traefik/agent']],
  ['a Gateway', { ...from(), ...routeBy({ namespace: 'gateways' }) }, ['traefik/agent', 'gateways/agent']],
  ['a Gateway of its own namespace', { ...from(), ...routeBy({}) }, [...OWN, 'traefik/agent']],
  ['metrics at its own port', { ...from(), observability: { metrics: {} } }, ['monitoring/agent']],
  ['metrics that are switched off', { ...from(), observability: { metrics: { enabled: false } } }, []],
  [
    'egressTo alone',
    { networkPolicy: { egressTo: [] } },
    EVERYBODY,
    { metrics: EVERYBODY, other: EVERYBODY },
  ],
]);
await clientsOf('measured', [
  ['metrics at another port', { ...from(), ...METRICS }, [], { metrics: ['monitoring/agent'] }],
  [
    'metrics at another port, and a client',
    { ...from({ podSelector: APP_AGENT }), ...METRICS },
    ['default/agent'],
    { metrics: ['monitoring/agent'] },
  ],
]);

await t.test('labels let in and shut out', async (t) => {
  await change('search', from({ podSelector: APP_AGENT }, { namespaceSelector: TEAM_FIND }));
  const clients = async () => (await network.callers({ mcp: doors.search.mcp })).mcp;
  await becomes(t, 'as they are', among(EVERYBODY, ['default/agent', ...FRIENDS]), clients);
  await cluster.kubectl(['label', '--overwrite', 'pod', 'other', 'app=agent']);
  await becomes(t, 'a pod gets one', among(EVERYBODY, [...OWN, ...FRIENDS]), clients);
  await cluster.kubectl(['label', '--overwrite', 'pod', 'other', 'app=other']);
  await cluster.kubectl(['label', 'namespace', 'friends', 'team-']);
  await becomes(t, 'a pod and a namespace lose one', ['default/agent'], clients);
  await cluster.kubectl(['label', 'namespace', 'friends', 'team=find']);
  await becomes(t, 'a namespace gets one', among(EVERYBODY, ['default/agent', ...FRIENDS]), clients);
});

await t.test('a NetworkPolicy that somebody deletes comes back, and closes again', async (t) => {
  const uid = async () => (await get(cluster, 'networkpolicy', 'search')).metadata.uid;
  const before = await uid();
  await cluster.kubectl(['delete', 'networkpolicy', 'search']);
  await poll('it is back', async () => (await uid().catch(() => before)) !== before, 15);
  const expected = among(EVERYBODY, ['default/agent', ...FRIENDS]);
  await becomes(t, 'closed', expected, async () => (await network.callers({ mcp: doors.search.mcp })).mcp);
});

type Outgoing = [what: string, networkPolicy: object | undefined, open: Called[]];

async function targetsOf(cases: Outgoing[]): Promise<void> {
  for (const [what, networkPolicy, open] of cases) {
    await t.test(`caller: ${what}`, async (t) => {
      await change('caller', networkPolicy ? { networkPolicy } : {});
      await becomes(t, JSON.stringify(networkPolicy), among(EVERYTHING, open), called);
    });
  }
}

const to = (...egressTo: object[]) => ({ egressTo });
const DATABASES = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'databases' } } };
const NAMES = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'names' } } };
const only = (address: string) => ({ ipBlock: { cidr: `${address}/32` } });

await targetsOf([
  ['absent, it may call everybody', undefined, EVERYTHING],
  ['empty, it may call DNS', to(), DNS],
  ['ingressFrom alone', { ingressFrom: [] }, EVERYTHING],
  [
    'a port of a namespace, by whichever port of its Service',
    to({ ...DATABASES, ports: [{ port: PORTS.database }] }),
    [...DNS, 'database', 'its Service', 'its Service at 80'],
  ],
  ['the port of a Service is none of a pod', to({ ...DATABASES, ports: [{ port: 80 }] }), DNS],
  [
    'a namespace',
    to(DATABASES),
    [...DNS, 'database', 'its Service', 'its Service at 80', 'another port of it'],
  ],
  [
    'a range of addresses with an exception',
    to({ ipBlock: { cidr: OUTSIDE_CIDR, except: [`${OUTSIDE['outside/two']}/32`] } }),
    [...DNS, 'outside/one'],
  ],
  [
    'one protocol',
    to({ podSelector: APP_AGENT, ports: [{ port: PORTS.database, protocol: 'UDP' }] }),
    [...DNS, 'agent by UDP'],
  ],
  [
    'one port by two protocols',
    to({
      podSelector: APP_AGENT,
      ports: [{ port: PORTS.database }, { port: PORTS.database, protocol: 'UDP' }],
    }),
    [...DNS, 'agent', 'agent by UDP'],
  ],
  [
    'the API server by its endpoint',
    to({ ...only(apiServer.address), ports: [{ port: apiServer.port }] }),
    [...DNS, 'the API server', 'the API server by its Service'],
  ],
  ['DNS of a namespace, at another port', { ...to(), dns: { ports: [5353], peers: [NAMES] } }, DNS_AT_5353],
  ['DNS at two ports of anybody', { ...to(), dns: { ports: [53, 5353] } }, [...DNS, ...DNS_AT_5353]],
  ['DNS of an address', { ...to(), dns: { peers: [only(NODE_ADDRESS)] } }, ['a name', 'a name by TCP']],
  ['DNS of nobody', { ...to(), dns: { peers: [] } }, []],
]);

await t.test('caller: DNS as the settings say', async (t) => {
  await dev.stop();
  dev = await startDev(cluster, { FEATURES, MCP_DNS_PORTS: '5353', MCP_DNS_PEERS: 'names' });
  await change('caller', { networkPolicy: { ...to(), ingressFrom: [] } });
  await becomes(t, 'both lists empty', DNS_AT_5353, called);
  await dev.stop();
});

await t.test("the operator's own, from its chart", (t) => operatorsOwnPolicy(t, cluster, network, targets));
