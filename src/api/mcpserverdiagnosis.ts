/**
 * MCPServerDiagnosis: what the pods of one late MCPServer say. It is there only while a server is late, so that Metacontroller
 * looks at pods for those servers alone; see docs/decisions/6-pods-of-late-servers.md.
 */
import { type Static, Type } from '@sinclair/typebox';
import type { CustomResource } from './crd.ts';
import { type API_VERSION, GROUP, NAME_MAX_LENGTH, VERSION } from './mcpserver.ts';
import { OneOf } from './schema.ts';

export const MCPServerDiagnosisSpec = Type.Object(
  {},
  { description: 'Nothing: it speaks of the MCPServer of its own name.' },
);

export const MCPServerDiagnosisStatus = Type.Object(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ minimum: 0, format: 'int64', description: 'Generation that this status speaks of.' }),
    ),
    deploymentGeneration: Type.Optional(
      Type.Integer({
        minimum: 0,
        format: 'int64',
        description: 'Generation of the Deployment whose pods were looked at.',
      }),
    ),
    reason: Type.Optional(
      Type.String({ maxLength: 63, description: 'What is wrong with the pods, in one CamelCase word.' }),
    ),
    message: Type.Optional(
      Type.String({
        maxLength: 8192,
        description:
          'Which pod, which container, what the kubelet or the scheduler says of it, and the next command. Absent where nothing is wrong, or not for long enough.',
      }),
    ),
    lacks: Type.Optional(
      OneOf(['volume', 'room'], { description: 'What a pod waits for that older pods may hold.' }),
    ),
  },
  { description: 'As the operator observed it last.' },
);

export type MCPServerDiagnosisStatus = Static<typeof MCPServerDiagnosisStatus>;

export interface MCPServerDiagnosis {
  apiVersion: typeof API_VERSION;
  kind: 'MCPServerDiagnosis';
  metadata: { name: string; namespace: string; generation?: number };
  spec: object;
  status?: MCPServerDiagnosisStatus;
}

export const mcpServerDiagnosisResource: CustomResource = {
  group: GROUP,
  version: VERSION,
  kind: 'MCPServerDiagnosis',
  plural: 'mcpserverdiagnoses',
  singular: 'mcpserverdiagnosis',
  shortNames: [],
  categories: ['mcp'],
  description:
    'An MCPServerDiagnosis is what the pods of a late MCPServer of its name say. The operator makes it and takes it away; the MCPServer repeats it in its own status.',
  spec: MCPServerDiagnosisSpec,
  status: MCPServerDiagnosisStatus,
  validations: [
    {
      rule: `self.metadata.name.size() <= ${NAME_MAX_LENGTH}`,
      message: `metadata.name must be that of an MCPServer, which has at most ${NAME_MAX_LENGTH} characters`,
    },
  ],
  columns: [
    { name: 'Reason', type: 'string', jsonPath: '.status.reason' },
    { name: 'Message', type: 'string', jsonPath: '.status.message' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
