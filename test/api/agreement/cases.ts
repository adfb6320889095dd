/**
 * Manifests of an MCPServer with the verdict that is expected on each: by `validate`, and by the API server for the CRD.
 * Unit tests ask the one, end-to-end tests the other.
 */
import { MCPServerSpec } from '../../../src/api/mcpserver.ts';
import { fullSpecs, IMAGE } from './full.ts';
import { generate } from './generated.ts';

export interface AgreementCase {
  name: string;
  object: { metadata?: { name: string }; spec?: unknown };
  valid: boolean;
  /** The field that one of the errors must name. */
  field?: string;
}

const good = (name: string, spec: object): AgreementCase => ({
  name,
  object: { spec: { image: IMAGE, ...spec } },
  valid: true,
});
const bad = (name: string, field: string, spec: object): AgreementCase => ({
  name,
  object: { spec: { image: IMAGE, ...spec } },
  valid: false,
  field,
});
const named = (name: string, valid: boolean): AgreementCase => ({
  name: `the name ${name}`,
  object: { metadata: { name }, spec: { image: IMAGE } },
  valid,
  ...(valid ? {} : { field: 'metadata.name' }),
});

const names = [
  named('a', true),
  named('search-2', true),
  named('a'.repeat(50), true),
  named('a'.repeat(51), false),
  named('2search', false),
  named('search.acme', false),
  named('Search', false),
  named('search-', false),
  named('search_2', false),
];

const images = [
  ...[
    'nginx',
    'nginx:1',
    'localhost/mcp',
    'localhost:5000/mcp:v1',
    'registry.acme.com:5000/team/mcp_server/search:v1.2.3-rc.1_x',
    'Registry.acme.com/search',
    `ghcr.io/acme/search@sha256:${'a'.repeat(64)}`,
    `ghcr.io/acme/search:1@sha256:${'0'.repeat(64)}`,
    'a--b/c__d',
  ].map((image) => good(`the image ${image}`, { image })),
  ...[
    'ghcr.io/Acme/search',
    'acme/search:',
    'acme/search:-1',
    ':latest',
    'http://acme.com/search',
    'acme/search:1 ',
    ' acme/search',
    'acme//search',
    'acme/search@sha256:xyz',
    `acme/search:${'a'.repeat(129)}`,
    'acme/search\n',
  ].map((image) => bad(`the image ${JSON.stringify(image)}`, 'spec.image', { image })),
];

const amount = (cpu: unknown) => ({ resources: { requests: { cpu } } });
const amounts = [
  ...['1', '0.5', '.5', '5.', '100m', '1e3', '1E3', '2k', '1Ki', '1.5Gi', '0', '7u', '9n', 0, 3].map((one) =>
    good(`the amount ${JSON.stringify(one)}`, amount(one)),
  ),
  ...['', ' ', '-1', '+1', '1 m', '1mm', '1K', '1e-3', 'Mi', '.', '1,5', '0x10', 'NaN', '1\n', 1e15].map(
    (one) => bad(`the amount ${JSON.stringify(one)}`, 'spec.resources.requests.cpu', amount(one)),
  ),
  good('an extended resource', { resources: { limits: { 'nvidia.com/gpu': 1 } } }),
  bad('an unknown resource', 'spec.resources.limits', { resources: { limits: { gpu: 1 } } }),
  bad('a resource whose name is no name', 'spec.resources.requests', {
    resources: { requests: { 'a/b/c': 1 } },
  }),
  bad('a resource without a name', 'spec.resources.requests', { resources: { requests: { '': 1 } } }),
];

const secretRef = { secretKeyRef: { name: 'keys', key: 'token' } };
const environment = [
  good('an empty value', { env: [{ name: 'A', value: '' }] }),
  good('a variable without a value', { env: [{ name: 'A' }] }),
  good('a variable with dots and dashes', { env: [{ name: '_a.b-C' }] }),
  bad('a variable that starts with a digit', 'spec.env[0].name', { env: [{ name: '1A' }] }),
  bad('a variable with =', 'spec.env[0].name', { env: [{ name: 'A=B' }] }),
  bad('a variable named ..', 'spec.env[0].name', { env: [{ name: '..' }] }),
  bad('a variable named .', 'spec.env[0].name', { env: [{ name: '.' }] }),
  bad('value and valueFrom', 'spec.env[0]', { env: [{ name: 'A', value: 'x', valueFrom: secretRef }] }),
  bad('an empty valueFrom', 'spec.env[0].valueFrom', { env: [{ name: 'A', valueFrom: {} }] }),
  bad('two sources in valueFrom', 'spec.env[0].valueFrom', {
    env: [{ name: 'A', valueFrom: { ...secretRef, configMapKeyRef: { name: 'c', key: 'k' } } }],
  }),
  bad('a key with a slash', 'spec.env[0].valueFrom.secretKeyRef.key', {
    env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a/b' } } }],
  }),
  bad('a key that is ..', 'spec.env[0].valueFrom.secretKeyRef.key', {
    env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: '..' } } }],
  }),
  bad('a Secret whose name is no name', 'spec.secretName', { secretName: 'My_Secret' }),
  bad('a field that a variable cannot have', 'spec.env[0].valueFrom.fieldRef.fieldPath', {
    env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.hostname' } } }],
  }),
  bad('a field of a label that is no label', 'spec.env[0].valueFrom.fieldRef.fieldPath', {
    env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a b']" } } }],
  }),
  good('millicores', {
    env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } }],
  }),
  bad('megabytes of cpu', 'spec.env[0].valueFrom.resourceFieldRef.divisor', {
    env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1Mi' } } }],
  }),
  bad('thousandths of a byte', 'spec.env[0].valueFrom.resourceFieldRef.divisor', {
    env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1m' } } }],
  }),
  bad('an envFrom of nothing', 'spec.envFrom[0]', { envFrom: [{ prefix: 'A' }] }),
  bad('an envFrom of two', 'spec.envFrom[0]', {
    envFrom: [{ secretRef: { name: 'a' }, configMapRef: { name: 'b' } }],
  }),
  good('the same envFrom twice', { envFrom: [{ secretRef: { name: 'a' } }, { secretRef: { name: 'a' } }] }),
];

