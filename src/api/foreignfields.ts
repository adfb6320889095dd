/**
 * Fields of Pods, Deployments, Services and of common charts that an author may bring along, and where an MCPServer has
 * what they are for. Names that are alike need no row, nor does a field that has the same name elsewhere.
 */

/** Where it belongs, in the form of the reference (`spec.pod.sidecars[].image`), or what to write instead of it. */
export type Belongs = readonly string[] | string;

const PROBES = ['startup', 'readiness', 'liveness'] as const;
const RESTARTED = 'there is none, for the containers of a Deployment are always restarted';
const NOT_OF_THE_HOST = 'there is none: pods never share network, processes or IPC with their node';
const YOURS = 'there is none: make the Role and its RoleBinding yourself, see docs/kubernetes-access.md';
const MADE = 'there is none: the operator makes it from the rest of the spec';

const rows: [fields: string[], belongs: Belongs][] = [
  [['spec.containers', 'spec.pod.containers'], ['spec.pod.sidecars']],
  [['spec.template', 'spec.podTemplate', 'spec.pod.spec'], ['spec.pod']],
  [['spec.selector', 'spec.service.selector'], MADE],
  [['spec.restartPolicy', 'spec.pod.restartPolicy'], RESTARTED],
  [
    ['hostNetwork', 'hostPID', 'hostIPC'].flatMap((name) => [`spec.${name}`, `spec.pod.${name}`]),
    NOT_OF_THE_HOST,
  ],
  [['spec.rbac', 'spec.serviceAccount.rbac', 'spec.serviceAccount.rules'], YOURS],
  [
    ['spec.automountServiceAccountToken', 'spec.pod.automountServiceAccountToken'],
    ['spec.serviceAccount.automountToken'],
  ],
  [
    ['spec.serviceAccount.automount', 'spec.serviceAccount.automountServiceAccountToken'],
    ['spec.serviceAccount.automountToken'],
  ],
  [['spec.serviceAccount.name'], ['spec.serviceAccountName']],
  [
    ['spec.labels', 'spec.commonLabels'],
    ['spec.extraLabels', 'spec.pod.labels'],
  ],
  [
    ['spec.annotations', 'spec.commonAnnotations'],
    ['spec.extraAnnotations', 'spec.pod.annotations'],
  ],
  [['spec.metadata'], ['spec.extraLabels', 'spec.extraAnnotations']],
  [['spec.podLabels'], ['spec.pod.labels']],
  [['spec.podAnnotations'], ['spec.pod.annotations']],
  [['spec.podSecurityContext'], ['spec.pod.securityContext']],
  [['spec.securityContext'], ['spec.pod.securityContext', 'spec.pod.containerSecurityContext']],
  [['spec.serviceType'], ['spec.service.type']],
  [['spec.containerPort', 'spec.targetPort', 'spec.service.targetPort'], ['spec.port']],
  [
    ['spec.tls', 'spec.ingress.tls'],
    ['spec.scheme', 'spec.ingress.tlsSecretName'],
  ],
  [
    ['spec.host', 'spec.hosts', 'spec.hostname'],
    ['spec.ingress.host', 'spec.route.hostnames'],
  ],
  // Init containers end before the server starts; what stays beside it is a sidecar.
  [
    ['restartPolicy', 'ports', 'lifecycle', ...PROBES.map((one) => `${one}Probe`)].map(
      (name) => `spec.pod.initContainers[].${name}`,
    ),
    ['spec.pod.sidecars'],
  ],
  [['spec.pod.sidecars[].restartPolicy'], RESTARTED],
  ...PROBES.flatMap((kind): [string[], Belongs][] => {
    const [server, sidecar] = [`spec.observability.healthProbes.${kind}`, `spec.pod.sidecars[].${kind}Probe`];
    return [
      [[`spec.${kind}Probe`, `spec.pod.${kind}Probe`], [server]],
      [[`${server}.httpGet`], 'path, port, scheme and httpHeaders stand here without it'],
      [[`${server}.tcpSocket`], 'port stands here without it'],
      [[`${sidecar}.path`], [`${sidecar}.httpGet.path`]],
      [[`${sidecar}.port`], [`${sidecar}.httpGet.port`]],
      [[`${sidecar}.scheme`], [`${sidecar}.httpGet.scheme`]],
    ];
  }),
];

export const FOREIGN_FIELDS: ReadonlyMap<string, Belongs> = new Map(
  rows.flatMap(([fields, belongs]) => fields.map((field): [string, Belongs] => [field, belongs])),
);
