/** How many pods serve, and what happens to them when nodes go. */
import { type Static, Type } from '@sinclair/typebox';
import { NodeAffinity } from './nodeaffinity.ts';
import { atMostOne, Int32, IntOrPercent, OneOf } from './schema.ts';

const percentage = (what: string) =>
  Type.Optional(
    Int32({
      minimum: 1,
      maximum: 1000,
      description: `Average ${what} of the pods to keep to, in percent of what they request.`,
    }),
  );

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

export const Autoscaling = Type.Object(
  {
    minReplicas: Int32({ minimum: 1, maximum: 1000, default: 1, description: 'Fewest pods.' }),
    maxReplicas: Int32({ minimum: 1, maximum: 1000, description: 'Most pods.' }),
    targetCPUUtilizationPercentage: percentage('CPU'),
    targetMemoryUtilizationPercentage: percentage('memory'),
  },
  {
    description:
      'A HorizontalPodAutoscaler that sets `replicas` of this MCPServer. Without a target it keeps CPU at 80 percent. `replicas: 0` stops the server and the autoscaling.',
    'x-kubernetes-validations': [
      {
        rule: 'self.minReplicas <= self.maxReplicas',
        message: 'minReplicas must not be more than maxReplicas',
        fieldPath: '.minReplicas',
      },
    ],
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