const pod = (name: string, overrides: object, field?: string) =>
  field === undefined ? good(name, { pod: overrides }) : bad(name, `spec.pod${field}`, { pod: overrides });
const mounted = (volume: object, mount: object = {}) => ({
  volumes: [{ name: 'v', ...volume }],
  volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }],
});
const csi = (key: string) => mounted({ csi: { driver: 'csi.acme.com', volumeAttributes: { [key]: 'x' } } });
const pods = [
  pod('an attribute of a CSI driver', csi('csi.storage.k8s.io/share')),
  pod(
    'an attribute by which JavaScript finds prototypes',
    csi('__proto__'),
    '.volumes[0].csi.volumeAttributes',
  ),
  pod('an empty pod', {}),
  pod('an empty label value', { labels: { team: '' } }),
  pod('a label of the operator', { labels: { 'mcp.dev/server': 'other' } }, '.labels'),
  pod('a label of the recommended set', { labels: { 'app.kubernetes.io/name': 'other' } }, '.labels'),
  pod('a label key with a blank', { labels: { 'a b': 'x' } }, '.labels'),
  pod('a label key of two prefixes', { labels: { 'a/b/c': 'x' } }, '.labels'),
  pod('a label key whose prefix is no domain', { labels: { 'a..b/c': 'x' } }, '.labels'),
  pod('a label key of 64 characters', { labels: { ['a'.repeat(64)]: 'x' } }, '.labels'),
  pod('a label key of 63 characters', { labels: { ['a'.repeat(63)]: 'x' } }),
  pod('a label key that is too long', { labels: { [`${'a.'.repeat(150)}a/b`]: 'x' } }, '.labels'),
  pod('a label value with a blank', { labels: { team: 'a b' } }, '.labels.team'),
  pod('a label value that ends in a dash', { labels: { 'acme.com/team': 'a-' } }, '.labels[acme.com/team]'),
  pod('an annotation of the recommended set', { annotations: { 'app.kubernetes.io/x': 'y' } }),
  pod('an annotation of the operator', { annotations: { 'mcp.dev/rendered': 'x' } }, '.annotations'),
  pod('an annotation key with a blank', { annotations: { 'a b': 'x' } }, '.annotations'),
  pod('a node selector key with a blank', { nodeSelector: { 'a b': 'x' } }, '.nodeSelector'),
  pod('a toleration of everything', { tolerations: [{ operator: 'Exists' }] }),
  pod('a toleration of nothing', { tolerations: [{}] }, '.tolerations[0]'),
  pod('a toleration of any key but one value', { tolerations: [{ value: 'x' }] }, '.tolerations[0]'),
  pod(
    'a toleration that exists and has a value',
    { tolerations: [{ key: 'a', operator: 'Exists', value: 'x' }] },
    '.tolerations[0]',
  ),
  pod(
    'tolerationSeconds for NoSchedule',
    { tolerations: [{ key: 'a', effect: 'NoSchedule', tolerationSeconds: 5 }] },
    '.tolerations[0]',
  ),
  pod(
    'tolerationSeconds for all effects',
    { tolerations: [{ key: 'a', tolerationSeconds: 5 }] },
    '.tolerations[0]',
  ),
  pod(
    'a toleration of a value that is no label',
    { tolerations: [{ key: 'a', value: '-' }] },
    '.tolerations[0].value',
  ),
  pod('the same toleration twice', { tolerations: [{ key: 'a' }, { key: 'a' }] }),
  pod('spread over zones and hosts', {
    topologySpreadConstraints: [
      { topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 1 },
      { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
    ],
  }),
  pod('a volume of nothing', mounted({}), '.volumes[0]'),
  pod('a volume of two things', mounted({ emptyDir: {}, configMap: { name: 'c' } }), '.volumes[0]'),
  pod('a volume named tmp', { volumes: [{ name: 'tmp', emptyDir: {} }] }, '.volumes'),
  pod('a volume in capitals', { volumes: [{ name: 'V', emptyDir: {} }] }, '.volumes[0].name'),
  pod('a volume that is mounted nowhere', { volumes: [{ name: 'v', emptyDir: {} }] }),
  pod('a mount of no volume', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }, '.volumeMounts'),
  pod(
    'a mount of another volume',
    { volumes: [{ name: 'w', emptyDir: {} }], volumeMounts: [{ name: 'v', mountPath: '/v' }] },
    '.volumeMounts',
  ),
  pod('a mount of the scratch space', { volumeMounts: [{ name: 'tmp', mountPath: '/x' }] }, '.volumeMounts'),
  pod('an own /tmp', mounted({ emptyDir: {} }, { mountPath: '/tmp' })),
  pod('a relative mount', mounted({ emptyDir: {} }, { mountPath: 'v' }), '.volumeMounts[0].mountPath'),
  pod('a mount with a colon', mounted({ emptyDir: {} }, { mountPath: '/a:b' }), '.volumeMounts[0].mountPath'),
  pod('a subPath that leaves', mounted({ emptyDir: {} }, { subPath: '../x' }), '.volumeMounts[0].subPath'),
  pod('a subPath from the root', mounted({ emptyDir: {} }, { subPath: '/x' }), '.volumeMounts[0].subPath'),
  pod(
    'a subPath that leaves later',
    mounted({ emptyDir: {} }, { subPath: 'a/..' }),
    '.volumeMounts[0].subPath',
  ),
  pod('a subPath with dots', mounted({ emptyDir: {} }, { subPath: 'a/..b/.c/d..' })),
  pod('a hostPath that climbs', mounted({ hostPath: { path: '/var/../etc' } }), '.volumes[0].hostPath.path'),
  pod('a relative hostPath', mounted({ hostPath: { path: 'var' } }), '.volumes[0].hostPath.path'),
  pod('the root of the node', mounted({ hostPath: { path: '/' } })),
  pod(
    'a CSI driver with a long name',
    mounted({ csi: { driver: 'a'.repeat(64) } }),
    '.volumes[0].csi.driver',
  ),
  pod(
    'a projected source of two',
    mounted({ projected: { sources: [{ secret: { name: 'a' }, configMap: { name: 'b' } }] } }),
    '.volumes[0].projected.sources[0]',
  ),
  pod(
    'a projected source of nothing',
    mounted({ projected: { sources: [{}] } }),
    '.volumes[0].projected.sources[0]',
  ),
  pod(
    'a file of a field that a file cannot have',
    mounted({ downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: 'status.podIP' } }] } }),
    '.volumes[0].downwardAPI.items[0].fieldRef.fieldPath',
  ),
  pod(
    'one file twice',
    mounted({
      configMap: {
        name: 'c',
        items: [
          { key: 'a', path: 'x' },
          { key: 'b', path: 'x' },
        ],
      },
    }),
    '.volumes[0].configMap.items[1]',
  ),
  pod(
    'a seccomp profile without its file',
    { securityContext: { seccompProfile: { type: 'Localhost' } } },
    '.securityContext.seccompProfile',
  ),
  pod(
    'a seccomp file without its type',
    { containerSecurityContext: { seccompProfile: { type: 'RuntimeDefault', localhostProfile: 'a' } } },
    '.containerSecurityContext.seccompProfile',
  ),
  pod('privileged', { containerSecurityContext: { privileged: true } }),
  pod(
    'privileged without escalation',
    { containerSecurityContext: { privileged: true, allowPrivilegeEscalation: false } },
    '.containerSecurityContext.allowPrivilegeEscalation',
  ),
  pod(
    'a capability in lower case',
    { containerSecurityContext: { capabilities: { add: ['net_admin'] } } },
    '.containerSecurityContext.capabilities.add[0]',
  ),
];

