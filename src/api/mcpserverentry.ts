/**
 * MCPServerEntry: what catalogs read of one MCPServer, and nothing else. Its status changes a dozen times while an MCPServer
 * rolls out; its entry changes only when something that is published does. See docs/decisions/11-catalogs.md.
 */
import { type Static, Type } from '@sinclair/typebox';
import type { CustomResource } from './crd.ts';
import { AllowedTools, ServerDescription, UserGroups } from './litellm.ts';
import { GROUP, NAME_MAX_LENGTH, VERSION } from './mcpserver.ts';
import { OneOf } from './schema.ts';

const url = (description: string) => Type.String({ minLength: 1, maxLength: 1024, description });

export const MCPServerEntrySpec = Type.Object(
  {
    url: url('Address for clients within the cluster, path included.'),
    publicUrl: Type.Optional(url('Address for clients outside the cluster.')),
    transport: OneOf(['http', 'sse'], { description: 'What clients speak.' }),
    description: Type.Optional(ServerDescription),
    version: Type.Optional(
      Type.String({
        maxLength: 128,
        description: 'That the server gives itself, or else the tag of its image.',
      }),
    ),
    allowedUserGroups: Type.Optional(UserGroups),
    allowedTools: Type.Optional(AllowedTools),
    created: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'When the MCPServer was created: of two that want one name the older has it.',
      }),
    ),
    autoRegister: Type.Boolean({ description: 'Whether it is to be in LiteLLM by itself.' }),
    ready: Type.Boolean({
      description: 'Whether it is Ready, or was so less than the grace of the settings ago.',
    }),
    verified: OneOf(['True', 'False', 'Unknown', 'Absent'], {
      description: 'Its condition Verified; `Absent` where nobody asks it what it is.',
    }),
  },
  { description: 'What is published of the MCPServer of its own name.' },
);

export type MCPServerEntrySpec = Static<typeof MCPServerEntrySpec>;

export const mcpServerEntryResource: CustomResource = {
  group: GROUP,
  version: VERSION,
  kind: 'MCPServerEntry',
  plural: 'mcpserverentries',
  singular: 'mcpserverentry',
  shortNames: [],
  categories: ['mcp'],
  description:
    'An MCPServerEntry is what catalogs read of the MCPServer of its name, whose labels it has. The operator makes it once the server is Ready, and takes it away with the server.',
  spec: MCPServerEntrySpec,
  status: Type.Object({}, { description: 'Nothing.' }),
  validations: [
    {
      rule: `self.metadata.name.size() <= ${NAME_MAX_LENGTH}`,
      message: `metadata.name must be that of an MCPServer, which has at most ${NAME_MAX_LENGTH} characters`,
    },
  ],
  columns: [
    { name: 'URL', type: 'string', jsonPath: '.spec.url' },
    { name: 'Ready', type: 'boolean', jsonPath: '.spec.ready' },
    { name: 'Verified', type: 'string', jsonPath: '.spec.verified' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
