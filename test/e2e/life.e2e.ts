/** The whole life of an MCPServer on simulated nodes, under every engine there is, and what is left is compared. */
import t, { type Test } from 'tap';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { type Cluster, up } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { kubernetes } from './kubernetes.ts';
import {
  apply,
  CHILD_KINDS,
  condition,
  exists,
  get,
  isVerified,
  normalise,
  patch,
  server,
  settled,
  until,
  writes,
} from './look.ts';
import { type Engine, engineReport, engines, startOperator } from './operator.ts';

const QUIET_SECONDS = 60;

const search = {
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: { name: 'search', namespace: 'default' },
  spec: {
    image: 'ghcr.io/acme/search:1.0.0',
    env: [{ name: 'MODE', value: 'fast' }],
    secretName: 'search-credentials',
    resources: { requests: { cpu: '1000m', memory: '64Mi' }, limits: { cpu: 1, memory: '1024Mi' } },
    affinity: {
      podAntiAffinity: 'Preferred',
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'accelerator', operator: 'DoesNotExist' }] }],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 10,
            preference: { matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['none'] }] },
          },
        ],
      },
    },
    observability: {
      healthProbes: {
        startup: { enabled: false },
        readiness: { path: '/health', httpHeaders: [{ name: 'Host', value: 'localhost' }] },
        liveness: { grpc: {} },
      },
    },
    pod: {
      runtimeClassName: 'gvisor',
      dnsPolicy: 'ClusterFirst',
      dnsConfig: {
        searches: ['corp.example.com'],
        options: [{ name: 'ndots', value: '1' }, { name: 'rotate' }],
      },
      hostAliases: [{ ip: '10.1.2.3', hostnames: ['idp.example.com', 'idp'] }],
      shareProcessNamespace: false,
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      imageUser: true,
      lifecycle: {
        postStart: { httpGet: { path: '/warm' } },
        preStop: { exec: { command: ['/bin/flush'] } },
      },
      sidecars: [
        {
          name: 'relay',
          image: 'ghcr.io/acme/relay:1.0.0',
          ports: [{ name: 'relay', containerPort: 9000 }, { containerPort: 9001 }],
          startupProbe: { tcpSocket: { port: 'relay' } },
          readinessProbe: { httpGet: { port: 9001 }, successThreshold: 2 },
          livenessProbe: { exec: { command: ['/bin/healthy'] }, initialDelaySeconds: 0 },
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
        },
      ],
      labels: { team: 'find' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
      topologySpreadConstraints: [
        { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
      ],
      volumes: [
        { name: 'cache', emptyDir: { sizeLimit: '1024Mi' } },
        {
          name: 'who',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token', audience: 'vault' } },
              { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
            ],
          },
        },
      ],
      volumeMounts: [
        { name: 'cache', mountPath: '/cache' },
        { name: 'who', mountPath: '/who', readOnly: true },
      ],
    },
  },
};

t.comment(engineReport);
t.jobs = engines.length;
const snapshots = new Map<string, object[]>();

for (const engine of engines) {
  t.test(engine.name, { buffered: true }, async (t) => {
    const cluster = await up({ kubernetes });
    t.teardown(() => cluster.down());
    const env = { MCP_RELATE_PODS: 'late' };
    const operator = await startOperator(cluster, engine, { resyncSeconds: 5, env });
    t.teardown(() => operator.stop());

    await t.test('a manifest becomes a running server', (t) => becomesReady(t, cluster, engine.name));
    await t.test('it scales', (t) => scales(t, cluster));
    await t.test('a new image rolls in', (t) => changesImage(t, cluster));
    await t.test('a way to update comes and goes', (t) => changesStrategy(t, cluster));
    await t.test('a late server says what its pods say', (t) => findsNoNode(t, cluster));
    await t.test('a bad spec leaves the last good one running', (t) => survivesBadSpec(t, cluster));
    await t.test('children that are edited or deleted come back', (t) => restores(t, cluster));
    await t.test("a stranger's object is left alone", (t) => respectsStrangers(t, cluster, engine));
    await t.test('a settled cluster is quiet', (t) => isQuiet(t, cluster));
    await t.test('deletion takes the children along', (t) => isCollected(t, cluster));
  });
}

// Not buffered: it waits for the ones before.
t.test('every engine leaves the same children', async (t) => {
  const [first, ...others] = engines;
  for (const other of others) {
    t.strictSame(snapshots.get(other.name), snapshots.get(first!.name), `${other.name} and ${first!.name}`);
  }
  t.equal(snapshots.size, engines.length);
});

