/** Nodes by their labels, in the names and forms of the core Pod API. */
import { type Static, Type } from '@sinclair/typebox';
import { Int32, OneOf } from './schema.ts';
import { LABEL_VALUE, QUALIFIED_NAME } from './syntax.ts';

const MOST_REQUIREMENTS = 16;
const MOST_TERMS = 16;

const MatchExpression = Type.Object(
  {
    key: Type.String({
      minLength: 1,
      maxLength: 253,
      pattern: QUALIFIED_NAME,
      description: 'Key of a label of the node.',
    }),
    operator: OneOf(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'], {
      description: 'How its value is compared; Gt and Lt with a whole number.',
    }),
    values: Type.Optional(
      Type.Array(
        Type.String({
          maxLength: 63,
          pattern: LABEL_VALUE,
          hint: 'the value of a label: letters, digits, -, _ and ., at most 63',
        }),
        { minItems: 1, maxItems: 64, description: 'Values to compare with.' },
      ),
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: "(self.operator in ['Exists', 'DoesNotExist']) != has(self.values)",
        message: 'values go with In, NotIn, Gt and Lt, and with nothing else',
      },
      {
        rule: "!(self.operator in ['Gt', 'Lt']) || !has(self.values) || (self.values.size() == 1 && self.values[0].matches('^[0-9]{1,18}$'))",
        message: 'Gt and Lt compare with one whole number',
        fieldPath: '.values',
      },
    ],
  },
);

const MatchField = Type.Object({
  key: Type.String({
    maxLength: 63,
    pattern: '^metadata[.]name$',
    description: 'Field of the node: metadata.name, there is no other.',
    hint: 'metadata.name',
  }),
  operator: OneOf(['In', 'NotIn'], { description: 'How it is compared.' }),
  values: Type.Array(
    Type.String({ minLength: 1, maxLength: 253, pattern: '^[a-z0-9.-]+$', hint: 'the name of a node' }),
    { minItems: 1, maxItems: 1, description: 'Name of a node.' },
  ),
});

const term = (description?: string) =>
  Type.Object(
    {
      matchExpressions: Type.Optional(
        Type.Array(MatchExpression, {
          minItems: 1,
          maxItems: MOST_REQUIREMENTS,
          description: 'What must hold of labels of the node, all of it.',
        }),
      ),
      matchFields: Type.Optional(
        Type.Array(MatchField, {
          minItems: 1,
          maxItems: MOST_REQUIREMENTS,
          description: 'What must hold of the node itself.',
        }),
      ),
    },
    {
      ...(description ? { description } : {}),
      'x-kubernetes-validations': [
        {
          rule: 'has(self.matchExpressions) || has(self.matchFields)',
          message: 'matchExpressions or matchFields must be set: an empty term matches no node',
        },
      ],
    },
  );

export const NodeAffinity = Type.Object(
  {
    requiredDuringSchedulingIgnoredDuringExecution: Type.Optional(
      Type.Object(
        {
          nodeSelectorTerms: Type.Array(term(), {
            minItems: 1,
            maxItems: MOST_TERMS,
            description: 'What a node must match: one of these.',
          }),
        },
        { description: 'The only nodes that pods are put on.' },
      ),
    ),
    preferredDuringSchedulingIgnoredDuringExecution: Type.Optional(
      Type.Array(
        Type.Object({
          weight: Int32({ minimum: 1, maximum: 100, description: 'How much it counts beside the others.' }),
          preference: term('What a node should match.'),
        }),
        { minItems: 1, maxItems: MOST_TERMS, description: 'Nodes that are better than others.' },
      ),
    ),
  },
  { description: 'Nodes for the pods, where `pod.nodeSelector` cannot say it.' },
);

export type NodeAffinity = Static<typeof NodeAffinity>;
