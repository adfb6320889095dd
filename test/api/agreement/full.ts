/** Good specs that have every field of an MCPServer between them; `cases.ts` breaks each field in turn. */
import type { MCPServerSpec } from '../../../src/api/mcpserver.ts';

export const IMAGE = 'ghcr.io/acme/search:1.2.3';

/** One entry for every way to fill a volume, for only one way per volume is allowed. */
const volumes: NonNullable<NonNullable<MCPServerSpec['pod']>['volumes']> = [
  { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  {
    name: 'settings',
    configMap: {
      name: 'settings',
      items: [{ key: 'a.json', path: 'conf/a.json', mode: 420 }],
      defaultMode: 420,
      optional: true,
    },
  },
  {
    name: 'keys',
    secret: {
      secretName: 'keys',
      items: [{ key: 'tls.key', path: 'tls.key', mode: 256 }],
      defaultMode: 256,
      optional: false,
    },
  },
  {
    name: 'gathered',
    projected: {
      defaultMode: 420,
      sources: [
        { configMap: { name: 'a', items: [{ key: 'a', path: 'a', mode: 420 }], optional: true } },
        { secret: { name: 'b', items: [{ key: 'b', path: 'b', mode: 256 }], optional: true } },
        { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        { serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } },
      ],
    },
  },
  {
    name: 'about',
    downwardAPI: {
      items: [{ path: 'name', fieldRef: { fieldPath: "metadata.annotations['acme.com/team']" } }],
      defaultMode: 292,
    },
  },
  { name: 'claim', persistentVolumeClaim: { claimName: 'data', readOnly: true } },
  {
    name: 'inline',
    csi: {
      driver: 'secrets-store.csi.k8s.io',
      readOnly: true,
      fsType: 'ext4',
      volumeAttributes: { secretProviderClass: 'acme' },
    },
  },
  { name: 'share', nfs: { server: 'nfs.acme.com', path: '/exports/data', readOnly: true } },
  { name: 'node', hostPath: { path: '/var/log', type: 'Directory' } },
];

const env = [
  { name: 'PLAIN', value: 'value' },
  {
    name: 'FROM_SECRET',
    valueFrom: { secretKeyRef: { name: 'keys', key: 'api.key', optional: true } },
  },
  {
    name: 'FROM_CONFIG',
    valueFrom: { configMapKeyRef: { name: 'settings', key: 'level', optional: false } },
  },
  { name: 'FROM_FIELD', valueFrom: { fieldRef: { fieldPath: "metadata.labels['acme.com/team']" } } },
  {
    name: 'FROM_AMOUNT',
    valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
  },
];

const envFrom = [
  { prefix: 'A_', configMapRef: { name: 'settings', optional: true } },
  { secretRef: { name: 'keys', optional: true } },
];

const containerSecurityContext = {
  runAsUser: 2000,
  runAsGroup: 2000,
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
  seccompProfile: { type: 'Localhost', localhostProfile: 'profiles/mcp.json' },
};

const container = {
  image: 'ghcr.io/acme/helper:1',
  imagePullPolicy: 'Always',
  command: ['sh'],
  args: ['-c', 'true'],
  env,
  envFrom,
  resources: { requests: { cpu: '10m' }, limits: { cpu: '10m' } },
  volumeMounts: [{ name: 'scratch', mountPath: '/scratch', subPath: 'a', readOnly: true }],
  securityContext: containerSecurityContext,
};
const selector = {
  matchLabels: { app: 'client' },
  matchExpressions: [{ key: 'team', operator: 'In', values: ['find'] }],
};
const peer = { podSelector: selector, namespaceSelector: selector };
const range = { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } };

const probe = {
  enabled: true,
  path: '/healthz',
  port: 8081,
  scheme: 'HTTPS',
  httpHeaders: [{ name: 'Host', value: 'localhost' }],
  initialDelaySeconds: 1,
  periodSeconds: 5,
  timeoutSeconds: 2,
  failureThreshold: 60,
};

const nodeTerm = {
  matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] }],
  matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['node-1'] }],
};

const handlers = [
  { exec: { command: ['/bin/flush', '--all'] } },
  {
    httpGet: {
      path: '/stop',
      port: 8081,
      scheme: 'HTTP',
      httpHeaders: [{ name: 'Host', value: 'localhost' }],
    },
  },
  { sleep: { seconds: 5 } },
];

/** Of a container beside the server's, which names its port. */
const httpGet = {
  path: '/startup',
  port: 9801,
  scheme: 'HTTPS',
  httpHeaders: [{ name: 'Host', value: 'localhost' }],
};
const actions = [
  { httpGet },
  { tcpSocket: { port: 9801 } },
  { exec: { command: ['/bin/healthy'] } },
  { grpc: { port: 9801, service: 'proxy' } },
];
const timings = { initialDelaySeconds: 1, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 60 };
const hooks = [{ httpGet }, ...handlers.filter((one) => !('httpGet' in one))];

