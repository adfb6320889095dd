/** What a server may say of its pods beside its container, in the names and forms of the core Pod API. */
import { Type } from '@sinclair/typebox';
import { InitContainer, SERVER_CONTAINER, Sidecar } from './containers.ts';
import { DnsConfig, DnsPolicy, HostAliases } from './dns.ts';
import { ServerLifecycle } from './lifecycle.ts';
import { Annotations, Labels, MatchLabels } from './metadata.ts';
import { Toleration, TopologySpreadConstraint } from './scheduling.ts';
import { ListMap, ObjectName } from './schema.ts';
import { ContainerSecurityContext, PodSecurityContext } from './securitycontext.ts';
import { Sysctls } from './sysctls.ts';
import { Volume, VolumeMount } from './volumes.ts';

/** Names of volumes that the operator mounts itself. */
const OWN_VOLUMES = ['tmp', 'mcp-config', 'mcp-trust'] as const;

const reservedContainer = {
  rule: `self.all(c, c.name != '${SERVER_CONTAINER}')`,
  message: `the name ${SERVER_CONTAINER} is taken by the server: choose another`,
};

type Named = { name: string };
type Container = Named & { volumeMounts?: Named[] };
type Mounting = { volumes?: Named[]; initContainers?: Container[]; sidecars?: Container[] };

/** @returns the mounts of each container that has any of no volume. */
function mountsWithoutVolume(self: Mounting, containers: 'initContainers' | 'sidecars'): string {
  return (self[containers] ?? [])
    .map(({ name, volumeMounts }) => ({ name, mounts: withoutVolume(self, volumeMounts, ['tmp']) }))
    .filter(({ mounts }) => mounts !== '')
    .map(({ name, mounts }) => `${mounts} of ${name}`)
    .join('; ');
}

function withoutVolume({ volumes = [] }: Mounting, mounts: Named[] = [], others: string[] = []): string {
  const known = new Set([...volumes.map(({ name }) => name), ...others]);
  return mounts
    .map(({ name }) => name)
    .filter((name) => !known.has(name))
    .join(', ');
}

/** Extra containers may share the writable /tmp as well. */
function mountsOf(containers: 'initContainers' | 'sidecars') {
  const known = "m.name == 'tmp' || (has(self.volumes) && self.volumes.exists(v, v.name == m.name))";
  return {
    rule: `!has(self.${containers}) || self.${containers}.all(c, !has(c.volumeMounts) || c.volumeMounts.all(m, ${known}))`,
    message: 'every volumeMounts[].name must be tmp or the name of one of volumes',
    culprits: (self: unknown) => mountsWithoutVolume(self as Mounting, containers),
    fieldPath: `.${containers}`,
  };
}

export const PodOverrides = Type.Object(
  {
    labels: Type.Optional(Labels('Labels of the pods.')),
    annotations: Type.Optional(Annotations('Annotations of the pods.')),
    nodeSelector: Type.Optional(MatchLabels('Labels that a node must have.')),
    tolerations: Type.Optional(
      Type.Array(Toleration, { maxItems: 32, description: 'Taints that the pods put up with.' }),
    ),
    topologySpreadConstraints: Type.Optional(
      ListMap(['topologyKey', 'whenUnsatisfiable'], TopologySpreadConstraint, {
        maxItems: 8,
        description:
          "How the server's own pods are spread; the operator fills in their selector. Where absent, the scheduler's own default: over nodes and zones as far as that can be had.",
      }),
    ),
    priorityClassName: Type.Optional(ObjectName('Name of a PriorityClass.')),
    runtimeClassName: Type.Optional(
      ObjectName('Name of a RuntimeClass: gVisor or Kata for servers that nobody trusts, nvidia for GPUs.'),
    ),
    dnsPolicy: Type.Optional(DnsPolicy),
    dnsConfig: Type.Optional(DnsConfig),
    hostAliases: Type.Optional(HostAliases),
    shareProcessNamespace: Type.Optional(
      Type.Boolean({ description: 'Whether the containers of a pod see and may signal each other.' }),
    ),
    sysctls: Type.Optional(Sysctls),
    lifecycle: Type.Optional(ServerLifecycle),
    terminationGracePeriodSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 86400,
        format: 'int64',
        description: 'Seconds between SIGTERM and SIGKILL; 30 where absent.',
      }),
    ),
    volumes: Type.Optional(
      ListMap('name', Volume, {
        maxItems: 32,
        description:
          'Volumes of the pod. The names `tmp` (the writable /tmp), `mcp-config` and `mcp-trust` are taken.',
        'x-kubernetes-validations': [
          {
            rule: `self.all(v, !(v.name in ${JSON.stringify(OWN_VOLUMES).replaceAll('"', "'")}))`,
            message: 'the names tmp (the writable /tmp), mcp-config and mcp-trust are taken: choose others',
          },
        ],
      }),
    ),
    volumeMounts: Type.Optional(
      ListMap('mountPath', VolumeMount, {
        maxItems: 32,
        description: 'Where the volumes appear in the container. A mount at /tmp replaces the scratch space.',
      }),
    ),
    initContainers: Type.Optional(
      ListMap('name', InitContainer, {
        maxItems: 8,
        description: 'Containers that run to their end before the server starts, one after another.',
        'x-kubernetes-validations': [reservedContainer],
      }),
    ),
    sidecars: Type.Optional(
      ListMap('name', Sidecar, {
        maxItems: 8,
        description:
          'Containers that start before the init containers and the server, and end after it (init containers with the restart policy Always).',
        'x-kubernetes-validations': [reservedContainer],
      }),
    ),
    imageUser: Type.Optional(
      Type.Boolean({
        description:
          "Whether the containers run as the image's own user and group, which must be a number other than 0, and not as those of the settings.",
      }),
    ),
    securityContext: Type.Optional(PodSecurityContext),
    containerSecurityContext: Type.Optional(ContainerSecurityContext),
  },
  {
    description: 'What is laid over the pods that the operator renders.',
    'x-kubernetes-validations': [
      {
        rule: '!has(self.volumeMounts) || self.volumeMounts.all(m, has(self.volumes) && self.volumes.exists(v, v.name == m.name))',
        message: 'every volumeMounts[].name must be the name of one of volumes',
        culprits: (self: unknown) => withoutVolume(self as Mounting, (self as Container).volumeMounts),
        fieldPath: '.volumeMounts',
      },
      mountsOf('initContainers'),
      mountsOf('sidecars'),
      {
        rule: '!has(self.sidecars) || !has(self.initContainers) || self.sidecars.all(s, self.initContainers.all(c, c.name != s.name))',
        message: 'a sidecar and an init container must not have the same name',
        fieldPath: '.sidecars',
      },
      {
        rule: "!has(self.dnsPolicy) || self.dnsPolicy != 'None' || (has(self.dnsConfig) && has(self.dnsConfig.nameservers))",
        message: 'dnsPolicy None leaves every name to dnsConfig.nameservers: name one',
        fieldPath: '.dnsConfig',
      },
      {
        rule: '!has(self.imageUser) || !self.imageUser || !has(self.securityContext) || !has(self.securityContext.runAsUser)',
        message: "imageUser is the image's own user: take securityContext.runAsUser or imageUser away",
        fieldPath: '.imageUser',
      },
    ],
  },
);
