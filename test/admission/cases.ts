/** Good and bad servers for each rule of a policy: for the functions, the webhook and the API server's own policies alike. */
import { POD_OVERRIDES, type Policy } from '../../src/api/policy.ts';

export interface PolicyCase {
  name: string;
  policy: Policy;
  environment?: Record<string, string>;
  servers: { spec: object; namespace?: string; refused: string[] }[];
}

const IMAGE = 'registry.example.com/search:1.2.3';

export function serverOf(spec: object, namespace = 'default', name = 'search') {
  return {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name, namespace, uid: 'uid', generation: 1 },
    spec: { image: IMAGE, ...spec },
  };
}

const beside = (kind: 'sidecars' | 'initContainers', more: object) => ({
  pod: { [kind]: [{ name: 'helper', image: IMAGE, ...more }] },
});

const packaged = (more: object) => ({ image: undefined, package: { version: '1.2.3', ...more } });

/** Such as look like one version, and are none to npm. */
const TAGS = ['1.2.3-..', '1.2.3-a..b', '1.2.3-', '1.2.3+', '01.2.3', '1.2.3-01', '9007199254740992.0.0'];

export const cases: PolicyCase[] = [
  {
    name: 'images come from approved registries',
    policy: { allowedRegistries: ['registry.example.com', 'ghcr.io/acme'] },
    servers: [
      { spec: {}, refused: [] },
      { spec: { image: 'ghcr.io/acme/search:1' }, refused: [] },
      { spec: { image: 'ghcr.io/other/search:1' }, refused: ['spec.image'] },
      { spec: { image: 'nginx:1' }, refused: ['spec.image'] },
      { spec: { image: 'registry.example.com.evil.com/search:1' }, refused: ['spec.image'] },
      { spec: { image: 'nginx:1', registryOverride: 'registry.example.com' }, refused: [] },
      { spec: { registryOverride: 'evil.com' }, refused: ['spec.image'] },
      { spec: beside('sidecars', { image: 'evil.com/a:1' }), refused: ['spec.pod.sidecars[0].image'] },
      {
        spec: beside('initContainers', { image: 'evil.com/a:1' }),
        refused: ['spec.pod.initContainers[0].image'],
      },
    ],
  },
  {
    name: 'Docker Hub has two names',
    policy: { allowedRegistries: ['index.docker.io/acme'] },
    servers: [
      { spec: { image: 'acme/search:1' }, refused: [] },
      { spec: { image: 'index.docker.io/acme/search:1' }, refused: [] },
      { spec: { image: 'docker.io/other/search:1' }, refused: ['spec.image'] },
    ],
  },
  {
    name: 'what begins like Docker Hub is a registry of its own',
    policy: { allowedRegistries: ['index.docker.io:5000/acme', 'index.docker.io.example.com'] },
    servers: [
      { spec: { image: 'index.docker.io:5000/acme/search:1' }, refused: [] },
      { spec: { image: 'docker.io:5000/acme/search:1' }, refused: ['spec.image'] },
      { spec: { image: 'index.docker.io.example.com/search:1' }, refused: [] },
      { spec: { image: 'docker.io.example.com/search:1' }, refused: ['spec.image'] },
      { spec: { image: 'acme/search:1' }, refused: ['spec.image'] },
    ],
  },
  {
    name: 'images are judged after the provisioned registry has taken its place',
    policy: { allowedRegistries: ['mirror.example.com'] },
    environment: { PROVISIONED_REGISTRY_URL: 'mirror.example.com/all' },
    servers: [
      { spec: { image: 'evil.com/search:1' }, refused: ['spec.image'] },
      { spec: { image: 'evil.com/search:1', useProvisionedRegistry: true }, refused: [] },
    ],
  },
  {
    name: 'images have a tag that stays',
    policy: { requireImageTag: true },
    servers: [
      { spec: {}, refused: [] },
      { spec: { image: 'acme/search' }, refused: ['spec.image'] },
      { spec: { image: 'acme/search:latest' }, refused: ['spec.image'] },
      { spec: { image: 'localhost:5000/search' }, refused: ['spec.image'] },
      { spec: { image: 'acme/search', imageTag: '1' }, refused: [] },
      { spec: { image: 'acme/search', imageTag: 'latest' }, refused: ['spec.image'] },
      { spec: { image: `acme/search@sha256:${'0'.repeat(64)}` }, refused: [] },
      { spec: { image: `acme/search:latest@sha256:${'0'.repeat(64)}` }, refused: [] },
      { spec: beside('sidecars', { image: 'acme/proxy' }), refused: ['spec.pod.sidecars[0].image'] },
    ],
  },
  {
    name: 'containers have limits',
    policy: { resources: { requireLimits: ['cpu', 'memory'] } },
    servers: [
      { spec: {}, refused: [] },
      { spec: { resources: { limits: { memory: '1Gi' } } }, refused: ['spec.resources.limits.cpu'] },
      {
        spec: { resources: { limits: { cpu: '0', memory: '1Gi' } } },
        refused: ['spec.resources.limits.cpu'],
      },
      {
        spec: { resources: { requests: { cpu: '1' } } },
        refused: ['spec.resources.limits.cpu', 'spec.resources.limits.memory'],
      },
      {
        spec: beside('sidecars', { resources: { limits: { cpu: '1' } } }),
        refused: ['spec.pod.sidecars[0].resources.limits.memory'],
      },
    ],
  },
  {
    name: 'limits stay under a ceiling',
    policy: { resources: { maxLimits: { cpu: '2', memory: '1Gi' } } },
    servers: [
      { spec: {}, refused: [] },
      { spec: { resources: { limits: { cpu: '2000m', memory: '1024Mi' } } }, refused: [] },
      {
        spec: { resources: { limits: { cpu: '2001m', memory: '1Gi' } } },
        refused: ['spec.resources.limits.cpu'],
      },
      { spec: { resources: { limits: { cpu: 1, memory: 0 } } }, refused: ['spec.resources.limits.memory'] },
      {
        spec: { resources: { limits: { cpu: 3, memory: '2G' } } },
        refused: ['spec.resources.limits.cpu', 'spec.resources.limits.memory'],
      },
      {
        spec: beside('initContainers', { resources: { limits: { memory: '4Gi' } } }),
        refused: ['spec.pod.initContainers[0].resources.limits.memory'],
      },
    ],
  },
  {
    name: 'servers are not stopped',
    policy: { allowScaleToZero: false },
    servers: [
      { spec: {}, refused: [] },
      { spec: { replicas: 2 }, refused: [] },
      { spec: { replicas: 0 }, refused: ['spec.replicas'] },
    ],
  },
  {
    name: 'servers may be stopped',
    policy: { allowScaleToZero: true },
    servers: [{ spec: { replicas: 0 }, refused: [] }],
  },
  {
    name: 'transports are approved',
    policy: { allowedTransports: ['http'] },
    servers: [
      { spec: {}, refused: [] },
      { spec: { transport: 'sse' }, refused: ['spec.transport'] },
      { spec: { transport: 'stdio', command: ['search'] }, refused: ['spec.transport'] },
      { spec: packaged({ npm: 'search' }), refused: ['spec.transport'] },
      { spec: { ...packaged({ npm: 'search' }), transport: 'http' }, refused: [] },
    ],
  },
  {
    name: 'packages are approved',
    policy: { packages: { allowed: ['npm:@acme/*', 'npm:search', 'pypi:Acme_search-*'] } },
    servers: [
      { spec: {}, refused: [] },
      { spec: packaged({ npm: '@acme/search' }), refused: [] },
      { spec: packaged({ npm: 'search' }), refused: [] },
      { spec: packaged({ pypi: 'acme.search.server' }), refused: [] },
      { spec: packaged({ pypi: `acme${'._-'.repeat(60)}search-server` }), refused: [] },
      { spec: packaged({ npm: '@acme.evil/search' }), refused: ['spec.package.npm'] },
      { spec: packaged({ npm: 'search-2' }), refused: ['spec.package.npm'] },
      { spec: packaged({ pypi: 'search' }), refused: ['spec.package.pypi'] },
    ],
  },
  {
    name: 'no package is approved',
    policy: { packages: { allowed: [] } },
    servers: [
      { spec: {}, refused: [] },
      { spec: packaged({ npm: 'search' }), refused: ['spec.package.npm'] },
    ],
  },
  {
    name: 'versions of packages are exact, whatever a policy leaves out',
    policy: { packages: {} },
    servers: [
      ...['1.2.3', '1.2.3-rc.1', '1.2.3+build.5', '0.0.0-0a.-.x-1+01'].map((version) => ({
        spec: packaged({ npm: 'search', version }),
        refused: [],
      })),
      ...['^1.2.3', '1.2', '1.x', 'latest', '>=1.2.3 <2', '*', ...TAGS].map((version) => ({
        spec: packaged({ npm: 'search', version }),
        refused: ['spec.package.version'],
      })),
      ...['1', '1.2.3', '2026.8.31', '1!2.0', '1.0rc1', '1.0.post2.dev3', '1.0+acme.1'].map((version) => ({
        spec: packaged({ pypi: 'search', version }),
        refused: [],
      })),
      ...['>=1.2', '~=1.2', '1.*', 'latest', '==1.2'].map((version) => ({
        spec: packaged({ pypi: 'search', version }),
        refused: ['spec.package.version'],
      })),
    ],
  },
  {
    name: 'versions of packages may be ranges',
    policy: { packages: { requireExactVersion: false } },
    servers: [
      { spec: packaged({ npm: 'search', version: '^1.2.3' }), refused: [] },
      { spec: packaged({ pypi: 'search', version: '>=1.2' }), refused: [] },
    ],
  },
  {
    name: 'the images of packages are judged like any other',
    policy: { allowedRegistries: ['registry.example.com', 'docker.io/library'], requireImageTag: true },
    servers: [
      { spec: packaged({ npm: 'search' }), refused: [] },
      { spec: packaged({ pypi: 'search' }), refused: ['spec.package'] },
      { spec: { ...packaged({ pypi: 'search' }), registryOverride: 'registry.example.com' }, refused: [] },
      { spec: { ...packaged({ npm: 'search' }), registryOverride: 'evil.com' }, refused: ['spec.package'] },
    ],
  },
  {
    name: 'a server that speaks stdio and a package have limits of their own where they name none',
    policy: { resources: { requireLimits: ['memory'], maxLimits: { memory: '512Mi' } } },
    servers: [
      { spec: { transport: 'stdio', command: ['search'] }, refused: ['spec.resources.limits.memory'] },
      { spec: packaged({ npm: 'search' }), refused: ['spec.resources.limits.memory'] },
      {
        spec: { ...packaged({ npm: 'search' }), transport: 'http' },
        refused: ['spec.resources.limits.memory'],
      },
      { spec: {}, refused: [] },
      {
        spec: { ...packaged({ npm: 'search' }), resources: { limits: { memory: '512Mi' } } },
        refused: [],
      },
    ],
  },
  {
    name: 'hosts belong to namespaces',
    policy: {
      hosts: [
        { namespaces: ['team-*'], allowed: ['*.team.example.com'] },
        { namespaces: ['team-search'], allowed: ['search.example.com'] },
        { namespaces: ['shared'], allowed: ['*'] },
      ],
    },
    servers: [
      { spec: {}, refused: [] },
      { spec: { ingress: { host: 'a.team.example.com' } }, namespace: 'team-search', refused: [] },
      { spec: { ingress: { host: 'search.example.com' } }, namespace: 'team-search', refused: [] },
      {
        spec: { ingress: { host: 'search.example.com' } },
        namespace: 'team-other',
        refused: ['spec.ingress.host'],
      },
      {
        spec: { ingress: { host: 'a.team.example.com' } },
        namespace: 'default',
        refused: ['spec.ingress.host'],
      },
      { spec: { ingress: { host: 'any.example.org' } }, namespace: 'shared', refused: [] },
      {
        spec: { ingress: { publicPathPrefix: 'search', className: 'nginx' } },
        namespace: 'team-search',
        refused: ['spec.ingress.host'],
      },
      {
        spec: { ingress: { publicPathPrefix: 'search', className: 'nginx' } },
        namespace: 'shared',
        refused: [],
      },
      {
        spec: {
          ingress: {
            host: 'a.team.example.com',
            annotations: {
              'nginx.ingress.kubernetes.io/server-alias': 'b.team.example.com,bank.example.com',
            },
          },
        },
        namespace: 'team-search',
        refused: ['spec.ingress.annotations[nginx.ingress.kubernetes.io/server-alias]'],
      },
      {
        spec: {
          ingress: {
            host: 'a.team.example.com',
            annotations: { 'nginx.ingress.kubernetes.io/server-alias': '~.*|x.team.example.com' },
          },
        },
        namespace: 'team-search',
        refused: ['spec.ingress.annotations[nginx.ingress.kubernetes.io/server-alias]'],
      },
      ...['a..b.team.example.com', 'x-.team.example.com', 'b.team.example.com,-x.team.example.com'].map(
        (alias) => ({
          spec: {
            ingress: {
              host: 'a.team.example.com',
              annotations: { 'nginx.ingress.kubernetes.io/server-alias': alias },
            },
          },
          namespace: 'team-search',
          refused: ['spec.ingress.annotations[nginx.ingress.kubernetes.io/server-alias]'],
        }),
      ),
      {
        spec: {
          ingress: {
            host: 'a.team.example.com',
            annotations: {
              'nginx.ingress.kubernetes.io/server-alias': 'b.team.example.com, *.c.team.example.com',
            },
          },
        },
        namespace: 'team-search',
        refused: [],
      },
      {
        spec: {
          route: { parentRefs: [{ name: 'gateway' }], hostnames: ['a.team.example.com', 'bank.example.com'] },
        },
        namespace: 'team-search',
        refused: ['spec.route.hostnames[1]'],
      },
      {
        spec: { route: { parentRefs: [{ name: 'gateway' }] } },
        namespace: 'team-search',
        refused: ['spec.route.hostnames'],
      },
      { spec: { route: { parentRefs: [{ name: 'gateway' }] } }, namespace: 'shared', refused: [] },
    ],
  },
  {
    name: 'Services are of approved types',
    policy: { allowedServiceTypes: ['ClusterIP', 'NodePort'] },
    servers: [
      { spec: {}, refused: [] },
      { spec: { service: {} }, refused: [] },
      { spec: { service: { type: 'NodePort' } }, refused: [] },
      { spec: { service: { type: 'LoadBalancer' } }, refused: ['spec.service.type'] },
    ],
  },
  {
    name: 'a Service whose type nobody has named is of the type ClusterIP',
    policy: { allowedServiceTypes: ['LoadBalancer'] },
    servers: [
      { spec: {}, refused: ['spec.service.type'] },
      { spec: { service: { type: 'LoadBalancer' } }, refused: [] },
    ],
  },
  {
    name: 'the default host is judged as well',
    policy: { hosts: [{ namespaces: ['team-a'], allowed: ['mcp.example.com'] }] },
    environment: { MCP_DEFAULT_INGRESS_HOST: 'mcp.example.com' },
    servers: [
      { spec: { ingress: {} }, namespace: 'team-a', refused: [] },
      { spec: { ingress: {} }, namespace: 'team-b', refused: ['spec.ingress.host'] },
    ],
  },
  {
    name: 'roles belong to namespaces',
    policy: {
      iamRoles: [{ namespaces: ['payments'], allowed: ['arn:aws:iam::123456789012:role/payments-*'] }],
    },
    servers: [
      { spec: {}, refused: [] },
      {
        spec: { aws: { iamRole: 'arn:aws:iam::123456789012:role/payments-read' } },
        namespace: 'payments',
        refused: [],
      },
      {
        spec: { aws: { iamRole: 'arn:aws:iam::123456789012:role/admin' } },
        namespace: 'payments',
        refused: ['spec.aws.iamRole'],
      },
      {
        spec: { aws: { iamRole: 'arn:aws:iam::123456789012:role/payments-read' } },
        namespace: 'default',
        refused: ['spec.aws.iamRole'],
      },
      {
        spec: {
          serviceAccount: {
            annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/admin' },
          },
        },
        namespace: 'payments',
        refused: ['spec.serviceAccount.annotations[eks.amazonaws.com/role-arn]'],
      },
    ],
  },
  {
    name: 'ServiceAccounts belong to namespaces',
    policy: { serviceAccounts: [{ namespaces: ['*'], allowed: ['shared-*'] }] },
    servers: [
      { spec: {}, refused: [] },
      { spec: { serviceAccountName: 'shared-reader' }, refused: [] },
      { spec: { serviceAccountName: 'admin' }, refused: ['spec.serviceAccountName'] },
    ],
  },
  {
    name: 'RuntimeClasses belong to namespaces',
    policy: {
      runtimeClasses: [
        { namespaces: ['team-*'], allowed: ['gvisor', 'kata-*'] },
        { namespaces: ['team-search'], allowed: ['nvidia'] },
      ],
    },
    servers: [
      { spec: {}, refused: [] },
      { spec: { pod: { shareProcessNamespace: true } }, refused: [] },
      { spec: { pod: { runtimeClassName: 'kata-qemu' } }, namespace: 'team-other', refused: [] },
      { spec: { pod: { runtimeClassName: 'nvidia' } }, namespace: 'team-search', refused: [] },
      {
        spec: { pod: { runtimeClassName: 'nvidia' } },
        namespace: 'team-other',
        refused: ['spec.pod.runtimeClassName'],
      },
      {
        spec: { pod: { runtimeClassName: 'gvisor' } },
        namespace: 'default',
        refused: ['spec.pod.runtimeClassName'],
      },
    ],
  },
  {
    name: 'a section without grants grants nothing',
    policy: { serviceAccounts: [], iamRoles: [], hosts: [], runtimeClasses: [] },
    servers: [
      { spec: { pod: { runtimeClassName: 'gvisor' } }, refused: ['spec.pod.runtimeClassName'] },
      { spec: {}, refused: [] },
      { spec: { serviceAccountName: 'shared-reader' }, refused: ['spec.serviceAccountName'] },
      { spec: { ingress: { host: 'a.example.com' } }, refused: ['spec.ingress.host'] },
    ],
  },
  {
    name: 'overrides of the pod are forbidden',
    policy: {
      forbiddenPodOverrides: [...POD_OVERRIDES],
    },
    servers: [
      { spec: {}, refused: [] },
      { spec: { pod: { securityContext: { runAsUser: 2000 } } }, refused: [] },
      { spec: { pod: { containerSecurityContext: { capabilities: { drop: ['ALL'] } } } }, refused: [] },
      {
        spec: { pod: { containerSecurityContext: { capabilities: { drop: [] } } } },
        refused: ['spec.pod.containerSecurityContext.capabilities.drop'],
      },
      {
        spec: { pod: { volumes: [{ name: 'node', hostPath: { path: '/' } }] } },
        refused: ['spec.pod.volumes[0].hostPath.path'],
      },
      {
        spec: { pod: { containerSecurityContext: { privileged: true } } },
        refused: ['spec.pod.containerSecurityContext.privileged'],
      },
      {
        spec: { pod: { containerSecurityContext: { capabilities: { add: ['NET_ADMIN'] } } } },
        refused: ['spec.pod.containerSecurityContext.capabilities.add'],
      },
      {
        spec: { pod: { containerSecurityContext: { allowPrivilegeEscalation: true } } },
        refused: ['spec.pod.containerSecurityContext.allowPrivilegeEscalation'],
      },
      {
        spec: { pod: { securityContext: { runAsUser: 0, runAsNonRoot: false } } },
        refused: ['spec.pod.securityContext.runAsUser', 'spec.pod.securityContext.runAsNonRoot'],
      },
      {
        spec: { pod: { securityContext: { seccompProfile: { type: 'Unconfined' } } } },
        refused: ['spec.pod.securityContext.seccompProfile.type'],
      },
      {
        spec: beside('sidecars', { securityContext: { privileged: true } }),
        refused: ['spec.pod.sidecars[0].securityContext.privileged'],
      },
      {
        spec: beside('initContainers', { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
        refused: ['spec.pod.initContainers[0].securityContext.capabilities.add'],
      },
    ],
  },
  {
    name: 'only what is listed is forbidden',
    policy: { forbiddenPodOverrides: ['Privileged'] },
    servers: [
      { spec: { pod: { containerSecurityContext: { capabilities: { add: ['NET_ADMIN'] } } } }, refused: [] },
    ],
  },
  {
    name: 'what is privileged has all of these anyway',
    policy: { forbiddenPodOverrides: ['AddedCapabilities'] },
    servers: [
      {
        spec: { pod: { containerSecurityContext: { privileged: true } } },
        refused: ['spec.pod.containerSecurityContext.privileged'],
      },
    ],
  },
];
