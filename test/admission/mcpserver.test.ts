import t from 'tap';
import { checkMCPServer } from '../../src/admission/mcpserver.ts';
import type { MCPServerSpec } from '../../src/api/mcpserver.ts';
import { formatPath } from '../../src/api/sites.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { validator } from '../../src/reconcile/mcpserver/prepare.ts';
import { loadSettings } from '../../src/settings.ts';

function problemsOf(spec: object, environment: Record<string, string> = {}) {
  const server = {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name: 'search', namespace: 'default', uid: 'uid', generation: 1 },
    spec: { image: 'acme/search:1', ...spec },
  } satisfies KubernetesObject;
  return checkMCPServer(validator.withDefaults(server) as never, loadSettings(environment).render);
}
const fieldsOf = (spec: object, environment?: Record<string, string>) =>
  problemsOf(spec, environment).map(({ path }) => formatPath(path));

t.test('requests may reach limits but not pass them', async (t) => {
  const resources = (requests: Record<string, string | number>, limits: Record<string, string | number>) =>
    fieldsOf({ resources: { requests, limits } });
  t.strictSame(resources({ cpu: 1, memory: '1Gi' }, { cpu: '1000m', memory: '1024Mi' }), []);
  t.strictSame(resources({ cpu: '1001m' }, { cpu: 1 }), ['spec.resources.requests.cpu']);
  t.strictSame(resources({ cpu: 2 }, { memory: '1Gi' }), [], 'no limit to pass');
  t.strictSame(resources({ cpu: 2, memory: '2G' }, { cpu: 1, memory: '1Gi' }), [
    'spec.resources.requests.cpu',
    'spec.resources.requests.memory',
  ]);
});

t.test('the sources of a projected volume write different files', async (t) => {
  const fields = (...sources: object[]) =>
    fieldsOf({ pod: { volumes: [{ name: 'all', projected: { sources } }] } });
  const items = (...paths: string[]) => paths.map((path) => ({ key: 'key', path }));
  const config = { configMap: { name: 'a', items: items('a', 'b') } };
  t.strictSame(
    fields(config, { secret: { name: 'a', items: items('c') } }, { configMap: { name: 'all' } }),
    [],
  );
  t.strictSame(fields(config, { secret: { name: 'a', items: items('c', 'b') } }), [
    'spec.pod.volumes[0].projected.sources[1].secret.items[1].path',
  ]);
  t.strictSame(fields(config, { serviceAccountToken: { path: 'a' } }), [], 'of which Kubernetes only warns');
  const field = { path: 'b', fieldRef: { fieldPath: 'metadata.name' } };
  t.strictSame(fields(config, { downwardAPI: { items: [field] } }), [
    'spec.pod.volumes[0].projected.sources[1].downwardAPI.items[0].path',
  ]);
});

t.test('extended resources come whole, with a limit that is the request', async (t) => {
  const gpu = 'nvidia.com/gpu';
  const field = `spec.resources.limits[${gpu}]`;
  for (const whole of [0, 1, '2', '2000m', '1k', '1Ki', '1e3', '1e2']) {
    t.strictSame(fieldsOf({ resources: { limits: { [gpu]: whole } } }), [], `${whole}`);
  }
  for (const broken of ['500m', '1.5', '1n']) {
    t.strictSame(fieldsOf({ resources: { limits: { [gpu]: broken } } }), [field], broken);
  }
  t.strictSame(fieldsOf({ resources: { requests: { [gpu]: 1 } } }), [field], 'no limit');
  t.ok(
    fieldsOf({ resources: { requests: { [gpu]: 1 }, limits: { [gpu]: 2 } } }).includes(field),
    'overcommitted',
  );
});

t.test('user 0 and runAsNonRoot exclude each other, wherever each of them is set', async (t) => {
  const cases: [NonNullable<MCPServerSpec['pod']>, string[]][] = [
    [{ securityContext: { runAsUser: 0 } }, ['spec.pod.securityContext.runAsUser']],
    [{ securityContext: { runAsUser: 0, runAsNonRoot: false } }, []],
    [{ containerSecurityContext: { runAsUser: 0 } }, ['spec.pod.containerSecurityContext.runAsUser']],
    [{ containerSecurityContext: { runAsUser: 0, runAsNonRoot: false } }, []],
    [{ securityContext: { runAsNonRoot: false }, containerSecurityContext: { runAsUser: 0 } }, []],
    [
      {
        securityContext: { runAsUser: 0, runAsNonRoot: false },
        containerSecurityContext: { runAsNonRoot: true },
      },
      ['spec.pod.securityContext.runAsUser'],
    ],
    [{ securityContext: { runAsUser: 0 }, containerSecurityContext: { runAsNonRoot: false } }, []],
    [{ securityContext: { runAsUser: 0 }, containerSecurityContext: { runAsUser: 5 } }, []],
  ];
  for (const [pod, fields] of cases) t.strictSame(fieldsOf({ pod }), fields, JSON.stringify(pod));
});