async function becomesReady(t: Test, cluster: Cluster, engine: string): Promise<void> {
  await cluster.kubectl(['create', 'secret', 'generic', 'search-credentials', '--from-literal=TOKEN=secret']);
  const runtime = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'gvisor' } };
  await apply(cluster, { ...runtime, handler: 'runsc' });
  await apply(cluster, search);
  const { status } = await until(cluster, 'search', 'search is verified', isVerified);
  t.equal(status?.endpoints?.service, 'http://search.default.svc.cluster.local/mcp');
  t.equal(status?.image, 'ghcr.io/acme/search:1.0.0');
  t.match(condition({ status }, 'Ready'), { status: 'True', observedGeneration: 1 });
  const { stdout } = await cluster.kubectl(['get', 'mcps', 'search', '--no-headers']);
  t.match(stdout, /^search\s+Ready\s+1\/1\s+2\s+http:\/\/search\./);
  t.equal(
    (await writes(cluster))['mcpservers/status'],
    3,
    'the status is written twice from nothing to Ready, and once with what the server says',
  );
  const children = await Promise.all(CHILD_KINDS.map((kind) => get(cluster, kind, 'search')));
  snapshots.set(engine, children.map(normalise));
}

async function scales(t: Test, cluster: Cluster): Promise<void> {
  await cluster.kubectl(['scale', 'mcpserver', 'search', '--replicas=3']);
  await until(cluster, 'search', 'search has 3 pods', settled);
  const pods = await get<{ items: unknown[] }>(cluster, 'pods', '-l', 'mcp.dev/server=search');
  t.equal(pods.items.length, 3);
  t.match(await get(cluster, 'service', 'search'), { spec: { sessionAffinity: 'ClientIP' } });
  await cluster.kubectl(['scale', 'mcpserver', 'search', '--replicas=0']);
  await until(cluster, 'search', 'search is stopped', ({ status }) => status?.phase === 'Stopped');
  t.notOk((await server(cluster, 'search')).status?.endpoints, 'a stopped server has no address');
  await cluster.kubectl(['scale', 'mcpserver', 'search', '--replicas=1']);
  await until(cluster, 'search', 'search has 1 pod', settled);
  t.match(await get(cluster, 'service', 'search'), { spec: { sessionAffinity: 'None' } });
}

async function changesImage(t: Test, cluster: Cluster): Promise<void> {
  const before = await writes(cluster);
  await patch(cluster, 'search', { image: 'ghcr.io/acme/search:1.1.0' });
  const { status } = await until(cluster, 'search', 'the new image serves and is verified', isVerified);
  t.equal(status?.image, 'ghcr.io/acme/search:1.1.0');
  t.match(await get(cluster, 'deployment', 'search'), {
    spec: { template: { spec: { containers: [{ image: 'ghcr.io/acme/search:1.1.0' }] } } },
  });
  const after = await writes(cluster);
  t.ok(after['mcpservers/status']! - before['mcpservers/status']! <= 4, 'at most four writes of the status');
}

/** What one of them has and the other may not is gone when it goes. */
async function changesStrategy(t: Test, cluster: Cluster): Promise<void> {
  const strategies = [
    [{ type: 'Recreate' }, { type: 'Recreate' }],
    [
      { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0 } },
      { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    ],
    [null, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }],
  ];
  for (const [strategy, wanted] of strategies) {
    await patch(cluster, 'search', { strategy, minReadySeconds: strategy && 1 });
    await until(cluster, 'search', `the Deployment follows ${JSON.stringify(strategy)}`, settled);
    const { spec } = await get(cluster, 'deployment', 'search');
    const { strategy: found, minReadySeconds } = spec as Record<string, unknown>;
    t.strictSame(found, wanted);
    t.equal(minReadySeconds, strategy ? 1 : undefined);
  }
}

/** Its pods are looked at while it is late, and no longer. */
async function findsNoNode(t: Test, cluster: Cluster): Promise<void> {
  const diagnosed = () => exists(cluster, 'mcpserverdiagnosis', 'search');
  await poll('nothing is late', async () => !(await diagnosed()), 60);
  await patch(cluster, 'search', { pod: { nodeSelector: { disk: 'none' } } });
  const late = await until(cluster, 'search', 'the scheduler is quoted', ({ status }) =>
    Boolean(status?.message?.includes('no node takes it')),
  );
  t.match(late.status?.message, /Pod default\/search-\S+: /);
  t.match(condition(late, 'Ready'), { status: 'True' }, 'the old pod serves');
  const { stdout } = await cluster.kubectl(['get', 'mcpserverdiagnoses', '--no-headers']);
  t.match(stdout, /^search +Unschedulable +Pod default\/search-/);
  await patch(cluster, 'search', { pod: { nodeSelector: null } });
  await until(cluster, 'search', 'a node takes it', settled);
  await poll('the diagnosis is gone', async () => !(await diagnosed()), 60);
}

