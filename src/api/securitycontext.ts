/** Security contexts of pod and container, in the names and forms of the core Pod API. */
import { Type } from '@sinclair/typebox';
import { OneOf } from './schema.ts';
import { RELATIVE_PATH } from './syntax.ts';

const runAs = {
  runAsUser: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2147483647, format: 'int64', description: 'User id.' }),
  ),
  runAsGroup: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2147483647, format: 'int64', description: 'Group id.' }),
  ),
  runAsNonRoot: Type.Optional(Type.Boolean({ description: 'Refuse to start as user 0; true where absent.' })),
  seccompProfile: Type.Optional(
    Type.Object(
      {
        type: OneOf(['RuntimeDefault', 'Localhost', 'Unconfined'], { description: 'Kind of profile.' }),
        localhostProfile: Type.Optional(
          Type.String({ maxLength: 512, pattern: RELATIVE_PATH, description: 'File, for Localhost.' }),
        ),
      },
      {
        description: 'Seccomp profile; RuntimeDefault where absent.',
        'x-kubernetes-validations': [
          {
            rule: "has(self.localhostProfile) == (self.type == 'Localhost')",
            message: 'localhostProfile goes with type Localhost and with no other',
          },
        ],
      },
    ),
  ),
};

export const PodSecurityContext = Type.Object(
  {
    ...runAs,
    fsGroup: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2147483647,
        format: 'int64',
        description: 'Group that owns the volumes.',
      }),
    ),
    fsGroupChangePolicy: Type.Optional(
      OneOf(['OnRootMismatch', 'Always'], { description: 'When ownership is changed.' }),
    ),
    supplementalGroups: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 2147483647, format: 'int64' }), {
        maxItems: 32,
        description: 'Further groups.',
      }),
    ),
  },
  { description: 'Laid over the restricted defaults of the pod, field by field.' },
);

const capabilities = (description: string) =>
  Type.Optional(
    Type.Array(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: '^[A-Z_]+$',
        hint: 'a name such as NET_BIND_SERVICE',
      }),
      { maxItems: 64, description },
    ),
  );

export const ContainerSecurityContext = Type.Object(
  {
    ...runAs,
    allowPrivilegeEscalation: Type.Optional(
      Type.Boolean({ description: 'Whether a process may gain rights; false where absent.' }),
    ),
    privileged: Type.Optional(Type.Boolean({ description: 'Run as root of the node.' })),
    readOnlyRootFilesystem: Type.Optional(
      Type.Boolean({ description: 'Whether the image is read-only; true where absent. /tmp is writable.' }),
    ),
    capabilities: Type.Optional(
      Type.Object(
        {
          add: capabilities('Those that the container gets.'),
          drop: capabilities('Those that it loses; `ALL` where absent.'),
        },
        { description: 'Linux capabilities; all are dropped where absent.' },
      ),
    ),
  },
  {
    description: 'Laid over the restricted defaults of the container, field by field.',
    'x-kubernetes-validations': [
      {
        rule: '!(has(self.privileged) && self.privileged && has(self.allowPrivilegeEscalation) && !self.allowPrivilegeEscalation)',
        message: 'a privileged container needs allowPrivilegeEscalation: true',
        fieldPath: '.allowPrivilegeEscalation',
      },
    ],
  },
);