const affine = (name: string, requirement: object, field?: string) => {
  const term = { matchExpressions: [{ key: 'acme.com/zone', ...requirement }] };
  const place = '.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0]';
  const spec = {
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
    },
  };
  return field === undefined
    ? good(name, spec)
    : bad(name, `spec.affinity.nodeAffinity${place}${field}`, spec);
};
const preferred = 'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution';
const nodes = [
  affine('nodes without a label', { operator: 'DoesNotExist' }),
  affine('nodes of a value that is empty', { operator: 'In', values: [''] }),
  affine('nodes of more than a number', { operator: 'Gt', values: ['8'] }),
  affine('nodes of no value', { operator: 'NotIn' }, ''),
  affine('nodes of a label that exists with a value', { operator: 'Exists', values: ['a'] }, ''),
  affine('nodes of less than a word', { operator: 'Lt', values: ['few'] }, '.values'),
  affine('nodes of more than two numbers', { operator: 'Gt', values: ['1', '2'] }, '.values'),
  affine('nodes of a value that is no label', { operator: 'In', values: ['a b'] }, '.values[0]'),
  good('a node affinity that says nothing', { affinity: { nodeAffinity: {} } }),
  bad('a term that matches no node', `${preferred}[0].preference`, {
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: {} }],
      },
    },
  }),
];

const resolvers = [
  pod("the cluster's own name servers and more", {
    dnsPolicy: 'ClusterFirst',
    dnsConfig: { options: [{ name: 'ndots', value: '1' }], searches: ['corp.example.com'] },
  }),
  pod('a resolver that says nothing more', { dnsConfig: {} }),
  pod('a resolver of nobody', { dnsPolicy: 'None' }, '.dnsConfig'),
  pod('a resolver of searches alone', { dnsPolicy: 'None', dnsConfig: { searches: ['a'] } }, '.dnsConfig'),
  pod(
    'a name server by its name',
    { dnsConfig: { nameservers: ['dns.example.com'] } },
    '.dnsConfig.nameservers[0]',
  ),
  pod(
    'a name server with a zone',
    { dnsConfig: { nameservers: ['fe80::1%eth0'] } },
    '.dnsConfig.nameservers[0]',
  ),
  pod('the same host twice', { hostAliases: [{ ip: '10.0.0.1', hostnames: ['a', 'a'] }] }),
  pod(
    'a host in capitals',
    { hostAliases: [{ ip: '10.0.0.1', hostnames: ['IDP'] }] },
    '.hostAliases[0].hostnames[0]',
  ),
];