async function survivesBadSpec(t: Test, cluster: Cluster): Promise<void> {
  await patch(cluster, 'search', {
    image: 'ghcr.io/acme/search:2.0.0',
    resources: { requests: { cpu: '2' } },
  });
  const invalid = await until(
    cluster,
    'search',
    'the spec is called invalid',
    (one) => condition(one, 'SpecValid')?.status === 'False',
  );
  t.match(condition(invalid, 'SpecValid')?.message, /spec\.resources\.requests\.cpu: Invalid value: "2"/);
  t.match(condition(invalid, 'Ready'), { status: 'True' }, 'it still answers');
  t.equal(invalid.status?.phase, 'Degraded');
  t.equal(invalid.status?.image, 'ghcr.io/acme/search:1.1.0');
  t.match(await get(cluster, 'deployment', 'search'), {
    spec: { template: { spec: { containers: [{ image: 'ghcr.io/acme/search:1.1.0' }] } } },
  });
  await cluster.kubectl(['scale', 'mcpserver', 'search', '--replicas=2']);
  await until(cluster, 'search', 'it scales all the same', ({ status }) => status?.ready === '2/2');

  await patch(cluster, 'search', { resources: { requests: { cpu: '1' } } });
  const mended = await until(cluster, 'search', 'the spec is good again', settled);
  t.equal(mended.status?.image, 'ghcr.io/acme/search:2.0.0');
}

async function restores(t: Test, cluster: Cluster): Promise<void> {
  for (const kind of CHILD_KINDS) {
    const { metadata } = await get(cluster, kind, 'search');
    await cluster.kubectl(['delete', kind, 'search']);
    await poll(
      `${kind} come back`,
      async () =>
        (await exists(cluster, kind, 'search')) &&
        (await get(cluster, kind, 'search')).metadata.uid !== metadata.uid,
      30,
    );
  }
  await until(cluster, 'search', 'search is ready again', settled);

  const edit = { metadata: { labels: { mine: 'yes' } }, spec: { progressDeadlineSeconds: 7 } };
  await cluster.kubectl(['patch', 'deployment', 'search', '--type=merge', '-p', JSON.stringify(edit)]);
  const deployment = () =>
    get<KubernetesObject & { spec: { progressDeadlineSeconds: number } }>(cluster, 'deployment', 'search');
  await poll('the edit is undone', async () => (await deployment()).spec.progressDeadlineSeconds === 600, 30);
  t.equal((await deployment()).metadata.labels?.mine, 'yes', "somebody else's label stays");
  await until(cluster, 'search', 'search is ready after the edit', settled);
}

async function respectsStrangers(t: Test, cluster: Cluster, { strategy }: Engine): Promise<void> {
  const stranger = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'taken', namespace: 'default', labels: { owner: 'somebody' } },
    spec: { ports: [{ port: 9, protocol: 'TCP', targetPort: 9 }], selector: { app: 'other' } },
  };
  await apply(cluster, stranger);
  const before = await get(cluster, 'service', 'taken');
  await apply(cluster, { ...search, metadata: { name: 'taken', namespace: 'default' } });
  if (strategy === 'dynamic-apply') {
    const told = await until(
      cluster,
      'taken',
      'the Service is missed',
      (one) => condition(one, 'Progressing')?.reason === 'ChildMissing',
    );
    t.match(told.status?.message, 'kubectl get service -n default taken -o yaml shows its owner');
    t.equal(told.status?.phase, 'Pending');
  } else {
    const told = await until(
      cluster,
      'taken',
      'the conflict is told',
      (one) => !!condition(one, 'NameConflict'),
    );
    t.match(condition(told, 'NameConflict')?.message, 'Service default/taken');
    t.equal(told.status?.phase, 'Failed');
  }
  t.strictSame(await get(cluster, 'service', 'taken'), before, 'it is as it was');

  await cluster.kubectl(['delete', 'service', 'taken']);
  const free = await until(cluster, 'taken', 'the name is free and used', settled);
  t.notOk(condition(free, 'NameConflict'));
}

async function isQuiet(t: Test, cluster: Cluster): Promise<void> {
  await until(cluster, 'search', 'search is settled', isVerified);
  await until(cluster, 'taken', 'taken is settled', isVerified);
  for (const name of ['search', 'taken']) {
    await poll(
      `no diagnosis of ${name} is left`,
      async () => !(await exists(cluster, 'mcpserverdiagnosis', name)),
      60,
    );
  }
  const before = await writes(cluster);
  // Nothing announces that nothing happens: this is the one place where time itself is what is awaited.
  await new Promise((resolve) => setTimeout(resolve, QUIET_SECONDS * 1000));
  t.strictSame(await writes(cluster), before, `no write in ${QUIET_SECONDS} s with a resync every 5 s`);
}

async function isCollected(t: Test, cluster: Cluster): Promise<void> {
  await cluster.kubectl(['delete', 'mcpserver', '--all', '--timeout=30s']);
  await poll(
    'the children are gone',
    async () => {
      const { stdout } = await cluster.kubectl([
        'get',
        CHILD_KINDS.join(),
        '-l',
        'app.kubernetes.io/managed-by=smooth-operator',
        '-o',
        'name',
      ]);
      return stdout === '';
    },
    60,
  );
  t.pass('no child is left');
}
