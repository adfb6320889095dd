/** How an autoscaler keeps the number of pods, in the names and forms of `autoscaling/v2`. */
import { type Static, Type } from '@sinclair/typebox';
import { Int32, LabelName, ListMap, OneOf } from './schema.ts';

const percentage = (what: string, whose: string) =>
  Type.Optional(
    Int32({
      minimum: 1,
      maximum: 1000,
      description: `Average ${what} of ${whose} over the pods to keep to, in percent of what it requests.`,
    }),
  );

const targets = (whose: string) => ({
  targetCPUUtilizationPercentage: percentage('CPU', whose),
  targetMemoryUtilizationPercentage: percentage('memory', whose),
});

const rules = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        stabilizationWindowSeconds: Type.Optional(
          Int32({
            minimum: 0,
            maximum: 3600,
            description: 'Of what was recommended in this time, the most careful is followed.',
          }),
        ),
        selectPolicy: Type.Optional(
          OneOf(['Max', 'Min', 'Disabled'], {
            description:
              'Which of several policies holds: that of the largest change, where absent. `Disabled`: none.',
          }),
        ),
        policies: Type.Optional(
          Type.Array(
            Type.Object({
              type: OneOf(['Pods', 'Percent'], { description: 'What `value` counts.' }),
              value: Int32({ minimum: 1, description: 'Largest change within the period.' }),
              periodSeconds: Int32({ minimum: 1, maximum: 1800, description: 'The period.' }),
            }),
            { minItems: 1, maxItems: 8, description: 'How fast it may go.' },
          ),
        ),
      },
      { description },
    ),
  );

export const Autoscaling = Type.Object(
  {
    minReplicas: Int32({ minimum: 1, maximum: 1000, default: 1, description: 'Fewest pods.' }),
    maxReplicas: Int32({ minimum: 1, maximum: 1000, description: 'Most pods.' }),
    ...targets('the server'),
    containers: Type.Optional(
      ListMap(
        'name',
        Type.Object(
          { name: LabelName('Name of one of `pod.sidecars`.'), ...targets('the container') },
          {
            'x-kubernetes-validations': [
              {
                rule: 'has(self.targetCPUUtilizationPercentage) || has(self.targetMemoryUtilizationPercentage)',
                message: 'targetCPUUtilizationPercentage or targetMemoryUtilizationPercentage must be set',
              },
            ],
          },
        ),
        {
          minItems: 1,
          maxItems: 8,
          description: 'Targets of sidecars. Other containers are not looked at, whatever they use.',
        },
      ),
    ),
    behavior: Type.Optional(
      Type.Object(
        {
          scaleUp: rules('How pods are added.'),
          scaleDown: rules('How pods are taken away; after five minutes of less load where absent.'),
        },
        { description: "How fast pods come and go; the autoscaler's own way where absent." },
      ),
    ),
  },
  {
    description:
      "A HorizontalPodAutoscaler that sets `replicas` of this MCPServer by what the server's container uses. Without a target it keeps CPU at 80 percent. `replicas: 0` stops the server and the autoscaling.",
    'x-kubernetes-validations': [
      {
        rule: 'self.minReplicas <= self.maxReplicas',
        message: 'minReplicas must not be more than maxReplicas',
        fieldPath: '.minReplicas',
      },
    ],
  },
);

export type Autoscaling = Static<typeof Autoscaling>;
