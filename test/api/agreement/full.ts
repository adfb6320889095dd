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

export const fullSpecs: Record<string, MCPServerSpec> = {
  minimal: { image: IMAGE } as MCPServerSpec,
  full: {
    image: IMAGE,
    imagePullPolicy: 'IfNotPresent',
    imagePullSecrets: [{ name: 'registry.acme.com' }],
    command: ['node'],
    args: ['server.js', '--verbose'],
    env: [
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
    ],
    envFrom: [
      { prefix: 'A_', configMapRef: { name: 'settings', optional: true } },
      { secretRef: { name: 'keys', optional: true } },
    ],
    secretName: 'keys',
    replicas: 3,
    port: 8080,
    servicePort: 80,
    transport: 'sse',
    path: '/events',
    resources: { requests: { cpu: '50m', memory: 67108864 }, limits: { cpu: 1, memory: '128Mi' } },
    serviceAccountName: 'reader',
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
      terminationGracePeriodSeconds: 60,
      volumes,
      volumeMounts: [{ name: 'scratch', mountPath: '/scratch', subPath: 'a/b', readOnly: false }],
      securityContext: {
        runAsUser: 2000,
        runAsGroup: 2000,
        runAsNonRoot: true,
        fsGroup: 2000,
        fsGroupChangePolicy: 'OnRootMismatch',
        supplementalGroups: [3000],
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containerSecurityContext: {
        runAsUser: 2000,
        runAsGroup: 2000,
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        privileged: false,
        readOnlyRootFilesystem: true,
        capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
        seccompProfile: { type: 'Localhost', localhostProfile: 'profiles/mcp.json' },
      },
    },
  },
  'pod seccomp': {
    image: IMAGE,
    pod: { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'mcp.json' } } },
  } as MCPServerSpec,
};
