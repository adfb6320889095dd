/** The bodies of the hook routes: checked on the way in as far as reconciling relies on them, and shown at `/docs`. */
import { Type } from '@sinclair/typebox';

const ObjectMap = Type.Object(
  {},
  {
    additionalProperties: Type.Object({}, { additionalProperties: Type.Object({}) }),
    description: 'Objects by `Kind.group/version`, then by `namespace/name`.',
  },
);

const Parent = Type.Object(
  {
    apiVersion: Type.String({ minLength: 1, maxLength: 316 }),
    kind: Type.String({ minLength: 1, maxLength: 63 }),
    metadata: Type.Object({
      name: Type.String({ minLength: 1, maxLength: 253 }),
      namespace: Type.String({ minLength: 1, maxLength: 63 }),
      uid: Type.String({ minLength: 1, maxLength: 128 }),
      generation: Type.Integer({ minimum: 0 }),
    }),
    status: Type.Optional(
      Type.Object(
        {
          conditions: Type.Optional(Type.Array(Type.Object({ type: Type.String(), status: Type.String() }))),
        },
        { description: 'As the hook wrote it before.' },
      ),
    ),
  },
  { description: 'The parent as the API server has it.' },
);

export const SyncBody = Type.Object(
  { parent: Parent, children: Type.Optional(ObjectMap), related: Type.Optional(ObjectMap) },
  { description: "A CompositeController's sync call, version v2." },
);

export const CustomizeBody = Type.Object(
  { parent: Parent },
  { description: "A CompositeController's customize call, version v2." },
);

export const SyncAnswer = Type.Object({
  status: Type.Object({}, { additionalProperties: true, description: "Replaces the parent's status." }),
  children: Type.Array(Type.Object({}, { additionalProperties: true }), {
    description: 'Every child that is wanted; an observed one that is missing here is deleted.',
  }),
});

export const CustomizeAnswer = Type.Object({
  relatedResources: Type.Array(
    Type.Object({
      apiVersion: Type.String(),
      resource: Type.String(),
      namespace: Type.String(),
      names: Type.Array(Type.String()),
    }),
  ),
});

export const Refusal = Type.Object({ error: Type.String() });

export const Revision = Type.Object({
  rev: Type.Optional(
    Type.String({ maxLength: 128, description: 'Revision that the caller was set up with.' }),
  ),
});
