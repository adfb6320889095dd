/** MCPCatalog: which servers are published, and where. Its type, CRD, validation and reference page are made from this. */
import { type Static, Type } from '@sinclair/typebox';
import { Condition } from './condition.ts';
import type { CustomResource } from './crd.ts';
import { AllowedTools, ServerDescription, UserGroups } from './litellm.ts';
import { type API_VERSION, GROUP, NAME_MAX_LENGTH, NAME_PATTERN, VERSION } from './mcpserver.ts';
import { LabelSelector } from './metadata.ts';
import { DNS1123_LABEL, Int32, ListMap, ObjectName, OneOf } from './schema.ts';
import { KEY } from './syntax.ts';

/** Printable, without credentials, which everybody would read who may read a catalog. */
const HTTP_URL = '^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[!-?A-~]*)?$';

const RemoteServer = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: NAME_MAX_LENGTH,
      pattern: NAME_PATTERN,
      description: 'Name of its own among those of the catalog.',
      hint: 'lower-case letters, digits and -, starting with a letter',
    }),
    url: Type.String({
      minLength: 1,
      maxLength: 1024,
      pattern: HTTP_URL,
      description: 'Address at which it speaks MCP, path included.',
      hint: 'an address such as https://mcp.example.com/mcp, without a user and a password',
    }),
    transport: OneOf(['http', 'sse'], {
      default: 'http',
      description:
        'What it speaks: `http` (streamable HTTP) or `sse` (the older HTTP with server-sent events).',
    }),
    description: Type.Optional(ServerDescription),
    allowedUserGroups: Type.Optional(UserGroups),
    allowedTools: Type.Optional(AllowedTools),
    auth: Type.Optional(
      Type.Object(
        {
          type: OneOf(['Bearer', 'ApiKey', 'Basic', 'Authorization'], {
            default: 'Bearer',
            description:
              'What the value becomes: `Bearer`: `Authorization: Bearer VALUE`; `ApiKey`: `x-api-key: VALUE`; `Basic`: `Authorization: Basic` and the value in base64; `Authorization`: `Authorization: VALUE`.',
          }),
          secretKeyRef: Type.Object(
            {
              name: ObjectName("Name of the Secret, in the catalog's namespace."),
              key: Type.String({
                minLength: 1,
                maxLength: 253,
                pattern: KEY,
                description: 'Key within the Secret.',
              }),
            },
            { description: 'One key of a Secret.' },
          ),
        },
        {
          description:
            'The credential that LiteLLM shows to it. The file names a variable of LiteLLM for it, `MCP_AUTH_` and the name in capitals with `_` for `-`: give LiteLLM that variable from this Secret.',
        },
      ),
    ),
  },
  { description: 'A server that is no MCPServer.' },
);

const Rollout = Type.Object(
  {
    by: OneOf(['Pod', 'Reloader'], {
      description:
        '`Pod`: a pod of the operator\'s runtime puts a digest of the file on the pod template of `deployment`, with the rights of `serviceAccountName`, and the condition Applied says whether all its pods have loaded it. `Reloader`: the ConfigMap has the annotation `reloader.stakater.com/match: "true"`, by which Reloader rolls Deployments with `reloader.stakater.com/search: "true"`.',
    }),
    deployment: Type.Optional(ObjectName("LiteLLM's Deployment, in the catalog's namespace.")),
    serviceAccountName: Type.Optional(
      ObjectName('A ServiceAccount of that namespace that may patch this Deployment.'),
    ),
  },
  {
    description: 'How LiteLLM is restarted when the file changes. Where absent, it is not.',
    'x-kubernetes-validations': [
      {
        rule: "self.by == 'Pod' ? has(self.deployment) && has(self.serviceAccountName) : !has(self.deployment) && !has(self.serviceAccountName)",
        message: 'deployment and serviceAccountName go with Pod, which needs both, and with nothing else',
      },
    ],
  },
);

