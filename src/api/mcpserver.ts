/**
 * MCPServer: the schema from which its type, its CRD, its validation and its reference page are made.
 * A field stands here only when the operator acts on it.
 */
import { type Static, Type } from '@sinclair/typebox';
import { Condition } from './condition.ts';
import type { CustomResource } from './crd.ts';
import { EnvFromSource, EnvVar, ResourceRequirements } from './environment.ts';
import { Toleration, TopologySpreadConstraint } from './scheduling.ts';
import { Dictionary, Int32, ListMap, ObjectName, OneOf } from './schema.ts';
import { ContainerSecurityContext, PodSecurityContext } from './securitycontext.ts';
import { LABEL_VALUE, QUALIFIED_NAME } from './syntax.ts';
import { Volume, VolumeMount } from './volumes.ts';

export const GROUP = 'mcp.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** A name leaves 13 characters for the suffixes of children, which may have 63. */
export const NAME_PATTERN = '^[a-z]([-a-z0-9]*[a-z0-9])?$';
export const NAME_MAX_LENGTH = 50;

const IMAGE =
  '^([a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?(@[a-z0-9]+:[a-f0-9]{32,128})?$';

const PodOverrides = Type.Object(
  {
    labels: Type.Optional(
      Dictionary(
        Type.String({
          maxLength: 63,
          pattern: LABEL_VALUE,
          hint: 'letters, digits, -, _ and ., at most 63, a letter or digit at both ends',
        }),
        {
          maxProperties: 64,
          description:
            'Labels of the pods. Keys under `mcp.dev/` and `app.kubernetes.io/` belong to the operator.',
          'x-kubernetes-validations': [
            {
              rule: "self.all(k, !k.startsWith('mcp.dev/') && !k.startsWith('app.kubernetes.io/'))",
              message: 'keys under mcp.dev/ and app.kubernetes.io/ belong to the operator: use others',
            },
            {
              rule: `self.all(k, k.size() <= 253 && k.matches('${QUALIFIED_NAME}'))`,
              message: 'keys are an optional DNS prefix with "/", then at most 63 letters, digits, -, _ or .',
            },
          ],
        },
      ),
    ),
    annotations: Type.Optional(
      Dictionary(Type.String({ maxLength: 16384 }), {
        maxProperties: 64,
        description: 'Annotations of the pods. Keys under `mcp.dev/` belong to the operator.',
        'x-kubernetes-validations': [
          {
            rule: "self.all(k, !k.startsWith('mcp.dev/'))",
            message: 'keys under mcp.dev/ belong to the operator: use others',
          },
          {
            rule: `self.all(k, k.size() <= 253 && k.matches('${QUALIFIED_NAME}'))`,
            message: 'keys are an optional DNS prefix with "/", then at most 63 letters, digits, -, _ or .',
          },
        ],
      }),
    ),
    nodeSelector: Type.Optional(
      Dictionary(Type.String({ maxLength: 63, pattern: LABEL_VALUE }), {
        maxProperties: 32,
        description: 'Labels that a node must have.',
        'x-kubernetes-validations': [
          {
            rule: `self.all(k, k.size() <= 253 && k.matches('${QUALIFIED_NAME}'))`,
            message: 'keys are an optional DNS prefix with "/", then at most 63 letters, digits, -, _ or .',
          },
        ],
      }),
    ),
    tolerations: Type.Optional(
      Type.Array(Toleration, { maxItems: 32, description: 'Taints that the pods put up with.' }),
    ),
    topologySpreadConstraints: Type.Optional(
      ListMap(['topologyKey', 'whenUnsatisfiable'], TopologySpreadConstraint, {
        maxItems: 8,
        description: "How the server's own pods are spread; the operator fills in their selector.",
      }),
    ),
    priorityClassName: Type.Optional(ObjectName('Name of a PriorityClass.')),
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
        description: 'Volumes of the pod. The name `tmp` is taken by the writable /tmp.',
        'x-kubernetes-validations': [
          {
            rule: "self.all(v, v.name != 'tmp')",
            message: 'the name tmp is taken by the writable /tmp: choose another',
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
    securityContext: Type.Optional(PodSecurityContext),
    containerSecurityContext: Type.Optional(ContainerSecurityContext),
  },
  {
    description: 'What is laid over the pods that the operator renders.',
    'x-kubernetes-validations': [
      {
        rule: '!has(self.volumeMounts) || self.volumeMounts.all(m, has(self.volumes) && self.volumes.exists(v, v.name == m.name))',
        message: 'every volumeMounts[].name must be the name of one of volumes',
        fieldPath: '.volumeMounts',
      },
    ],
  },
);

export const MCPServerSpec = Type.Object(
  {
    image: Type.String({
      minLength: 1,
      maxLength: 512,
      pattern: IMAGE,
      description: 'Container image of the MCP server, with registry, tag or digest as usual.',
      hint: 'an image reference such as ghcr.io/acme/search:1.2.3',
    }),
    imagePullPolicy: Type.Optional(
      OneOf(['Always', 'IfNotPresent', 'Never'], {
        description: 'Where absent: Always for the tag `latest` or none, IfNotPresent otherwise.',
      }),
    ),
    imagePullSecrets: Type.Optional(
      ListMap(
        'name',
        Type.Object({ name: ObjectName('Name of a Secret of type kubernetes.io/dockerconfigjson.') }),
        { maxItems: 16, description: 'Secrets to pull the image with.' },
      ),
    ),
    command: Type.Optional(
      Type.Array(Type.String({ maxLength: 32768 }), {
        maxItems: 128,
        description: "Replaces the image's entrypoint.",
      }),
    ),
    args: Type.Optional(
      Type.Array(Type.String({ maxLength: 32768 }), {
        maxItems: 256,
        description: "Replaces the image's default arguments.",
      }),
    ),
    env: Type.Optional(
      ListMap('name', EnvVar, { maxItems: 256, description: 'Environment variables, as in a pod.' }),
    ),
    envFrom: Type.Optional(
      Type.Array(EnvFromSource, {
        maxItems: 32,
        description: 'ConfigMaps and Secrets whose keys become environment variables, as in a pod.',
      }),
    ),
    secretName: Type.Optional(
      ObjectName('A Secret of the namespace whose keys become environment variables.'),
    ),
    replicas: Int32({
      minimum: 0,
      maximum: 1000,
      default: 1,
      description: 'How many pods serve; 0 stops the server and keeps everything else.',
    }),
    port: Int32({
      minimum: 1,
      maximum: 65535,
      default: 8080,
      description: 'Port on which the container listens.',
    }),
    servicePort: Int32({
      minimum: 1,
      maximum: 65535,
      default: 80,
      description: 'Port of the Service.',
    }),
    transport: OneOf(['http', 'sse'], {
      default: 'http',
      description:
        'How the server speaks MCP: `http` (streamable HTTP) or `sse` (the older HTTP with server-sent events).',
    }),
    path: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        pattern: "^/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$",
        description: 'Path at which MCP is served. Where absent: `/mcp`, and `/sse` for the transport sse.',
        hint: 'a path that starts with /',
      }),
    ),
    resources: Type.Optional(ResourceRequirements),
    serviceAccountName: Type.Optional(
      ObjectName('Use this ServiceAccount of the namespace and create none.'),
    ),
    pod: Type.Optional(PodOverrides),
  },
  { description: 'What the MCP server is and how it runs.' },
);

