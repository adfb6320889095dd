/** The HorizontalPodAutoscaler of an MCPServer. It writes the server's own `replicas`, which the Deployment follows. */
import type { V2HorizontalPodAutoscaler, V2MetricSpec } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';

const DEFAULT_CPU_PERCENT = 80;

/** @returns undefined where there is no `autoscaling`. */
export function horizontalPodAutoscaler(server: MCPServer): V2HorizontalPodAutoscaler | undefined {
  const { autoscaling } = server.spec;
  if (!autoscaling) return undefined;
  return canonical<V2HorizontalPodAutoscaler>({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(server),
    spec: {
      minReplicas: autoscaling.minReplicas,
      maxReplicas: autoscaling.maxReplicas,
      metrics: targetsOf(server).map(
        ([name, averageUtilization]): V2MetricSpec => ({
          type: 'Resource',
          resource: { name, target: { type: 'Utilization', averageUtilization } },
        }),
      ),
      scaleTargetRef: {
        apiVersion: server.apiVersion,
        kind: server.kind,
        name: server.metadata.name,
      },
    },
  });
}

/** @returns resources with the percentage of their requests to keep to. */
export function targetsOf({ spec }: MCPServer): [resource: 'cpu' | 'memory', percent: number][] {
  const { targetCPUUtilizationPercentage: cpu, targetMemoryUtilizationPercentage: memory } =
    spec.autoscaling ?? {};
  if (cpu === undefined && memory === undefined) return [['cpu', DEFAULT_CPU_PERCENT]];
  return [
    ...(cpu === undefined ? [] : [['cpu', cpu] as ['cpu', number]]),
    ...(memory === undefined ? [] : [['memory', memory] as ['memory', number]]),
  ];
}

/** @returns the most pods that there may be at a time. */
export function mostReplicas({ spec }: MCPServer): number {
  return Math.max(spec.replicas, spec.autoscaling?.maxReplicas ?? 0);
}