const pace = {
  stabilizationWindowSeconds: 60,
  selectPolicy: 'Min',
  policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
};

const fullFeatures = {
  registryOverride: 'registry.acme.com:5000/mirror',
  useProvisionedRegistry: true,
  config: { LOG_LEVEL: 'debug', 'retry.count': 3 },
  secrets: [
    { name: 'API_KEY', remoteKey: 'search/api', property: 'key' },
    { name: 'TRACE_KEY', remoteKey: 'search/trace', optional: true },
  ],
  secretStore: { name: 'vault', kind: 'ClusterSecretStore' },
  type: 'internal-api',
  verify: {
    mode: 'Require',
    every: '6h',
    timeout: '10s',
    headers: [
      { name: 'Authorization', secretKeyRef: { name: 'search-client', key: 'header', optional: true } },
    ],
  },
  litellm: {
    autoRegister: true,
    allowedUserGroups: ['research', 'sales@acme.com'],
    allowedTools: ['search', 'read:page'],
    description: 'Searches the catalog: "things" and their prices',
  },
  scheme: 'HTTPS',
  backendTLS: { caConfigMap: 'search-ca', hostname: 'search.acme.internal' },
  sessions: 'Stateless',
  serviceAccount: { automountToken: true },
  service: {
    type: 'LoadBalancer',
    labels: { 'acme.com/discover': 'yes' },
    annotations: { 'acme.com/note': 'internal' },
    appProtocol: 'agentgateway.dev/mcp',
    sessionAffinity: 'ClientIP',
    externalTrafficPolicy: 'Local',
    loadBalancerClass: 'service.k8s.aws/nlb',
    loadBalancerSourceRanges: ['203.0.113.0/24', 'fd00::/8'],
  },
  ports: [
    { name: 'admin', port: 9901 },
    { name: 'grpc-1', port: 9000, servicePort: 9001, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' },
  ],
  extraLabels: { 'cost-center': '12345', 'acme.com/team': 'search' },
  extraAnnotations: { 'acme.com/owner': 'search@acme.com' },
  podDisruptionBudget: { enabled: true, minAvailable: '50%' },
  autoscaling: {
    minReplicas: 2,
    maxReplicas: 5,
    targetCPUUtilizationPercentage: 70,
    targetMemoryUtilizationPercentage: 80,
    containers: [
      { name: 'proxy', targetCPUUtilizationPercentage: 70, targetMemoryUtilizationPercentage: 80 },
    ],
    behavior: { scaleUp: pace, scaleDown: pace },
  },
  affinity: {
    podAntiAffinity: 'Preferred',
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodeTerm] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference: nodeTerm }],
    },
  },
  ingress: {
    host: 'mcp.acme.com',
    path: '/events',
    extraPaths: ['/.well-known/oauth-protected-resource/events', '/authorize'],
    className: 'nginx',
    annotations: { 'acme.com/note': 'public' },
    tlsSecretName: 'mcp-tls',
  },
  route: {
    parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https', port: 443 }],
    hostnames: ['mcp.acme.com', '*.acme.com'],
    path: '/',
    extraPaths: ['/.well-known/oauth-protected-resource'],
    scheme: 'https',
    labels: { team: 'search' },
    annotations: { 'acme.com/note': 'public' },
    timeouts: { request: '1h30m', backendRequest: '90s' },
  },
  networkPolicy: {
    ingressFrom: [peer, range],
    egressTo: [{ ...peer, ports: [{ port: 443, protocol: 'TCP' }] }, range],
    dns: { ports: [53, 5353], peers: [peer, range] },
  },
  observability: {
    metrics: {
      enabled: true,
      port: 9090,
      path: '/metrics',
      interval: '30s',
      labels: { release: 'prometheus' },
    },
    tracing: { enabled: true, endpoint: 'http://otel:4317', samplingRate: '10%' },
    healthProbes: {
      liveness: probe,
      readiness: probe,
      startup: probe,
    },
  },
};