export const PHASES = ['Pending', 'Creating', 'Updating', 'Ready', 'Degraded', 'Failed', 'Stopped'] as const;

const count = (description: string) => Type.Optional(Int32({ minimum: 0, description }));

export const MCPServerStatus = Type.Object(
  {
    phase: Type.Optional(
      OneOf(PHASES, { description: 'One word for people; machines read the conditions.' }),
    ),
    message: Type.Optional(
      Type.String({ maxLength: 4096, description: 'What is not ready and why, naming the object.' }),
    ),
    observedGeneration: Type.Optional(
      Type.Integer({ minimum: 0, format: 'int64', description: 'Generation that this status speaks of.' }),
    ),
    replicas: count('Pods that run, without those that a rolling update adds for a while.'),
    readyReplicas: count('Pods that pass their readiness probe.'),
    availableReplicas: count('Pods that have been ready long enough to be counted on.'),
    ready: Type.Optional(
      Type.String({ maxLength: 32, description: 'Ready and wanted pods as `n/m`, for the printer.' }),
    ),
    selector: Type.Optional(
      Type.String({ maxLength: 512, description: 'Label selector of the pods, for the scale subresource.' }),
    ),
    image: Type.Optional(Type.String({ maxLength: 1024, description: 'Image reference that is deployed.' })),
    readiness: Type.Optional(
      Type.Object(
        {
          deployment: Type.Optional(Type.Boolean({ description: 'All wanted pods are available.' })),
          service: Type.Optional(
            Type.Boolean({ description: 'The Service is there and a pod behind it is available.' }),
          ),
        },
        { description: 'Which parts are ready; only those that apply.' },
      ),
    ),
    endpoints: Type.Optional(
      Type.Object(
        {
          service: Type.Optional(
            Type.String({ maxLength: 1024, description: 'Address for clients within the cluster.' }),
          ),
        },
        { description: 'Addresses; each stands here only while it answers.' },
      ),
    ),
    conditions: Type.Optional(
      ListMap('type', Condition, { maxItems: 32, description: 'What is true of the server, by type.' }),
    ),
    lastUpdated: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'When something else in this status last changed.',
      }),
    ),
  },
  { description: 'What is true of the MCP server, written by the operator alone.' },
);

export type MCPServerSpec = Static<typeof MCPServerSpec>;
export type MCPServerStatus = Static<typeof MCPServerStatus>;
export type Phase = (typeof PHASES)[number];

/** An MCPServer as it comes from the API server or a file: its spec is checked before it is trusted. */
export interface MCPServer {
  apiVersion: typeof API_VERSION;
  kind: 'MCPServer';
  metadata: { name: string; namespace: string; uid: string; generation: number };
  spec: MCPServerSpec;
  status?: MCPServerStatus;
}

export const mcpServerResource: CustomResource = {
  group: GROUP,
  version: VERSION,
  kind: 'MCPServer',
  plural: 'mcpservers',
  singular: 'mcpserver',
  shortNames: ['mcps'],
  categories: ['all', 'mcp'],
  description:
    'An MCPServer is one MCP server and everything that it needs to run in the cluster: workload, service, identity and a status that says what is true.',
  spec: MCPServerSpec,
  status: MCPServerStatus,
  validations: [
    {
      rule: `self.metadata.name.size() <= ${NAME_MAX_LENGTH} && self.metadata.name.matches('${NAME_PATTERN}')`,
      message: `metadata.name must be a DNS-1035 label of at most ${NAME_MAX_LENGTH} characters: lower-case letters, digits and -, starting with a letter`,
    },
  ],
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Ready', type: 'string', jsonPath: '.status.ready', description: 'Ready and wanted pods' },
    { name: 'URL', type: 'string', jsonPath: '.status.endpoints.service' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Image', type: 'string', jsonPath: '.status.image', priority: 1 },
    { name: 'Transport', type: 'string', jsonPath: '.spec.transport', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
  ],
};
