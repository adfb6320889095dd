/**
 * MCPServerRegistration: what became of one MCPServer in one catalog. A list of all servers in the status of a catalog, which
 * every server relates, would be quadratic: each change of one would sync them all. See docs/decisions/11-catalogs.md.
 */
import { type Static, Type } from '@sinclair/typebox';
import type { CustomResource } from './crd.ts';
import { GROUP, NAME_MAX_LENGTH, VERSION } from './mcpserver.ts';
import { OneOf } from './schema.ts';

/** From the best to the worst; which reason of LiteLLMRegistered a state is. */
export const REGISTRATION_STATES = [
  'Registered',
  'Pending',
  'NotReady',
  'NotVerified',
  'NameConflict',
  'ApplyFailed',
] as const;

export const MCPServerRegistrationSpec = Type.Object(
  {
    catalog: Type.String({
      minLength: 1,
      maxLength: NAME_MAX_LENGTH,
      description: 'Name of the MCPCatalog, in the same namespace.',
    }),
    serverNamespace: Type.String({ minLength: 1, maxLength: 63, description: 'Namespace of the MCPServer.' }),
    serverName: Type.String({
      minLength: 1,
      maxLength: NAME_MAX_LENGTH,
      description: 'Name of the MCPServer.',
    }),
    state: OneOf(REGISTRATION_STATES, { description: 'What became of it.' }),
    message: Type.String({ maxLength: 1024, description: 'That in a sentence that says what to do.' }),
    entry: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'Digest of what LiteLLM has of it; absent where that is nothing.',
      }),
    ),
  },
  { description: 'What became of an MCPServer in a catalog.' },
);

export type MCPServerRegistrationSpec = Static<typeof MCPServerRegistrationSpec>;
export type RegistrationState = MCPServerRegistrationSpec['state'];

export const mcpServerRegistrationResource: CustomResource = {
  group: GROUP,
  version: VERSION,
  kind: 'MCPServerRegistration',
  plural: 'mcpserverregistrations',
  singular: 'mcpserverregistration',
  shortNames: [],
  categories: ['mcp'],
  description:
    'An MCPServerRegistration is what became of one MCPServer with litellm.autoRegister in one MCPCatalog. The operator makes it and takes it away; the MCPServer repeats it in its condition LiteLLMRegistered.',
  spec: MCPServerRegistrationSpec,
  status: Type.Object({}, { description: 'Nothing.' }),
  validations: [],
  columns: [
    { name: 'Namespace', type: 'string', jsonPath: '.spec.serverNamespace' },
    { name: 'Server', type: 'string', jsonPath: '.spec.serverName' },
    { name: 'State', type: 'string', jsonPath: '.spec.state' },
    { name: 'Message', type: 'string', jsonPath: '.spec.message', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
