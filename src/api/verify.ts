/** Whether and how a running server is asked what it is. */
import { type Static, Type } from '@sinclair/typebox';
import { keyRef } from './environment.ts';
import { ListMap, OneOf } from './schema.ts';

export const Verify = Type.Object(
  {
    mode: OneOf(['Report', 'Require', 'Off'], {
      default: 'Report',
      description:
        'What the answer is for: `Report` tells it in status and condition, `Require` has the address and Ready wait for it as well, `Off` asks nothing.',
      hint: 'Report, Require or "Off", which takes its quotes: YAML reads a bare Off as false',
    }),
    every: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]{0,3}[mh]$',
        maxLength: 5,
        description: 'How often a server is asked again, such as 6h. Where absent, once after each rollout.',
        hint: 'a whole number with m or h, such as 30m or 6h',
      }),
    ),
    timeout: Type.Optional(
      Type.String({
        pattern: '^([1-9]|[1-9][0-9]|[12][0-9]{2}|300)s$',
        maxLength: 4,
        description: 'How long the server has for all of its answers, from 1s to 300s; 30s where absent.',
        hint: 'whole seconds from 1s to 300s',
      }),
    ),
    headers: Type.Optional(
      ListMap(
        'name',
        Type.Object({
          name: Type.String({
            minLength: 1,
            maxLength: 128,
            pattern: '^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?$',
            description: 'Name of the header, such as Authorization.',
            hint: 'letters, digits and - between them',
          }),
          secretKeyRef: keyRef('Secret'),
        }),
        {
          maxItems: 8,
          description:
            'Headers that the server is asked with, for one that wants credentials, their values from Secrets of the namespace: `Bearer ...` whole for Authorization.',
        },
      ),
    ),
  },
  {
    description:
      'Whether the running server is asked what it is after each rollout, as a client would ask it. It takes a pod of the runtime image for a moment, and an operator whose settings name that image.',
  },
);

export type Verify = Static<typeof Verify>;