t.test('what is said of the server holds for containers beside it', async (t) => {
  const resources = { requests: { cpu: 2 }, limits: { cpu: 1 } };
  const extra = { name: 'a', image: 'acme/a:1' };
  t.strictSame(
    fieldsOf({
      pod: {
        sidecars: [{ ...extra, resources }],
        initContainers: [{ ...extra, name: 'b', securityContext: { runAsUser: 0 } }],
      },
    }),
    ['spec.pod.sidecars[0].resources.requests.cpu', 'spec.pod.initContainers[0].securityContext.runAsUser'],
  );
});

t.test('autoscaling needs requests to be in percent of', async (t) => {
  const autoscaling = { maxReplicas: 3, targetMemoryUtilizationPercentage: 80 };
  t.strictSame(fieldsOf({ autoscaling }), [], 'the settings request memory');
  t.strictSame(fieldsOf({ autoscaling }, { MCP_MEMORY_REQUEST: '', MCP_MEMORY_LIMIT: '' }), [
    'spec.resources.requests.memory',
  ]);
  const byCpu = { autoscaling: { maxReplicas: 3 } };
  t.strictSame(fieldsOf({ ...byCpu, resources: { limits: { cpu: 1 } } }), [], 'a limit is a request');
  t.strictSame(fieldsOf({ ...byCpu, resources: { limits: { memory: '1Gi' } } }), [
    'spec.resources.requests.cpu',
  ]);
  const extra = { name: 'a', image: 'acme/a:1', resources: { limits: { memory: '1Gi' } } };
  const pod = { sidecars: [extra], initContainers: [{ ...extra, name: 'b' }] };
  t.strictSame(fieldsOf({ ...byCpu, pod }), [], 'what others use is not looked at');
  const containers = [
    { name: 'a', targetCPUUtilizationPercentage: 80, targetMemoryUtilizationPercentage: 80 },
  ];
  t.strictSame(
    fieldsOf({ autoscaling: { maxReplicas: 3, containers }, resources: {}, pod }),
    ['spec.pod.sidecars[0].resources.requests.cpu'],
    'nor is the server, where only a sidecar has targets',
  );
});

t.test('pods are available before a rollout is given up', async (t) => {
  t.strictSame(fieldsOf({ minReadySeconds: 599 }), []);
  t.strictSame(fieldsOf({ minReadySeconds: 600 }), ['spec.minReadySeconds']);
  t.strictSame(fieldsOf({ minReadySeconds: 600 }, { MCP_PROGRESS_DEADLINE_SECONDS: '601' }), []);
});

t.test('name servers and hosts are addresses', async (t) => {
  const fields = (address: string) =>
    fieldsOf({
      pod: {
        hostAliases: [{ ip: address, hostnames: ['idp'] }],
        dnsConfig: { nameservers: ['10.0.0.10', address] },
      },
    });
  for (const good of ['10.1.2.3', 'fd00::a', '::1']) t.strictSame(fields(good), [], good);
  for (const bad of ['10.1.2', '10.1.2.300', '010.1.2.3', 'fd00::a::b', '::ffff:10.1.2.3', 'a.b.c']) {
    t.strictSame(fields(bad), ['spec.pod.hostAliases[0].ip', 'spec.pod.dnsConfig.nameservers[1]'], bad);
  }
});

t.test('search domains fit into one line', async (t) => {
  const searches = (count: number) => Array.from({ length: count }, (_, at) => `${'a'.repeat(250)}${at}`);
  t.strictSame(fieldsOf({ pod: { dnsConfig: { searches: searches(8) } } }), []);
  t.strictSame(fieldsOf({ pod: { dnsConfig: { searches: searches(9) } } }), ['spec.pod.dnsConfig.searches']);
});

