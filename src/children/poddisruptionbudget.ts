/** The PodDisruptionBudget of an MCPServer: what a drain of nodes may take. */
import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonical } from './canonical.ts';
import { metadataOf, selectorOf } from './identity.ts';

/** @returns undefined where there is to be none, or where it would block every drain. */
export function podDisruptionBudget(server: MCPServer): V1PodDisruptionBudget | undefined {
  if (!wantsBudget(server) || blocksEveryDrain(server)) return undefined;
  const { minAvailable, maxUnavailable } = server.spec.podDisruptionBudget ?? {};
  return canonical<V1PodDisruptionBudget>({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(server),
    spec: {
      minAvailable,
      maxUnavailable: minAvailable === undefined ? (maxUnavailable ?? 1) : undefined,
      selector: { matchLabels: selectorOf(server) },
      // A pod that is not ready protects nobody, and a node with one could never be drained.
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  });
}

function wantsBudget({ spec }: MCPServer): boolean {
  if (spec.podDisruptionBudget) return spec.podDisruptionBudget.enabled && spec.replicas > 0;
  return spec.replicas > 1;
}

/** By the disruption controller's rule: a share of the pods is rounded up, for either field. */
export function blocksEveryDrain(server: MCPServer): boolean {
  if (!wantsBudget(server)) return false;
  const { replicas, podDisruptionBudget } = server.spec;
  const { minAvailable, maxUnavailable } = podDisruptionBudget ?? {};
  if (minAvailable !== undefined) return podsOf(minAvailable, replicas) >= replicas;
  return maxUnavailable !== undefined && podsOf(maxUnavailable, replicas) === 0;
}

function podsOf(amount: number | string, replicas: number): number {
  return typeof amount === 'number' ? amount : Math.ceil((Number.parseInt(amount, 10) * replicas) / 100);
}