const settled = [
  pod("the image's own user", { imageUser: true }),
  pod("the image's own user with a group for volumes", {
    imageUser: true,
    securityContext: { fsGroup: 2000 },
  }),
  pod('two users', { imageUser: true, securityContext: { runAsUser: 1000 } }, '.imageUser'),
  pod('a user that is not the image', { imageUser: false, securityContext: { runAsUser: 1000 } }),
  pod(
    'a kernel parameter that is not safe',
    { sysctls: [{ name: 'net.core.somaxconn', value: '1024' }] },
    '.sysctls[0].name',
  ),
  pod('a range of ports', { sysctls: [{ name: 'net.ipv4.ip_local_port_range', value: '1024 65535' }] }),
  pod('an end of nothing', { lifecycle: { preStop: {} } }, '.lifecycle.preStop'),
  pod(
    'an end of two things',
    { lifecycle: { preStop: { sleep: { seconds: 1 }, exec: { command: ['a'] } } } },
    '.lifecycle.preStop',
  ),
  pod(
    'a sleep of no time',
    { lifecycle: { preStop: { sleep: { seconds: 0 } } } },
    '.lifecycle.preStop.sleep.seconds',
  ),
  pod('a lifecycle that says nothing', { lifecycle: {} }),
];

const probed = (name: string, readiness: object, field?: string) => {
  const spec = { observability: { healthProbes: { readiness } } };
  const place = 'spec.observability.healthProbes.readiness';
  return field === undefined ? good(name, spec) : bad(name, `${place}${field}`, spec);
};
const beside = (name: string, more: object, field?: string) =>
  pod(name, { sidecars: [{ name: 'proxy', image: IMAGE, ...more }] }, field && `.sidecars[0]${field}`);
const probes = [
  probed('a probe that is off', { enabled: false }),
  probed('a probe with the header of a host', {
    path: '/health',
    httpHeaders: [{ name: 'Host', value: 'localhost' }],
  }),
  probed('a probe of a path and a command', { path: '/', exec: { command: ['a'] } }, ''),
  probed('a probe of a path and by gRPC', { path: '/', grpc: {} }, ''),
  probed('a probe by gRPC at a port', { grpc: {}, port: 9000 }),
  probed('a scheme without a path', { scheme: 'HTTPS' }, '.path'),
  probed('headers without a path', { httpHeaders: [{ name: 'Host', value: 'a' }] }, '.path'),
  probed('a command at a port', { exec: { command: ['a'] }, port: 80 }, '.port'),
  probed('a command of nothing', { exec: { command: [] } }, '.exec.command'),
  probed(
    'a header of two lines',
    { path: '/', httpHeaders: [{ name: 'Host', value: 'a\r\nX: b' }] },
    '.httpHeaders[0].value',
  ),
  probed(
    'a header with a blank in its name',
    { path: '/', httpHeaders: [{ name: 'My Host', value: 'a' }] },
    '.httpHeaders[0].name',
  ),
  beside('a sidecar that a server waits for', {
    startupProbe: { httpGet: { path: '/startup', port: 9801 } },
    ports: [{ containerPort: 9801 }],
  }),
  beside('a sidecar asked by the name of its port', {
    readinessProbe: { tcpSocket: { port: 'http' } },
    ports: [{ name: 'http', containerPort: 9801 }],
  }),
  beside('a probe of nothing', { startupProbe: { periodSeconds: 1 } }, '.startupProbe'),
  beside(
    'a probe of two things',
    { startupProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 } } },
    '.startupProbe',
  ),
  beside(
    'a probe of a port that is a number in quotes',
    { startupProbe: { tcpSocket: { port: '9801' } } },
    '.startupProbe.tcpSocket.port',
  ),
  beside('a probe of a port 0', { startupProbe: { httpGet: { port: 0 } } }, '.startupProbe.httpGet.port'),
  beside(
    'a start that succeeds twice',
    { startupProbe: { exec: { command: ['a'] }, successThreshold: 2 } },
    '.startupProbe.successThreshold',
  ),
  ...['mcp', 'metrics'].map((name) =>
    beside(`a port of the name ${name}`, { ports: [{ name, containerPort: 9801 }] }, '.ports'),
  ),
  beside(
    'two ports of a name',
    { ports: [9801, 9802].map((containerPort) => ({ name: 'http', containerPort })) },
    '.ports',
  ),
  beside('ports without names', { ports: [{ containerPort: 9801 }, { containerPort: 9802 }] }),
  ...['a--b', '-a', 'a-', '8080', 'A', 'a'.repeat(16)].map((name) =>
    beside(`a port of the name ${name}`, { ports: [{ name, containerPort: 9801 }] }, '.ports[0].name'),
  ),
  ...['a', '8a', 'a-8-b', '1-a'].map((name) =>
    beside(`a port of the name ${name}`, { ports: [{ name, containerPort: 9801 }] }),
  ),
];

const paths = [
  ...['/', '/mcp', '/a/b.c', '/~x!$&()*+,;=:@-_', '/a/'].map((path) => good(`the path ${path}`, { path })),
  ...['mcp', '', '/a b', '/a?b', '/a#b', '/ü', '/a\n', '//a', '/a//b', '/../a', '/.a', '/%2f'].map((path) =>
    bad(`the path ${JSON.stringify(path)}`, 'spec.path', { path }),
  ),
];

const timeouts = (limits: object) => ({ route: { parentRefs: [{ name: 'public' }], timeouts: limits } });