t.test('a sleep ends before the pod has to', async (t) => {
  const sleep = (seconds: number, more = {}) =>
    fieldsOf({ pod: { lifecycle: { preStop: { sleep: { seconds } } }, ...more } });
  t.strictSame(sleep(30), []);
  t.strictSame(sleep(31), ['spec.pod.lifecycle.preStop.sleep.seconds']);
  t.strictSame(sleep(31, { terminationGracePeriodSeconds: 60 }), []);
  t.strictSame(sleep(1, { terminationGracePeriodSeconds: 0 }), ['spec.pod.lifecycle.preStop.sleep.seconds']);
  const sidecar = { name: 'a', image: 'acme/a:1', lifecycle: { preStop: { sleep: { seconds: 31 } } } };
  t.strictSame(fieldsOf({ pod: { sidecars: [sidecar] } }), [
    'spec.pod.sidecars[0].lifecycle.preStop.sleep.seconds',
  ]);
  t.strictSame(fieldsOf({ pod: { lifecycle: { postStart: { sleep: { seconds: 40 } } } } }), [
    'spec.pod.lifecycle.postStart.sleep.seconds',
  ]);
});

t.test('a probe of a sidecar finds its port by name', async (t) => {
  const sidecar = (port: string | number) =>
    fieldsOf({
      pod: {
        sidecars: [
          {
            name: 'a',
            image: 'acme/a:1',
            ports: [{ name: 'status', containerPort: 9000 }, { containerPort: 9001 }],
            readinessProbe: { httpGet: { port } },
            livenessProbe: { tcpSocket: { port: 'status' } },
            lifecycle: { preStop: { httpGet: { port } } },
          },
        ],
      },
    });
  t.strictSame(sidecar('status'), []);
  t.strictSame(sidecar(9002), [], 'a number needs no name');
  t.strictSame(sidecar('mcp'), [
    'spec.pod.sidecars[0].readinessProbe.httpGet.port',
    'spec.pod.sidecars[0].lifecycle.preStop.httpGet.port',
  ]);
});

t.test('what is left to the settings has to be there', async (t) => {
  const secrets = [{ name: 'A', remoteKey: 'a' }];
  t.strictSame(fieldsOf({ secrets }), ['spec.secretStore']);
  t.strictSame(fieldsOf({ secrets }, { MCP_SECRET_STORE_NAME: 'vault' }), []);
  t.strictSame(fieldsOf({ secrets, secretStore: { name: 'team' } }), []);
  const tracing = { observability: { tracing: {} } };
  t.strictSame(fieldsOf(tracing), ['spec.observability.tracing.endpoint']);
  t.strictSame(fieldsOf(tracing, { MCP_OTLP_ENDPOINT: 'http://otel:4317' }), []);
  t.strictSame(fieldsOf(tracing, { MCP_OTLP_ENDPOINT: 'otel.observability:4317' }), []);
  t.strictSame(fieldsOf({ observability: { tracing: { enabled: false } } }), []);
  t.strictSame(fieldsOf({ observability: { tracing: { endpoint: 'http://otel:99999' } } }), [
    'spec.observability.tracing.endpoint',
  ]);
  t.strictSame(fieldsOf({ observability: { tracing: { endpoint: 'otel:99999' } } }), [
    'spec.observability.tracing.endpoint',
  ]);
  t.strictSame(fieldsOf({ ingress: {} }), ['spec.ingress.host']);
  t.strictSame(fieldsOf({ ingress: {} }, { MCP_DEFAULT_INGRESS_HOST: 'mcp.acme.com' }), []);
  t.strictSame(fieldsOf({ ingress: { host: '10.0.0.1' } }), ['spec.ingress.host']);
});

t.test('a public path leads to the server, or is rewritten by a class that can', async (t) => {
  const host = 'mcp.acme.com';
  for (const path of ['/', '/api', '/api/', '/api/mcp']) {
    t.strictSame(fieldsOf({ path: '/api/mcp', ingress: { host, path } }), [], path);
  }
  for (const path of ['/ap', '/other', '/api/mcp/more']) {
    t.strictSame(fieldsOf({ path: '/api/mcp', ingress: { host, path } }), ['spec.ingress.path'], path);
  }
  const prefixed = (className: string, more = {}) =>
    fieldsOf({ ingress: { publicPathPrefix: 'search', className }, ...more });
  for (const able of ['traefik', 'internal-traefik', 'nginx', 'public-nginx'])
    t.strictSame(prefixed(able), [], able);
  for (const unable of ['istio', 'alb', 'acme'])
    t.strictSame(prefixed(unable), ['spec.ingress.publicPathPrefix'], unable);
  t.strictSame(prefixed('alb', { path: '/search/mcp' }), [], 'nothing is to be rewritten');
  t.strictSame(prefixed('traefik', { transport: 'sse' }), ['spec.ingress.publicPathPrefix']);
  t.strictSame(
    fieldsOf({ ingress: { publicPathPrefix: 'a' } }, { MCP_DEFAULT_INGRESS_CLASS: '' }),
    ['spec.ingress.publicPathPrefix'],
    "nobody knows the cluster's own class",
  );
  const route = { parentRefs: [{ name: 'public' }], path: '/search' };
  t.strictSame(fieldsOf({ route }), []);
  t.strictSame(fieldsOf({ route, transport: 'sse' }), ['spec.route.path']);
});