export const MCPCatalogSpec = Type.Object(
  {
    selector: Type.Optional(
      LabelSelector(
        'MCPServers by their labels; an empty one selects all. Where absent, those with `litellm.autoRegister: true`.',
      ),
    ),
    namespaceSelector: Type.Optional(
      LabelSelector(
        "Namespaces by their labels, whose MCPServers are selected; an empty one selects all. Where absent, the catalog's own. The policy of the cluster may allow fewer.",
      ),
    ),
    requires: Type.Array(OneOf(['Ready', 'Verified']), {
      maxItems: 2,
      default: ['Ready', 'Verified'],
      'x-kubernetes-list-type': 'set',
      description:
        'Conditions that an MCPServer needs in order to be published. Verified counts only where servers are asked what they are.',
    }),
    allowEmpty: Type.Boolean({
      default: false,
      description:
        'Whether a catalog that has nothing left to publish publishes just that. Otherwise it leaves what is published as it is, and says so: a slip in a selector does not empty LiteLLM. The last server of a catalog stays in it too.',
    }),
    servers: Type.Optional(
      ListMap('name', RemoteServer, {
        maxItems: 256,
        description: 'Servers that are no MCPServers, which stand beside those.',
      }),
    ),
    litellm: Type.Optional(
      Type.Object(
        {
          file: Type.Optional(
            Type.Object(
              { rollout: Type.Optional(Rollout) },
              {
                description:
                  "As a file: the key `mcp_servers.yaml` of the ConfigMap `NAME-litellm`, for the `include` of LiteLLM's configuration. LiteLLM reads it when it starts.",
              },
            ),
          ),
        },
        { description: 'LiteLLM, and how it gets to know the servers.' },
      ),
    ),
    clientFiles: Type.Optional(
      Type.Array(OneOf(['ClaudeCode', 'VSCode', 'Cursor', 'ClaudeDesktop']), {
        minItems: 1,
        maxItems: 4,
        'x-kubernetes-list-type': 'set',
        description:
          'Files of MCP clients with the servers: keys of the ConfigMap `NAME-clients`. No credential is in them; a client takes it from where its file says.',
      }),
    ),
    registry: Type.Optional(
      Type.Object(
        {
          prefix: Type.String({
            maxLength: 100,
            pattern: `^${DNS1123_LABEL}([.]${DNS1123_LABEL})+$`,
            description: 'What names of servers begin with: the reverse DNS of your organisation.',
            hint: 'a reverse domain name such as com.example',
          }),
          addresses: OneOf(['Public', 'All'], {
            default: 'Public',
            description:
              '`Public`: servers with a public https address alone, which is what registries take; `All`: also addresses within the cluster, and http, for readers that are there.',
          }),
          serve: Type.Optional(
            Type.Object(
              {
                replicas: Int32({
                  minimum: 1,
                  maximum: 10,
                  default: 1,
                  description: 'How many pods serve it.',
                }),
              },
              {
                description:
                  'Pods of the runtime image serve it, read-only, behind the Service `NAME-registry`. It takes an operator whose settings name that image.',
              },
            ),
          ),
        },
        {
          description:
            'As documents of an MCP registry: the key `registry.json` of the ConfigMaps `NAME-registry-0` and on, for `smooth-runtime registry`.',
        },
      ),
    ),
  },
  { description: 'Which servers are published, and where.' },
);

const count = (description: string) => Int32({ minimum: 0, description });

