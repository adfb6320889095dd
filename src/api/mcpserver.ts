/**
 * MCPServer: the schema from which its type, its CRD, its validation and its reference page are made.
 * A field stands here only when the operator acts on it.
 */
import { type Static, Type } from '@sinclair/typebox';
import { Autoscaling } from './autoscaling.ts';
import { Affinity, PodDisruptionBudget } from './availability.ts';
import { Condition } from './condition.ts';
import type { CustomResource } from './crd.ts';
import { EnvFromSource, EnvVar, ResourceRequirements } from './environment.ts';
import { BackendTls, IngressOptions, NetworkPolicyOptions, RouteOptions, UrlPath } from './exposure.ts';
import { FOREIGN_FIELDS } from './foreignfields.ts';
import { ImageReference, PullPolicy, REGISTRY_URL, TAG } from './image.ts';
import { LiteLLM } from './litellm.ts';
import { Annotations, CommonAnnotations, Labels } from './metadata.ts';
import { Observability } from './observability.ts';
import { PACKAGE_RULES, Package } from './package.ts';
import { PodOverrides } from './pod.ts';
import { FurtherPorts } from './ports.ts';
import { Dictionary, Int32, IntOrString, ListMap, ObjectName, OneOf } from './schema.ts';
import { SecretStoreRef, SecretVariable } from './secrets.ts';
import { ServiceOptions } from './service.ts';
import { STDIO_RULES, Stdio } from './stdio.ts';
import { Strategy } from './strategy.ts';
import { ENV_NAME } from './syntax.ts';
import { VerifiedServer } from './verification.ts';
import { Verify } from './verify.ts';

export const GROUP = 'mcp.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** A name leaves 13 characters for the suffixes of children, which may have 63. */
export const NAME_PATTERN = '^[a-z]([-a-z0-9]*[a-z0-9])?$';
export const NAME_MAX_LENGTH = 50;