t.test('a server that speaks stdio leaves the bridge what is its own', async (t) => {
  const stdio = (more: object = {}) => fieldsOf({ transport: 'stdio', command: ['search'], ...more });
  t.strictSame(stdio(), []);
  t.strictSame(stdio({ path: '/tools/mcp' }), []);
  for (const path of ['/healthz', '/readyz', '/metrics', '/', '/mcp/', '/a+b']) {
    t.strictSame(stdio({ path }), ['spec.path'], path);
  }
  const metrics = (given: object) => stdio({ observability: { metrics: { enabled: true, ...given } } });
  t.strictSame(metrics({}), []);
  t.strictSame(metrics({ path: '/own' }), ['spec.observability.metrics.path']);
  t.strictSame(metrics({ path: '/own', port: 9090 }), [], "the server's own");
  const pod = {
    volumes: [{ name: 'mcp-bridge', emptyDir: {} }],
    volumeMounts: [{ name: 'mcp-bridge', mountPath: '/bridge/' }],
    initContainers: [{ name: 'mcp-bridge', image: 'acme/a:1' }],
    sidecars: [{ name: 'mcp-package', image: 'acme/b:1' }],
  };
  const ofBridge = [
    'spec.pod.volumes[0].name',
    'spec.pod.initContainers[0].name',
    'spec.pod.volumeMounts[0].mountPath',
  ];
  t.strictSame(stdio({ pod }), ofBridge);
  t.strictSame(fieldsOf({ pod }), [], 'to other servers these names are like any other');
  const installed = { image: undefined, package: { npm: 'search', version: '1.2.3' } };
  t.strictSame(fieldsOf({ ...installed, pod: { sidecars: pod.sidecars } }), ['spec.pod.sidecars[0].name']);
  t.strictSame(fieldsOf({ ...installed, transport: 'http', path: '/metrics' }), [], 'no bridge');
});

t.test('ranges of addresses are in the form that the API server wants', async (t) => {
  const judge = (cidr: string, ...except: string[]) =>
    fieldsOf({ networkPolicy: { egressTo: [{ ipBlock: { cidr, except } }] } });
  const at = (field: string) => [`spec.networkPolicy.egressTo[0].ipBlock.${field}`];
  for (const good of ['0.0.0.0/0', '10.0.0.0/8', '::/0', 'fd00::/8', '192.168.1.1/32']) {
    t.strictSame(judge(good), [], good);
  }
  for (const bad of [
    '10.0.0.0',
    '10.0.0.1/8',
    '10.0/8',
    '010.0.0.0/8',
    '10.0.0.0/33',
    'fd00::1/8',
    '::ffff:10.0.0.0/104',
    'x/8',
    '',
  ]) {
    t.strictSame(judge(bad), at('cidr'), bad);
  }
  t.strictSame(judge('10.0.0.0/8', '10.1.0.0/16'), []);
  for (const bad of ['11.0.0.0/16', '10.0.0.0/8', '10.0.0.0/7', 'fd00::/16', '10.1.0.0']) {
    t.strictSame(judge('10.0.0.0/8', bad), at('except[0]'), bad);
  }
  const dns = { peers: [{ podSelector: {} }, { ipBlock: { cidr: '169.254.20.10' } }] };
  t.strictSame(fieldsOf({ networkPolicy: { egressTo: [], dns } }), [
    'spec.networkPolicy.dns.peers[1].ipBlock.cidr',
  ]);
});

t.test('Gateways that are all named with a port have ports of their own', async (t) => {
  const judge = (...parentRefs: object[]) => fieldsOf({ route: { parentRefs } });
  const [a, b] = [{ name: 'a' }, { name: 'b' }];
  t.strictSame(judge({ ...a, port: 443 }, { ...b, port: 443 }), ['spec.route.parentRefs[1].port']);
  t.strictSame(judge({ ...a, port: 443 }, { ...b, port: 8443 }), []);
  t.strictSame(judge({ ...a, port: 443 }, { ...b, port: 443 }, { name: 'c' }), [], 'by their names then');
});

