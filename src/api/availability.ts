/** Where pods run, and what happens to them when nodes go. */
import { type Static, Type } from '@sinclair/typebox';
import { NodeAffinity } from './nodeaffinity.ts';
import { atMostOne, IntOrPercent, OneOf } from './schema.ts';

export const PodDisruptionBudget = Type.Object(
  {
    enabled: Type.Boolean({ default: true, description: 'Whether there is one.' }),
    minAvailable: Type.Optional(IntOrPercent({ description: 'How many pods a drain must leave.' })),
    maxUnavailable: Type.Optional(
      IntOrPercent({ description: 'How many pods a drain may take at once; 1 where neither is given.' }),
    ),
  },
  {
    description:
      'What a drain of nodes may take. Where absent, one pod at a time from two replicas on. One that would block every drain is left out, and a condition says so.',
    'x-kubernetes-validations': [atMostOne(['minAvailable', 'maxUnavailable'])],
  },
);

export const Affinity = Type.Object(
  {
    podAntiAffinity: Type.Optional(
      OneOf(['Preferred', 'Required'], {
        description:
          'Keeps the pods on different nodes: `Preferred` where it can be had, `Required` always, even if a pod then waits.',
      }),
    ),
    nodeAffinity: Type.Optional(NodeAffinity),
  },
  { description: 'Where the pods run, beside `pod.topologySpreadConstraints`.' },
);

export type PodDisruptionBudget = Static<typeof PodDisruptionBudget>;
