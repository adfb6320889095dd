/** The HorizontalPodAutoscaler of an MCPServer. It writes the server's own `replicas`, which the Deployment follows. */
import type { V2HorizontalPodAutoscaler, V2MetricSpec } from '@kubernetes/client-node';
import type { Autoscaling } from '../api/autoscaling.ts';
import { SERVER_CONTAINER } from '../api/containers.ts';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';

const DEFAULT_CPU_PERCENT = 80;

type Targets = Pick<Autoscaling, 'targetCPUUtilizationPercentage' | 'targetMemoryUtilizationPercentage'>;

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
      // Of containers, not of pods: one that a mesh injects without a request would stop the autoscaler.
      metrics: targetsOf(server).map(
        ({ container, resource: name, percent }): V2MetricSpec => ({
          type: 'ContainerResource',
          containerResource: {
            container,
            name,
            target: { type: 'Utilization', averageUtilization: percent },
          },
        }),
      ),
      behavior: autoscaling.behavior,
      scaleTargetRef: {
        apiVersion: server.apiVersion,
        kind: server.kind,
        name: server.metadata.name,
      },
    },
  });
}

/** What one container is to use of one resource, in percent of its request. */
export interface Target {
  container: string;
  resource: 'cpu' | 'memory';
  percent: number;
}

/** @returns at least one. */
export function targetsOf({ spec }: MCPServer): Target[] {
  const { autoscaling } = spec;
  const all = [
    ...targetsOn(SERVER_CONTAINER, autoscaling ?? {}),
    ...(autoscaling?.containers ?? []).flatMap((one) => targetsOn(one.name, one)),
  ];
  if (all.length > 0) return all;
  return [{ container: SERVER_CONTAINER, resource: 'cpu', percent: DEFAULT_CPU_PERCENT }];
}

function targetsOn(container: string, given: Targets): Target[] {
  const { targetCPUUtilizationPercentage: cpu, targetMemoryUtilizationPercentage: memory } = given;
  return [
    ...(cpu === undefined ? [] : [{ container, resource: 'cpu' as const, percent: cpu }]),
    ...(memory === undefined ? [] : [{ container, resource: 'memory' as const, percent: memory }]),
  ];
}

/** @returns the most pods that there may be at a time. */
export function mostReplicas({ spec }: MCPServer): number {
  return Math.max(spec.replicas, spec.autoscaling?.maxReplicas ?? 0);
}