t.test('ranges for a balancer are in that form, too', async (t) => {
  const judge = (...loadBalancerSourceRanges: string[]) =>
    fieldsOf({ service: { type: 'LoadBalancer', loadBalancerSourceRanges } });
  t.strictSame(judge('203.0.113.0/24', 'fd00::/8'), []);
  t.strictSame(judge('203.0.113.0/24', '203.0.113.7'), ['spec.service.loadBalancerSourceRanges[1]']);
});

t.test('no two ports have one number, in the container and in the Service', async (t) => {
  const further = (port: number, more = {}) => ({ name: `p-${port}`, port, ...more });
  const judge = (...ports: object[]) => fieldsOf({ ports });
  t.strictSame(judge(further(9000), further(9001, { servicePort: 9002 })), []);
  t.strictSame(judge(further(8080)), ['spec.ports[0].port'], 'that of the server');
  t.strictSame(judge(further(80)), ['spec.ports[0].servicePort'], 'that of the Service');
  t.strictSame(judge(further(80, { servicePort: 8081 })), [], 'which are two things');
  t.strictSame(judge(further(9000, { servicePort: 8080 })), []);
  t.strictSame(
    judge(further(9000), { name: 'other', port: 9000, servicePort: 9001, protocol: 'UDP' }),
    ['spec.ports[1].port'],
    'not even for two protocols',
  );
  t.strictSame(judge(further(9000), further(9001, { servicePort: 9000 })), ['spec.ports[1].servicePort']);
  const metrics = { observability: { metrics: { port: 9090 } } };
  t.strictSame(fieldsOf({ ports: [further(9090)], ...metrics }), [
    'spec.ports[0].port',
    'spec.ports[0].servicePort',
  ]);
  t.strictSame(fieldsOf({ ports: [further(8080)], observability: { metrics: { port: 8080 } } }), [
    'spec.ports[0].port',
  ]);
});

t.test('a port of a sidecar has a name of its own', async (t) => {
  const sidecars = [
    {
      name: 'proxy',
      image: 'acme/proxy:1',
      ports: [{ containerPort: 9000 }, { name: 'admin', containerPort: 9001 }],
    },
  ];
  t.strictSame(fieldsOf({ pod: { sidecars } }), []);
  t.strictSame(fieldsOf({ pod: { sidecars }, ports: [{ name: 'other', port: 9901 }] }), []);
  t.strictSame(fieldsOf({ pod: { sidecars }, ports: [{ name: 'admin', port: 9901 }] }), [
    'spec.pod.sidecars[0].ports[1].name',
  ]);
});

t.test('config fits into the record that Metacontroller keeps of its ConfigMap', async (t) => {
  const config = (length: number) => ({ config: { A: '"'.repeat(length) } });
  t.strictSame(fieldsOf(config(32_768)), []);
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`A${index}`, 'x'.repeat(32_768)]));
  t.strictSame(fieldsOf({ config: many }), ['spec.config']);
});

t.test('metrics have a port of the Service to themselves', async (t) => {
  const metrics = (port: number, more = {}) => fieldsOf({ observability: { metrics: { port } }, ...more });
  t.strictSame(metrics(80), ['spec.observability.metrics.port']);
  t.strictSame(metrics(8080), [], "the server's own");
  t.strictSame(metrics(80, { servicePort: 81 }), []);
  t.strictSame(metrics(80, { port: 80 }), [], 'the server serves them itself');
});

t.test('every public path is another', async (t) => {
  const host = 'mcp.example.com';
  const ingress = (options: object) => fieldsOf({ ingress: { host, ...options } });
  t.strictSame(ingress({ extraPaths: ['/.well-known/oauth-protected-resource', '/a', '/a/b'] }), []);
  t.strictSame(ingress({ extraPaths: ['/a', '/mcp/'] }), ['spec.ingress.extraPaths[1]'], 'the main one');
  t.strictSame(ingress({ extraPaths: ['/a', '/a/'] }), ['spec.ingress.extraPaths[1]'], 'one of them');
  const prefixed = { publicPathPrefix: 'a', className: 'nginx' };
  t.strictSame(ingress({ ...prefixed, extraPaths: ['/mcp'] }), [], 'which is not the main one then');
  t.strictSame(ingress({ ...prefixed, extraPaths: ['/a/mcp'] }), ['spec.ingress.extraPaths[0]']);
  const route = { parentRefs: [{ name: 'public' }], path: '/a/' };
  t.strictSame(fieldsOf({ route: { ...route, extraPaths: ['/a/b', '/'] } }), []);
  t.strictSame(fieldsOf({ route: { ...route, extraPaths: ['/a'] } }), ['spec.route.extraPaths[0]']);
});