export const MCPCatalogStatus = Type.Object(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ minimum: 0, format: 'int64', description: 'Generation that this status speaks of.' }),
    ),
    servers: Type.Optional(
      Type.Object(
        {
          selected: count('Servers that are selected, remote ones included.'),
          published: count('Those of them that are published.'),
          leftOut: count('Those that are not; `leftOut` names some of them.'),
        },
        { description: 'How many servers there are.' },
      ),
    ),
    published: Type.Optional(
      Type.String({
        maxLength: 32,
        description: 'Published and selected servers as `n/m`, for the printer.',
      }),
    ),
    leftOut: Type.Optional(
      Type.Array(
        Type.Object({
          source: Type.String({
            maxLength: 128,
            description: '`NAMESPACE/NAME` of the MCPServer, or `servers/NAME`.',
          }),
          reason: Type.String({ maxLength: 63, description: 'Why it is not published, in one word.' }),
          message: Type.String({ maxLength: 512, description: 'Why, in a sentence that says what to do.' }),
        }),
        { maxItems: 32, description: 'The first of those that are selected and not published.' },
      ),
    ),
    litellm: Type.Optional(
      Type.Object(
        {
          hash: Type.Optional(Type.String({ maxLength: 64, description: 'Digest of what is published.' })),
        },
        { description: 'What LiteLLM is given.' },
      ),
    ),
    clientFiles: Type.Optional(
      Type.Object(
        {
          hash: Type.Optional(Type.String({ maxLength: 64, description: 'Digest of what is published.' })),
        },
        { description: 'What MCP clients are given.' },
      ),
    ),
    registry: Type.Optional(
      Type.Object(
        {
          url: Type.Optional(
            Type.String({ maxLength: 1024, description: 'Where it is served, within the cluster.' }),
          ),
          servers: Type.Optional(count('Servers that it has.')),
          hash: Type.Optional(
            Type.String({ maxLength: 64, description: 'Digest of what is published, times aside.' }),
          ),
          changedAt: Type.Optional(
            Type.String({ format: 'date-time', description: 'When that last changed.' }),
          ),
        },
        { description: 'What is published in the registry.' },
      ),
    ),
    conditions: Type.Optional(
      ListMap('type', Condition, { maxItems: 16, description: 'What is true of the catalog, by type.' }),
    ),
    lastUpdated: Type.Optional(
      Type.String({ format: 'date-time', description: 'When something else in this status last changed.' }),
    ),
  },
  { description: 'What is true of the catalog, written by the operator alone.' },
);

export type MCPCatalogSpec = Static<typeof MCPCatalogSpec>;
export type MCPCatalogStatus = Static<typeof MCPCatalogStatus>;

/** An MCPCatalog as it comes from the API server or a file: its spec is checked before it is trusted. */
export interface MCPCatalog {
  apiVersion: typeof API_VERSION;
  kind: 'MCPCatalog';
  metadata: { name: string; namespace: string; uid: string; generation: number };
  spec: MCPCatalogSpec;
  status?: MCPCatalogStatus;
}

export const mcpCatalogResource: CustomResource = {
  group: GROUP,
  version: VERSION,
  kind: 'MCPCatalog',
  plural: 'mcpcatalogs',
  singular: 'mcpcatalog',
  shortNames: ['mcpcat'],
  categories: ['all', 'mcp'],
  description:
    'An MCPCatalog is an address book of MCP servers: it publishes those that it selects, and remote ones, for LiteLLM, MCP clients and registries.',
  spec: MCPCatalogSpec,
  status: MCPCatalogStatus,
  validations: [
    {
      rule: `self.metadata.name.size() <= ${NAME_MAX_LENGTH} && self.metadata.name.matches('${NAME_PATTERN}')`,
      message: `metadata.name must be a DNS-1035 label of at most ${NAME_MAX_LENGTH} characters: lower-case letters, digits and -, starting with a letter`,
    },
  ],
  columns: [
    {
      name: 'Ready',
      type: 'string',
      jsonPath: ".status.conditions[?(@.type=='Ready')].status",
      description: 'Whether everything that is asked for is published',
    },
    {
      name: 'Published',
      type: 'string',
      jsonPath: '.status.published',
      description: 'Published and selected servers',
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    {
      name: 'Message',
      type: 'string',
      jsonPath: ".status.conditions[?(@.type=='Ready')].message",
      priority: 1,
    },
  ],
};
