/** How the Deployment of a server replaces pods. */
import type { V1DeploymentStrategy } from '@kubernetes/client-node';
import type { MCPServerSpec } from '../api/mcpserver.ts';

/** Both amounts are spelled out, so that what an earlier spec said goes when this one says nothing. */
export function strategyOf({ strategy }: MCPServerSpec): V1DeploymentStrategy {
  if (strategy?.type === 'Recreate') return { type: 'Recreate' };
  const { maxSurge = 1, maxUnavailable = isNone(maxSurge) ? 1 : 0 } = strategy?.rollingUpdate ?? {};
  return { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
}

/** @returns whether new pods start while all old ones are still there. */
export function surges(spec: MCPServerSpec): boolean {
  const { rollingUpdate } = strategyOf(spec);
  return rollingUpdate !== undefined && !isNone(rollingUpdate.maxSurge!);
}

/** A number, or a percentage of `replicas`, that is 0. */
function isNone(amount: number | string): boolean {
  return Number.parseInt(String(amount), 10) === 0;
}
