/** Values that live in a secret store and reach the server as environment variables. */
import { type Static, Type } from '@sinclair/typebox';
import { ObjectName, OneOf } from './schema.ts';
import { ENV_NAME } from './syntax.ts';

export const SecretVariable = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 253,
    pattern: ENV_NAME,
    description: 'Environment variable that carries the value.',
    hint: 'letters, digits, -, _ and ., not starting with a digit',
  }),
  remoteKey: Type.String({
    minLength: 1,
    maxLength: 2048,
    description: 'Where the value is in the secret store.',
  }),
  property: Type.Optional(
    Type.String({ minLength: 1, maxLength: 1024, description: 'Which part of it, where it has parts.' }),
  ),
  optional: Type.Optional(
    Type.Boolean({ description: 'Whether the server may run without it; no where absent.' }),
  ),
});

export const SecretStoreRef = Type.Object(
  {
    name: ObjectName('Name of the store.'),
    kind: OneOf(['SecretStore', 'ClusterSecretStore'], {
      default: 'SecretStore',
      description: 'A store of the namespace, or one of the cluster.',
    }),
  },
  {
    description:
      'Where `secrets` come from: a store of the External Secrets Operator. Where absent, the one that the settings name.',
  },
);

export type SecretVariable = Static<typeof SecretVariable>;