export const MCPServerSpec = Type.Object(
  {
    image: Type.Optional(
      ImageReference(
        'Container image of the MCP server, with registry, tag or digest as usual. Either this or `package`.',
      ),
    ),
    package: Type.Optional(Package),
    imageTag: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        pattern: `^${TAG}$`,
        description: 'Tag of the image, where `image` has none.',
        hint: 'a tag such as 1.2.3',
      }),
    ),
    registryOverride: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        pattern: REGISTRY_URL,
        description: 'Registry to pull from instead of the one that `image` names.',
        hint: 'a registry such as registry.example.com:5000 or registry.example.com/mirror',
      }),
    ),
    useProvisionedRegistry: Type.Optional(
      Type.Boolean({
        description:
          'Pull from the registry that the settings name, with its pull secret unless there are others.',
      }),
    ),
    imagePullPolicy: Type.Optional(PullPolicy),
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
        description: "Replaces the image's entrypoint. The transport stdio needs it.",
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
    config: Type.Optional(
      Dictionary(IntOrString({ maxLength: 32768 }), {
        maxProperties: 128,
        description:
          'Plain settings, each an environment variable and a file under `/etc/mcp/config`. A change rolls the pods.',
        'x-kubernetes-validations': [
          {
            rule: `self.all(k, k.size() <= 253 && k.matches('${ENV_NAME}'))`,
            message:
              'keys must be names of environment variables: letters, digits, -, _ and ., not starting with a digit',
          },
        ],
      }),
    ),
    secrets: Type.Optional(
      ListMap('name', SecretVariable, {
        maxItems: 64,
        description:
          'Environment variables whose values the External Secrets Operator fetches from a secret store. A new server waits for those that are not optional.',
      }),
    ),
    secretStore: Type.Optional(SecretStoreRef),
    aws: Type.Optional(
      Type.Object(
        {
          iamRole: Type.Optional(
            Type.String({
              maxLength: 2048,
              pattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$',
              description: 'Role that the ServiceAccount may take, by IAM roles for service accounts.',
              hint: 'a role such as arn:aws:iam::123456789012:role/search',
            }),
          ),
        },
        { description: 'Amazon Web Services.' },
      ),
    ),
    replicas: Int32({
      minimum: 0,
      maximum: 1000,
      default: 1,
      description: 'How many pods serve; 0 stops the server and keeps everything else.',
    }),
    strategy: Type.Optional(Strategy),
    minReadySeconds: Type.Optional(
      Int32({
        minimum: 0,
        maximum: 3600,
        description: 'Seconds that a pod must be ready before it counts as available, and an update goes on.',
      }),
    ),
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
    scheme: Type.Optional(
      OneOf(['HTTP', 'HTTPS'], {
        description:
          'What the container speaks at `port`: `HTTPS` where the server ends TLS itself. Probes, the Service, addresses, metrics, Ingress and route follow. Where absent: HTTPS if `servicePort` is 443, else HTTP.',
      }),
    ),
    backendTLS: Type.Optional(BackendTls),
    ports: Type.Optional(FurtherPorts),
    transport: Type.Optional(
      OneOf(['http', 'sse', 'stdio'], {
        description:
          'How the server speaks MCP: `http` (streamable HTTP), `sse` (the older HTTP with server-sent events), or `stdio`: then a bridge in its container serves it over streamable HTTP. Where absent: `stdio` for a `package`, else `http`.',
      }),
    ),
    stdio: Type.Optional(Stdio),
    path: Type.Optional(
      UrlPath('Path at which MCP is served. Where absent: `/mcp`, and `/sse` for the transport sse.'),
    ),
    type: Type.Optional(
      OneOf(['external-saas', 'aws-service', 'internal-api'], {
        description: 'What stands behind the server; becomes the label `mcp.dev/type`.',
      }),
    ),
    sessions: OneOf(['Stateful', 'Stateless'], {
      default: 'Stateful',
      description:
        'Whether a session lives in the pod that opened it, so that a client has to stay with its pod where there are several.',
    }),
    resources: Type.Optional(ResourceRequirements),
    serviceAccountName: Type.Optional(
      ObjectName('Use this ServiceAccount of the namespace and create none.'),
    ),
    serviceAccount: Type.Optional(
      Type.Object(
        {
          labels: Type.Optional(Labels('Labels, as some clouds want them for their identities.')),
          annotations: Type.Optional(Annotations('Annotations, as other clouds want them for their roles.')),
          automountToken: Type.Optional(
            Type.Boolean({
              description: 'Whether pods get a token for the Kubernetes API; no where absent.',
            }),
          ),
        },
        { description: "The server's identity: the ServiceAccount that is made for it, and its token." },
      ),
    ),
    service: Type.Optional(ServiceOptions),
    extraLabels: Type.Optional(
      Labels('Labels of every object that is made, and of the pods; more specific ones win.'),
    ),
    extraAnnotations: Type.Optional(
      CommonAnnotations(
        'Annotations of every object that is made, but not of the pods; more specific ones win. Keys under `mcp.dev/` and `metacontroller.k8s.io/` belong to the operator.',
      ),
    ),
    podDisruptionBudget: Type.Optional(PodDisruptionBudget),
    autoscaling: Type.Optional(Autoscaling),
    affinity: Type.Optional(Affinity),
    ingress: Type.Optional(IngressOptions),
    route: Type.Optional(RouteOptions),
    networkPolicy: Type.Optional(NetworkPolicyOptions),
    observability: Type.Optional(Observability),
    verify: Type.Optional(Verify),
    litellm: Type.Optional(LiteLLM),
    pod: Type.Optional(PodOverrides),
  },
  {
    description: 'What the MCP server is and how it runs.',
    'x-kubernetes-validations': [
      ...PACKAGE_RULES,
      ...STDIO_RULES,
      {
        rule: "!has(self.imageTag) || (has(self.image) && !self.image.matches('(:[^/]+|@.+)$'))",
        message: 'imageTag goes with an image that carries neither tag nor digest: take one of them away',
        fieldPath: '.imageTag',
      },
      {
        rule: '!has(self.secrets) || !has(self.env) || self.secrets.all(s, self.env.all(e, e.name != s.name))',
        message: 'a variable must not be in both secrets and env',
        fieldPath: '.secrets',
      },
      {
        rule: "!has(self.backendTLS) || (has(self.scheme) ? self.scheme == 'HTTPS' : self.servicePort == 443)",
        message: 'backendTLS is for a server that ends TLS itself: set scheme to HTTPS, or leave it out',
        fieldPath: '.backendTLS',
      },
      {
        rule: '!has(self.serviceAccountName) || !has(self.serviceAccount) || !(has(self.serviceAccount.annotations) || has(self.serviceAccount.labels))',
        message:
          'annotations and labels are for the ServiceAccount that is made: put them on yours, or leave serviceAccountName out',
        fieldPath: '.serviceAccount',
      },
      {
        rule: '!has(self.serviceAccountName) || !has(self.aws) || !has(self.aws.iamRole)',
        message:
          'the role is an annotation of the ServiceAccount that is made: put it on yours, or leave serviceAccountName out',
        fieldPath: '.aws',
      },
      {
        rule: '!has(self.autoscaling) || !has(self.autoscaling.containers) || self.autoscaling.containers.all(c, has(self.pod) && has(self.pod.sidecars) && self.pod.sidecars.exists(s, s.name == c.name))',
        message: 'every name of autoscaling.containers must be that of one of pod.sidecars',
        fieldPath: '.autoscaling',
      },
    ],
  },
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
          ingress: Type.Optional(Type.Boolean({ description: 'The Ingress is served.' })),
          route: Type.Optional(Type.Boolean({ description: 'Every Gateway has taken the HTTPRoute.' })),
          loadBalancer: Type.Optional(
            Type.Boolean({ description: 'The Service of type LoadBalancer has an address.' }),
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
          metrics: Type.Optional(
            Type.String({ maxLength: 1024, description: 'Address of the metrics, within the cluster.' }),
          ),
          public: Type.Optional(
            Type.String({ maxLength: 1024, description: 'Address for clients outside the cluster.' }),
          ),
        },
        { description: 'Addresses; each stands here only while it answers.' },
      ),
    ),
    server: Type.Optional(VerifiedServer),
    verification: Type.Optional(
      Type.Object(
        {
          question: Type.Optional(
            Type.String({
              maxLength: 64,
              description:
                'Digest of what was asked last, and of which rollout: what it answers is not asked again.',
            }),
          ),
          at: Type.Optional(Type.String({ format: 'date-time', description: 'When that question ended.' })),
          passed: Type.Optional(
            Type.String({ format: 'date-time', description: 'When the server last passed.' }),
          ),
          failingSince: Type.Optional(
            Type.String({
              format: 'date-time',
              description:
                'Since when its answers to that question have been no pass; absent where the last one was.',
            }),
          ),
          asking: Type.Optional(
            Type.Object(
              {
                question: Type.String({ maxLength: 64, description: 'Its digest.' }),
                since: Type.String({ format: 'date-time', description: 'When it was first asked.' }),
              },
              { description: 'The question that is open; absent where none is.' },
            ),
          ),
        },
        { description: 'What the condition Verified is about.' },
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
  foreignFields: FOREIGN_FIELDS,
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
    {
      name: 'Tools',
      type: 'integer',
      jsonPath: '.status.server.tools.count',
      description: 'Tools that the server has',
    },
    { name: 'URL', type: 'string', jsonPath: '.status.endpoints.service' },
    { name: 'Public', type: 'string', jsonPath: '.status.endpoints.public', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Image', type: 'string', jsonPath: '.status.image', priority: 1 },
    { name: 'Transport', type: 'string', jsonPath: '.spec.transport', priority: 1 },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
  ],
};
