/** The bodies of the hook routes: checked on the way in as far as reconciling relies on them, and shown at `/docs`. */
import { type TProperties, Type } from '@sinclair/typebox';
import { PodMetadata, PodSpec, PodStatus } from './podschema.ts';

/** As Kubernetes counts wherever it counts pods. */
const count = Type.Optional(Type.Integer({ minimum: 0 }));
const condition = {
  type: Type.String(),
  status: Type.String(),
  reason: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
};
const conditionsOf = (more: TProperties) => Type.Optional(Type.Array(Type.Object({ ...condition, ...more })));
const counts = { replicas: count, readyReplicas: count, availableReplicas: count };

const metadata = {
  name: Type.String(),
  namespace: Type.Optional(Type.String()),
  annotations: Type.Optional(Type.Object({}, { additionalProperties: Type.String() })),
  ownerReferences: Type.Optional(Type.Array(Type.Object({ kind: Type.String(), apiVersion: Type.String() }))),
};
const status = { ...counts, updatedReplicas: count, observedGeneration: count, conditions: conditionsOf({}) };

const Observed = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  metadata: Type.Object(metadata),
  status: Type.Optional(Type.Object(status)),
});

const Pod = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  metadata: Type.Object({ ...metadata, ...PodMetadata }),
  spec: PodSpec,
  status: Type.Optional(Type.Object({ ...status, ...PodStatus })),
});

const ofOneKind = Type.Object({}, { additionalProperties: Observed });
const byKind = 'Objects by `Kind.group/version`, then by `namespace/name`.';
const Children = Type.Object({}, { additionalProperties: ofOneKind, description: byKind });
const Related = Type.Object(
  { 'Pod.v1': Type.Optional(Type.Object({}, { additionalProperties: Pod })) },
  { additionalProperties: ofOneKind, description: byKind },
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
          ...counts,
          phase: Type.Optional(Type.String()),
          lastUpdated: Type.Optional(Type.String()),
          conditions: conditionsOf({ lastTransitionTime: Type.String() }),
        },
        { description: 'As the hook wrote it before.' },
      ),
    ),
  },
  { description: 'The parent as the API server has it.' },
);

export const SyncBody = Type.Object(
  { parent: Parent, children: Type.Optional(Children), related: Type.Optional(Related) },
  { description: "A CompositeController's sync call, version v2." },
);

export const CustomizeBody = Type.Object(
  { parent: Parent },
  { description: "A CompositeController's customize call, version v2." },
);

export const SyncAnswer = Type.Object({
  resyncAfterSeconds: Type.Optional(
    Type.Number({ description: 'Seconds after which the parent is to be synced again.' }),
  ),
  status: Type.Object({}, { additionalProperties: true, description: "Replaces the parent's status." }),
  children: Type.Array(Type.Object({}, { additionalProperties: true }), {
    description: 'Every child that is wanted; an observed one that is missing here is deleted.',
  }),
});

const LabelSelector = Type.Object({
  matchLabels: Type.Optional(Type.Object({}, { additionalProperties: Type.String() })),
  matchExpressions: Type.Optional(
    Type.Array(
      Type.Object({
        key: Type.String(),
        operator: Type.String(),
        values: Type.Optional(Type.Array(Type.String())),
      }),
    ),
  ),
});

export const CustomizeAnswer = Type.Object({
  relatedResources: Type.Array(
    Type.Object({
      apiVersion: Type.String(),
      resource: Type.String(),
      namespace: Type.Optional(Type.String()),
      names: Type.Optional(Type.Array(Type.String())),
      labelSelector: Type.Optional(LabelSelector),
      namespaceSelector: Type.Optional(LabelSelector),
    }),
  ),
});

const group = { group: Type.String({ maxLength: 253 }), version: Type.String({ maxLength: 63 }) };

/** No more is asked than an answer needs: a review of anything else is refused in words that the API server passes on. */
export const AdmissionBody = Type.Object({
  apiVersion: Type.Optional(Type.String()),
  kind: Type.Optional(Type.String()),
  request: Type.Object({
    uid: Type.String({ minLength: 1, maxLength: 128 }),
    kind: Type.Object({ ...group, kind: Type.String({ maxLength: 63 }) }),
    resource: Type.Object({ ...group, resource: Type.String({ maxLength: 63 }) }),
    subResource: Type.Optional(Type.String({ maxLength: 63 })),
    name: Type.Optional(Type.String()),
    namespace: Type.Optional(Type.String()),
    operation: Type.String({ maxLength: 32 }),
  }),
});

export const AdmissionAnswer = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  response: Type.Object({
    uid: Type.String({ description: 'That of the request.' }),
    allowed: Type.Boolean(),
    warnings: Type.Optional(Type.Array(Type.String())),
    status: Type.Optional(
      Type.Object({}, { additionalProperties: true, description: 'Why not: every problem with its field.' }),
    ),
  }),
});

export const Refusal = Type.Object({ error: Type.String() });

export const Revision = Type.Object({
  rev: Type.Optional(
    Type.String({ maxLength: 128, description: 'Revision that the caller was set up with.' }),
  ),
});