const furtherPaths = [
  ...['/', '/.well-known/a', '/a/.b/', '/a.b', '/a/b..'].map((path) =>
    good(`the further path ${path}`, { route: { parentRefs: [{ name: 'public' }], extraPaths: [path] } }),
  ),
  ...['', 'a', '/.', '/..', '/a/./b', '/a/../b', '/..a', '//', '/%2e', '/a b', '/a\n'].map((path) =>
    bad(`the further path ${JSON.stringify(path)}`, 'spec.route.extraPaths[0]', {
      route: { parentRefs: [{ name: 'public' }], extraPaths: [path] },
    }),
  ),
];

const features = [
  bad('a tag beside a tag', 'spec.imageTag', { imageTag: '2' }),
  bad('a tag beside a digest', 'spec.imageTag', {
    image: `acme/search@sha256:${'a'.repeat(64)}`,
    imageTag: '2',
  }),
  good('a tag for an image of a registry with a port', { image: 'localhost:5000/search', imageTag: '2' }),
  bad('a setting that is no variable', 'spec.config', { config: { '1A': 'x' } }),
  good('a setting that is empty', { config: { A: '' } }),
  bad('a variable in secrets and env', 'spec.secrets', {
    env: [{ name: 'A', value: 'x' }],
    secrets: [{ name: 'A', remoteKey: 'a' }],
    secretStore: { name: 'store' },
  }),
  bad('a role for an account of yours', 'spec.aws', {
    serviceAccountName: 'mine',
    aws: { iamRole: 'arn:aws:iam::123456789012:role/search' },
  }),
  bad('annotations for an account of yours', 'spec.serviceAccount', {
    serviceAccountName: 'mine',
    serviceAccount: { annotations: { a: 'b' } },
  }),
  bad('labels for an account of yours', 'spec.serviceAccount', {
    serviceAccountName: 'mine',
    serviceAccount: { labels: { a: 'b' } },
  }),
  good('a token for an account of yours', {
    serviceAccountName: 'mine',
    serviceAccount: { automountToken: true },
  }),
  bad('both bounds of a budget', 'spec.podDisruptionBudget', {
    podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 },
  }),
  good('a budget of nothing', { podDisruptionBudget: { maxUnavailable: 0 } }),
  good('a whole budget', { podDisruptionBudget: { minAvailable: '100%' } }),
  bad('a budget of more than everything', 'spec.podDisruptionBudget.minAvailable', {
    podDisruptionBudget: { minAvailable: '101%' },
  }),
  good('all old pods first', { strategy: { type: 'Recreate' } }),
  good('an update of no kind that is named', { strategy: {} }),
  good('no pod more', { strategy: { rollingUpdate: { maxSurge: 0 } } }),
  good('no pod less', { strategy: { rollingUpdate: { maxSurge: '1%', maxUnavailable: '0%' } } }),
  ...[
    [0, 0],
    ['0%', 0],
    ['00%', '0%'],
  ].map(([maxSurge, maxUnavailable]) =>
    bad(`an update by ${maxSurge} and ${maxUnavailable}`, 'spec.strategy.rollingUpdate.maxUnavailable', {
      strategy: { rollingUpdate: { maxSurge, maxUnavailable } },
    }),
  ),
  bad('a pace for what is done at once', 'spec.strategy.rollingUpdate', {
    strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } },
  }),
  bad('more pods at least than at most', 'spec.autoscaling.minReplicas', {
    autoscaling: { minReplicas: 3, maxReplicas: 2 },
  }),
  bad('a target of a sidecar that is not there', 'spec.autoscaling', {
    autoscaling: { maxReplicas: 2, containers: [{ name: 'a', targetCPUUtilizationPercentage: 50 }] },
    pod: { sidecars: [{ name: 'b', image: IMAGE }] },
  }),
  bad('a sidecar without a target', 'spec.autoscaling.containers[0]', {
    autoscaling: { maxReplicas: 2, containers: [{ name: 'a' }] },
    pod: { sidecars: [{ name: 'a', image: IMAGE }] },
  }),
  good('pods that only come', {
    autoscaling: { maxReplicas: 2, behavior: { scaleDown: { selectPolicy: 'Disabled' } } },
  }),
  bad('a pace of no policy', 'spec.autoscaling.behavior.scaleUp.policies', {
    autoscaling: { maxReplicas: 2, behavior: { scaleUp: { policies: [] } } },
  }),
  bad('two public paths', 'spec.ingress', { ingress: { path: '/', publicPathPrefix: 'a' } }),
  bad('a further path twice', 'spec.ingress.extraPaths[1]', {
    ingress: { host: 'mcp.acme.com', extraPaths: ['/a', '/a'] },
  }),
  bad('a prefix of two slashes', 'spec.ingress.publicPathPrefix', { ingress: { publicPathPrefix: 'a//b' } }),
  bad('a host with a port', 'spec.ingress.host', { ingress: { host: 'mcp.acme.com:8080' } }),
  bad('a host name twice', 'spec.route.hostnames[1]', {
    route: { parentRefs: [{ name: 'public' }], hostnames: ['a.acme.com', 'a.acme.com'] },
  }),
  ...['0s', '1h30m10s500ms', '99999h'].map((request) =>
    good(`a time limit of ${request}`, timeouts({ request })),
  ),
  ...['', '0', '1.5h', '-1s', '1d', '100000s', '1h1h1h1h1h', '5s\n'].map((request) =>
    bad(`a time limit of ${JSON.stringify(request)}`, 'spec.route.timeouts.request', timeouts({ request })),
  ),
  good('no time limits', timeouts({})),
  good('one attempt that may take as long as all', timeouts({ request: '60s', backendRequest: '1m' })),
  good('one attempt within a request without a limit', timeouts({ request: '0ms', backendRequest: '5s' })),
  bad(
    'one attempt that may take longer than all',
    'spec.route.timeouts.backendRequest',
    timeouts({ request: '59s', backendRequest: '1m' }),
  ),
  bad('labels of the operator on a route', 'spec.route.labels', {
    route: { parentRefs: [{ name: 'public' }], labels: { 'address.mcp.dev/a': '' } },
  }),
  bad('annotations of Metacontroller on a route', 'spec.route.annotations', {
    route: { parentRefs: [{ name: 'public' }], annotations: { 'metacontroller.k8s.io/a': 'b' } },
  }),
  bad('a route to nothing', 'spec.route.parentRefs', { route: { parentRefs: [] } }),
  bad('a peer that is nobody', 'spec.networkPolicy.ingressFrom[0]', { networkPolicy: { ingressFrom: [{}] } }),
  bad('a peer of two sorts', 'spec.networkPolicy.egressTo[0]', {
    networkPolicy: { egressTo: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] },
  }),
  good('a server that is not asked', { verify: { mode: 'Off' } }),
  bad('a server that is asked all the time', 'spec.verify.every', { verify: { every: '10s' } }),
  bad('a server that may take its time', 'spec.verify.timeout', { verify: { timeout: '301s' } }),
  bad('a header with a space', 'spec.verify.headers[0].name', {
    verify: { headers: [{ name: 'X Key', secretKeyRef: { name: 'keys', key: 'a' } }] },
  }),
  bad('a header without a value', 'spec.verify.headers[0].secretKeyRef', {
    verify: { headers: [{ name: 'X-Key' }] },
  }),
  good('nobody in, nobody out', { networkPolicy: { ingressFrom: [], egressTo: [] } }),
  good('DNS of nobody', { networkPolicy: { egressTo: [], dns: { peers: [] } } }),
  good('DNS at another port', { networkPolicy: { egressTo: [], dns: { ports: [5353] } } }),
  bad('DNS at no port', 'spec.networkPolicy.dns.ports', {
    networkPolicy: { egressTo: [], dns: { ports: [] } },
  }),
  bad('DNS at a port twice', 'spec.networkPolicy.dns.ports[1]', {
    networkPolicy: { egressTo: [], dns: { ports: [53, 53] } },
  }),
  bad('DNS at a port that is none', 'spec.networkPolicy.dns.ports[0]', {
    networkPolicy: { egressTo: [], dns: { ports: [0] } },
  }),
  bad('a peer of DNS that is nobody', 'spec.networkPolicy.dns.peers[0]', {
    networkPolicy: { egressTo: [], dns: { peers: [{}] } },
  }),
  bad('DNS beside a way out that is open', 'spec.networkPolicy.dns', {
    networkPolicy: { ingressFrom: [], dns: { ports: [5353] } },
  }),
  bad(
    'values for a key that has to exist',
    'spec.networkPolicy.egressTo[0].podSelector.matchExpressions[0]',
    {
      networkPolicy: {
        egressTo: [{ podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } }],
      },
    },
  ),
  bad('a class of balancers without a balancer', 'spec.service.loadBalancerClass', {
    service: { loadBalancerClass: 'service.k8s.aws/nlb' },
  }),
  bad('a class of balancers for the ports of nodes', 'spec.service.loadBalancerClass', {
    service: { type: 'NodePort', loadBalancerClass: 'service.k8s.aws/nlb' },
  }),
  bad('a class of balancers that is no name', 'spec.service.loadBalancerClass', {
    service: { type: 'LoadBalancer', loadBalancerClass: 'a/b/c' },
  }),
  bad('ranges for a balancer without a balancer', 'spec.service.loadBalancerSourceRanges', {
    service: { type: 'NodePort', loadBalancerSourceRanges: ['203.0.113.0/24'] },
  }),
  bad('ranges for a balancer that are none', 'spec.service.loadBalancerSourceRanges', {
    service: { type: 'LoadBalancer', loadBalancerSourceRanges: [] },
  }),
  bad('a policy for traffic from outside without any', 'spec.service.externalTrafficPolicy', {
    service: { externalTrafficPolicy: 'Local' },
  }),
  bad('the annotation of ranges for a balancer without a balancer', 'spec.service.annotations', {
    service: { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '203.0.113.0/24' } },
  }),
  good('a policy for traffic at the ports of nodes', {
    service: { type: 'NodePort', externalTrafficPolicy: 'Local' },
  }),
  good('a protocol of kgateway', { service: { appProtocol: 'kgateway.dev/mcp' } }),
  bad('a protocol that is an address', 'spec.service.appProtocol', {
    service: { appProtocol: 'http://mcp' },
  }),
  ...['a', '1-a', 'grpc-web', 'a23456789012345', '9p'].map((name) =>
    good(`a port named ${name}`, { ports: [{ name, port: 9000 }] }),
  ),
  ...['', '9000', 'a--b', '-a', 'a-', 'Admin', 'a_b', 'a234567890123456', '1-2'].map((name) =>
    bad(`a port named "${name}"`, 'spec.ports[0].name', { ports: [{ name, port: 9000 }] }),
  ),
  bad('a port of the name of the server', 'spec.ports', { ports: [{ name: 'mcp', port: 9000 }] }),
  bad('a port of the name of the metrics', 'spec.ports', { ports: [{ name: 'metrics', port: 9000 }] }),
  bad('two ports of one name', 'spec.ports[1]', {
    ports: [
      { name: 'a', port: 9000 },
      { name: 'a', port: 9001 },
    ],
  }),
  bad('a label of the operator everywhere', 'spec.extraLabels', {
    extraLabels: { 'mcp.dev/server': 'other' },
  }),
  bad('a label of an address everywhere', 'spec.extraLabels', {
    extraLabels: { 'address.mcp.dev/0123456789abcdef0123456789abcdef': '' },
  }),
  bad('a label by which Metacontroller selects', 'spec.service.labels', {
    service: { labels: { 'controller-uid': 'other' } },
  }),
  bad('an annotation of Metacontroller everywhere', 'spec.extraAnnotations', {
    extraAnnotations: { 'metacontroller.k8s.io/last-applied-configuration': '{}' },
  }),
  ...[
    'eks.amazonaws.com/role-arn',
    'nginx.ingress.kubernetes.io/server-alias',
    'traefik.ingress.kubernetes.io/router.middlewares',
    'kubernetes.io/ingress.class',
    'deployment.kubernetes.io/revision',
    'autoscaling.alpha.kubernetes.io/conditions',
    'service.beta.kubernetes.io/load-balancer-source-ranges',
  ].map((key) =>
    bad(`the annotation ${key} everywhere`, 'spec.extraAnnotations', { extraAnnotations: { [key]: 'x' } }),
  ),
  bad('a sampling rate of more than all', 'spec.observability.tracing.samplingRate', {
    observability: { tracing: { endpoint: 'http://otel:4317', samplingRate: '1.5' } },
  }),
  good('a collector without a scheme', {
    observability: { tracing: { endpoint: 'otel-collector.observability:4317' } },
  }),
  bad('a collector of another scheme', 'spec.observability.tracing.endpoint', {
    observability: { tracing: { endpoint: 'grpc://otel:4317' } },
  }),
  bad('labels of the operator on a ServiceMonitor', 'spec.observability.metrics.labels', {
    observability: { metrics: { labels: { 'mcp.dev/server': 'other' } } },
  }),
  pod(
    'a container of the name of the server',
    { sidecars: [{ name: 'mcp-server', image: IMAGE }] },
    '.sidecars',
  ),
  pod(
    'a sidecar of the name of an init container',
    { sidecars: [{ name: 'a', image: IMAGE }], initContainers: [{ name: 'a', image: IMAGE }] },
    '.sidecars',
  ),
  pod(
    'a sidecar that mounts what is not there',
    { sidecars: [{ name: 'a', image: IMAGE, volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
    '.sidecars',
  ),
  pod('a volume of the name of the bundle', { volumes: [{ name: 'mcp-trust', emptyDir: {} }] }, '.volumes'),
  pod('a volume of the name of the config', { volumes: [{ name: 'mcp-config', emptyDir: {} }] }, '.volumes'),
];

const shapes: AgreementCase[] = [
  { name: 'no spec', object: {}, valid: false, field: 'spec' },
  { name: 'a spec that is null', object: { spec: null }, valid: false, field: 'spec' },
  { name: 'a spec that is a string', object: { spec: 'image: x' }, valid: false, field: 'spec' },
  { name: 'a spec that is a list', object: { spec: [] }, valid: false, field: 'spec' },
  { name: 'an empty spec', object: { spec: {} }, valid: false, field: 'spec.image' },
  bad('an image that is null', 'spec.image', { image: null }),
  good('fields that are null', {
    replicas: null,
    command: null,
    pod: null,
    env: [{ name: 'A', value: null, valueFrom: null }],
    resources: { requests: { cpu: null }, limits: null },
  }),
  good('nulls where one of several fields is wanted', {
    envFrom: [{ secretRef: { name: 'a' }, configMapRef: null }],
    pod: { volumes: [{ name: 'v', emptyDir: {}, hostPath: null }] },
  }),
  bad('a list entry that is null', 'spec.args[1]', { args: ['a', null] }),
  good('a whole number written as a fraction', { port: 8080.0 }),
  bad('a scheme in lower case', 'spec.scheme', { scheme: 'https' }),
  good('a CA of a server that ends TLS itself', { scheme: 'HTTPS', backendTLS: { caConfigMap: 'ca' } }),
  good('a CA of a server whose Service is at 443', { servicePort: 443, backendTLS: { caConfigMap: 'ca' } }),
  good('a name that public CAs sign', { scheme: 'HTTPS', backendTLS: { hostname: 'search.acme.com' } }),
  bad('a CA of a server that speaks HTTP', 'spec.backendTLS', { backendTLS: { caConfigMap: 'ca' } }),
  bad('a CA of a server that speaks HTTP at 443', 'spec.backendTLS', {
    scheme: 'HTTP',
    servicePort: 443,
    backendTLS: { caConfigMap: 'ca' },
  }),
  bad('neither a CA nor a name', 'spec.backendTLS', { scheme: 'HTTPS', backendTLS: {} }),
  bad('a name that is a wildcard', 'spec.backendTLS.hostname', {
    scheme: 'HTTPS',
    backendTLS: { hostname: '*.acme.com' },
  }),
];

const npm = { npm: '@acme/search', version: '1.2.3' };
const packaged = (name: string, spec: object): AgreementCase => ({ name, object: { spec }, valid: true });
const mispackaged = (name: string, field: string, spec: object): AgreementCase => ({
  name,
  object: { spec },
  valid: false,
  field,
});
const speaking = (stdio: object) => ({ transport: 'stdio', command: ['search'], stdio });

const stdio: AgreementCase[] = [
  good('a server that speaks stdio', { transport: 'stdio', command: ['search'] }),
  bad('a transport that nobody knows', 'spec.transport', { transport: 'websocket' }),
  bad('stdio without a command', 'spec.command', { transport: 'stdio', args: ['stdio'] }),
  bad('stdio with an empty command', 'spec.command', { transport: 'stdio', command: [] }),
  bad('stdio by TLS', 'spec.scheme', { transport: 'stdio', command: ['search'], scheme: 'HTTPS' }),
  bad('a certificate of a server that speaks stdio', 'spec.backendTLS', {
    transport: 'stdio',
    command: ['search'],
    servicePort: 443,
    backendTLS: { caConfigMap: 'ca' },
  }),
  bad('options of stdio beside another transport', 'spec.stdio', { stdio: { sessions: 'Shared' } }),
  bad('sessions of another form', 'spec.stdio.sessions', speaking({ sessions: 'PerRequest' })),
  ...['10m', '90s', '24h'].map((idleTimeout) =>
    good(`sessions that end after ${idleTimeout}`, speaking({ idleTimeout })),
  ),
  ...['0s', '25h', '10', '1d'].map((idleTimeout) =>
    bad(`sessions that end after ${idleTimeout}`, 'spec.stdio.idleTimeout', speaking({ idleTimeout })),
  ),
  packaged('a package of npm', { package: npm }),
  packaged('a package of PyPI', { package: { pypi: 'mcp-server-time', version: '2026.8.31' } }),
  packaged('a package with options of stdio', { package: npm, stdio: { sessions: 'Shared' } }),
  packaged('a package that serves HTTP', { package: npm, transport: 'http', args: ['--http'] }),
  packaged('a package by a range', { package: { npm: 'search', version: '^1.2' } }),
  mispackaged('a package that serves HTTP with options of stdio', 'spec.stdio', {
    package: npm,
    transport: 'http',
    stdio: {},
  }),
  bad('an image and a package', 'spec.image', { package: npm }),
  mispackaged('a package with a command', 'spec.command', { package: npm, command: ['search'] }),
  mispackaged('a package with the tag of an image', 'spec.imageTag', { package: npm, imageTag: '1' }),
  mispackaged('a package of no registry', 'spec.package', { package: { version: '1.2.3' } }),
  mispackaged('a package of two registries', 'spec.package', { package: { ...npm, pypi: 'search' } }),
  mispackaged('a package without a version', 'spec.package.version', { package: { npm: 'search' } }),
  ...['--registry=https://evil.com', 'https://evil.com/a.tgz', '../search', 'npm:other', ''].map((version) =>
    mispackaged(`the version ${version}`, 'spec.package.version', { package: { npm: 'search', version } }),
  ),
  ...['1.0.0-x.tgz', '1.0.0+x.TAR', '1.0.0-x.tar.gz', 'latest.tgz', '1.0.0 || x.tgz'].map((version) =>
    mispackaged(`the file ${version}`, 'spec.package.version', { package: { npm: 'search', version } }),
  ),
  packaged('a version that is like a file', { package: { npm: 'search', version: '1.0.0-tgz' } }),
  ...['Search', '@acme', '@acme/', '../search', 'search@1', '-g/search', 'a b'].map((name) =>
    mispackaged(`the npm package ${name}`, 'spec.package.npm', { package: { npm: name, version: '1.2.3' } }),
  ),
  ...['-search', 'search[all]', 'search @ https://evil.com', 'search;a'].map((name) =>
    mispackaged(`the PyPI package ${name}`, 'spec.package.pypi', {
      package: { pypi: name, version: '1.2.3' },
    }),
  ),
  mispackaged('a command that is a path', 'spec.package.executable', {
    package: { ...npm, executable: '../sh' },
  }),
];

export const cases: AgreementCase[] = [
  ...stdio,
  ...Object.entries(fullSpecs).map(([name, spec]) => packaged(`all is well: ${name}`, spec)),
  ...names,
  ...images,
  ...amounts,
  ...environment,
  ...pods,
  ...nodes,
  ...resolvers,
  ...settled,
  ...probes,
  ...paths,
  ...furtherPaths,
  ...features,
  ...shapes,
  ...generate(MCPServerSpec, fullSpecs),
];

/** Fields that no MCPServer has: the API server drops them, `kubectl apply` and `smooth-operator validate` refuse them. */
export const unknownFields: { name: string; spec: object; field: string }[] = [
  { name: 'in the spec', spec: { imagee: 'x' }, field: 'spec.imagee' },
  { name: 'in an entry of a list', spec: { env: [{ name: 'A', valeu: 'x' }] }, field: 'spec.env[0].valeu' },
  { name: 'in the pod', spec: { pod: { hostNetwork: true } }, field: 'spec.pod.hostNetwork' },
  {
    name: 'of the spec in the pod',
    spec: { pod: { minReadySeconds: 5 } },
    field: 'spec.pod.minReadySeconds',
  },
  {
    name: 'of a sidecar in an init container',
    spec: { pod: { initContainers: [{ name: 'a', image: IMAGE, startupProbe: {} }] } },
    field: 'spec.pod.initContainers[0].startupProbe',
  },
  {
    name: 'deep in a volume',
    spec: {
      pod: { volumes: [{ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: 'p', mod: 1 }] } }] },
    },
    field: 'spec.pod.volumes[0].configMap.items[0].mod',
  },
];