export const fullSpecs: Record<string, object> = {
  minimal: { image: IMAGE },
  stdio: {
    image: IMAGE,
    transport: 'stdio',
    command: ['node', '/app/server.js'],
    stdio: {
      sessions: 'PerSession',
      maxSessions: 20,
      spareProcesses: 2,
      idleTimeout: '10m',
      startTimeout: '90s',
      requestTimeout: '1h',
      allowedHosts: ['app.acme.com', '*'],
      userHeader: 'X-Forwarded-User',
    },
  },
  npm: { package: { npm: '@acme/search', version: '1.2.3-rc.1', executable: 'search' }, transport: 'stdio' },
  pypi: { package: { pypi: 'Acme.Search_server', version: '1.0rc1' } },
  full: {
    image: IMAGE,
    imagePullPolicy: 'IfNotPresent',
    imagePullSecrets: [{ name: 'registry.acme.com' }],
    command: ['node'],
    args: ['server.js', '--verbose'],
    env,
    envFrom,
    secretName: 'keys',
    replicas: 3,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
    minReadySeconds: 10,
    port: 8080,
    servicePort: 80,
    transport: 'sse',
    path: '/events',
    resources: { requests: { cpu: '50m', memory: 67108864 }, limits: { cpu: 1, memory: '128Mi' } },
    serviceAccountName: 'reader',
    ...fullFeatures,
    pod: {
      labels: { team: 'search', 'acme.com/tier': 'gold' },
      annotations: { 'acme.com/note': 'any text: at all' },
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [
        {
          key: 'dedicated',
          operator: 'Equal',
          value: 'mcp',
          effect: 'NoExecute',
          tolerationSeconds: 60,
        },
      ],
      topologySpreadConstraints: [
        { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 },
      ],
      priorityClassName: 'high',
      runtimeClassName: 'gvisor',
      dnsPolicy: 'None',
      dnsConfig: {
        nameservers: ['10.0.0.10', 'fd00::a'],
        searches: ['corp.example.com', 'example.com.'],
        options: [{ name: 'ndots', value: '1' }, { name: 'rotate' }],
      },
      hostAliases: [{ ip: '10.1.2.3', hostnames: ['idp.example.com', 'idp'] }],
      shareProcessNamespace: true,
      sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      lifecycle: { postStart: handlers[1], preStop: handlers[0] },
      imageUser: false,
      terminationGracePeriodSeconds: 60,
      volumes,
      volumeMounts: [{ name: 'scratch', mountPath: '/scratch', subPath: 'a/b', readOnly: false }],
      initContainers: [{ name: 'prepare', ...container }],
      sidecars: [
        {
          name: 'proxy',
          ...container,
          ports: [{ name: 'health', containerPort: 9801, protocol: 'TCP' }],
          startupProbe: { ...actions[0], ...timings, successThreshold: 1 },
          readinessProbe: { ...actions[0], ...timings, successThreshold: 2 },
          livenessProbe: { ...actions[0], ...timings, successThreshold: 1 },
          lifecycle: { postStart: hooks[0], preStop: hooks[0] },
        },
      ],
      securityContext: {
        runAsUser: 2000,
        runAsGroup: 2000,
        runAsNonRoot: true,
        fsGroup: 2000,
        fsGroupChangePolicy: 'OnRootMismatch',
        supplementalGroups: [3000],
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containerSecurityContext,
    },
  },
  identity: {
    image: IMAGE,
    aws: { iamRole: 'arn:aws:iam::123456789012:role/team/search' },
    serviceAccount: {
      labels: { 'azure.workload.identity/use': 'true' },
      annotations: { 'iam.gke.io/gcp-service-account': 'search@acme.iam' },
    },
  },
  'a tag apart and a public prefix': {
    image: 'ghcr.io/acme/search',
    imageTag: '1.2.3',
    podDisruptionBudget: { maxUnavailable: 1 },
    ingress: { publicPathPrefix: 'tools/search' },
  },
  ...Object.fromEntries(
    [{ exec: { command: ['/bin/healthy'] } }, { grpc: { service: 'mcp' } }].map((one) => [
      `probes of ${Object.keys(one)}`,
      { image: IMAGE, observability: { healthProbes: { liveness: one, readiness: one, startup: one } } },
    ]),
  ),
  ...Object.fromEntries(
    actions.map((one) => [
      `sidecar probes of ${Object.keys(one)}`,
      {
        image: IMAGE,
        pod: {
          sidecars: [
            { name: 'proxy', image: IMAGE, startupProbe: one, readinessProbe: one, livenessProbe: one },
          ],
        },
      },
    ]),
  ),
  ...Object.fromEntries(
    hooks.map((one) => [
      `a sidecar lifecycle of ${Object.keys(one)}`,
      {
        image: IMAGE,
        pod: { sidecars: [{ name: 'proxy', image: IMAGE, lifecycle: { postStart: one, preStop: one } }] },
      },
    ]),
  ),
  ...Object.fromEntries(
    handlers.map((one) => [
      `a lifecycle of ${Object.keys(one)}`,
      { image: IMAGE, pod: { lifecycle: { postStart: one, preStop: one } } },
    ]),
  ),
  'pod seccomp': {
    image: IMAGE,
    pod: { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'mcp.json' } } },
  },
};
