/** The NetworkPolicy of the operator itself, as its chart installs it: who reaches its pods, and whom they reach. */
import { readFile } from 'node:fs/promises';
import type { Test } from 'tap';
import type { Cluster } from '../cluster/cluster.ts';
import { chartOf, NAMESPACE, RELEASE } from './chart.ts';
import { get } from './look.ts';
import { ATTEMPT, becomes, type Network, OUTSIDE, type Targets } from './network.ts';
import { installMetacontrollerCrds } from './operator.ts';

const HOOK = `${RELEASE}-smooth-operator-hook`;
const PORTS = { hook: 8080, webhook: 8443, metrics: 9090 };

/**
 * @param cluster with the engine, the operator's image and our CRDs, and without a release of the chart.
 * @param targets what the hook's pods may not reach: anything.
 */
export async function operatorsOwnPolicy(
  t: Test,
  cluster: Cluster,
  network: Network,
  targets: Targets,
): Promise<void> {
  await installMetacontrollerCrds(cluster);
  const chart = await chartOf(cluster);
  const install = (values: Record<string, unknown> = {}) =>
    chart.install({ 'crds.enabled': false, ...values });

  await install();
  const doors = await doorsOf(cluster);
  /** Who reaches each port, of every pod and by the Service. */
  const expect = (t: Test, what: string, clients: Record<keyof typeof PORTS, string[]>) => {
    const callersOf = (door: string) => clients[door.split(' ')[0] as keyof typeof PORTS];
    const expected = Object.fromEntries(Object.keys(doors).map((door) => [door, callersOf(door)]));
    return becomes(t, what, expected, () => network.callers(doors));
  };

  await t.test('Metacontroller calls the hook, everybody the webhook', async (t) => {
    await expect(t, 'by default', {
      hook: ['metacontroller/agent'],
      webhook: network.clients,
      metrics: [],
    });
    await t.resolves(chart.test(), 'helm test is let in');
  });

  await t.test('the hook calls nobody, and asks no name', async (t) => {
    t.strictSame(await reachedFromHook(cluster, targets), []);
  });

  await t.test('peers that the values name, and they alone', async (t) => {
    const pods = (namespace: string, podSelector: object) => ({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      podSelector,
    });
    await install({
      'networkPolicy.metacontrollerFrom': [pods('friends', { matchLabels: { app: 'agent' } })],
      'networkPolicy.apiServerFrom': [{ ipBlock: { cidr: `${OUTSIDE['outside/one']}/32` } }],
      'networkPolicy.metricsFrom': [pods('monitoring', {})],
    });
    await expect(t, 'as named', {
      hook: ['friends/agent'],
      webhook: ['outside/one'],
      metrics: ['monitoring/agent'],
    });
    await t.resolves(chart.test(), 'helm test is let in all the same');
  });
}

/** Ports of each of the hook's pods, and those of its Service, which has none for the metrics. */
async function doorsOf(cluster: Cluster): Promise<Targets> {
  const selector = `app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/component=hook`;
  const { items } = await get<{ items: { metadata: { name: string }; status: { podIP: string } }[] }>(
    cluster,
    ...['pods', '--namespace', NAMESPACE, '--selector', selector],
  );
  const { spec } = await get<{ spec: { clusterIP: string } }>(
    cluster,
    'service',
    HOOK,
    '--namespace',
    NAMESPACE,
  );
  const tcp = (host: string, port: number) => ({ protocol: 'TCP', host, port }) as const;
  const ofPods = items.flatMap(({ metadata, status }) =>
    Object.entries(PORTS).map(([name, port]) => [`${name} of ${metadata.name}`, tcp(status.podIP, port)]),
  );
  return {
    ...Object.fromEntries(ofPods),
    'hook by Service': tcp(spec.clusterIP, 443),
    'webhook by Service': tcp(spec.clusterIP, 8443),
  };
}

/** Its image has Node and no shell: the machines' own source, run beside the hook. */
async function reachedFromHook(cluster: Cluster, targets: Targets): Promise<string[]> {
  const attempts = `Promise.all(${JSON.stringify(Object.values(targets))}.map(attempt))`;
  const source = `${await readFile(ATTEMPT, 'utf8')}\nconsole.log(JSON.stringify(await ${attempts}));`;
  const node = ['node', '--input-type=module-typescript', '--eval', source];
  const exec = ['exec', `deployment/${HOOK}`, '--namespace', NAMESPACE, '--', ...node];
  const open = JSON.parse((await cluster.kubectl(exec)).stdout) as boolean[];
  return Object.keys(targets).filter((_, at) => open[at]);
}
