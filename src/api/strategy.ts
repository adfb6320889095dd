/** How an update replaces pods, in the names and forms of a Deployment. */
import { type Static, Type } from '@sinclair/typebox';
import { IntOrPercent, OneOf } from './schema.ts';

export const Strategy = Type.Object(
  {
    type: OneOf(['RollingUpdate', 'Recreate'], {
      default: 'RollingUpdate',
      description:
        '`RollingUpdate` replaces pods one after another, `Recreate` ends all old pods before the first new one starts.',
    }),
    rollingUpdate: Type.Optional(
      Type.Object(
        {
          maxSurge: Type.Optional(
            IntOrPercent({
              description: 'How many pods there may be beyond `replicas` (rounded up); 1 where absent.',
            }),
          ),
          maxUnavailable: Type.Optional(
            IntOrPercent({
              description:
                'How many of `replicas` may be missing (rounded down); 0 where absent, and 1 where maxSurge is 0.',
            }),
          ),
        },
        {
          description: 'How a rolling update goes on.',
          'x-kubernetes-validations': [
            {
              rule: "!has(self.maxSurge) || !has(self.maxUnavailable) || !string(self.maxSurge).matches('^0+%?$') || !string(self.maxUnavailable).matches('^0+%?$')",
              message: 'maxSurge and maxUnavailable must not both be 0: no pod could be replaced',
              fieldPath: '.maxUnavailable',
            },
          ],
        },
      ),
    ),
  },
  {
    description:
      'How an update replaces pods. Where absent, one pod more at a time and none less: a volume that one node at a time may have, or a quota without room for one pod more, needs another.',
    'x-kubernetes-validations': [
      {
        rule: "self.type == 'RollingUpdate' || !has(self.rollingUpdate)",
        message: 'rollingUpdate goes with type RollingUpdate: take it away',
        fieldPath: '.rollingUpdate',
      },
    ],
  },
);

export type Strategy = Static<typeof Strategy>;
