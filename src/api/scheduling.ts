/** Where pods may run, in the names and forms of the core Pod API. */
import { Type } from '@sinclair/typebox';
import { Int32, OneOf } from './schema.ts';
import { LABEL_VALUE, QUALIFIED_NAME } from './syntax.ts';

export const Toleration = Type.Object(
  {
    key: Type.Optional(
      Type.String({ maxLength: 253, pattern: QUALIFIED_NAME, description: 'Taint key; any where absent.' }),
    ),
    operator: Type.Optional(
      OneOf(['Equal', 'Exists'], { description: 'How `value` is compared; Equal where absent.' }),
    ),
    value: Type.Optional(Type.String({ maxLength: 63, pattern: LABEL_VALUE, description: 'Taint value.' })),
    effect: Type.Optional(
      OneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], {
        description: 'Which effect; all where absent.',
      }),
    ),
    tolerationSeconds: Type.Optional(
      Int32({ minimum: 0, description: 'How long NoExecute is put up with; for ever where absent.' }),
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
        message: 'operator must be Exists where key is absent',
      },
      {
        rule: "!(has(self.operator) && self.operator == 'Exists' && has(self.value))",
        message: 'value must be absent where operator is Exists',
      },
      {
        rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
        message: 'tolerationSeconds needs effect NoExecute',
      },
    ],
  },
);

export const TopologySpreadConstraint = Type.Object({
  topologyKey: Type.String({
    minLength: 1,
    maxLength: 253,
    pattern: QUALIFIED_NAME,
    description: 'Node label whose values are the domains.',
  }),
  whenUnsatisfiable: OneOf(['DoNotSchedule', 'ScheduleAnyway'], {
    description: 'What to do with a pod that would break it.',
  }),
  maxSkew: Int32({ minimum: 1, description: 'Largest difference between two domains.' }),
});
