/** How the kubelet looks after a server. */
import type { V1Probe } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { Probe } from '../api/observability.ts';
import { MCP_PORT } from './ports.ts';

export function probesOf({ spec }: MCPServer): {
  startupProbe: V1Probe;
  readinessProbe: V1Probe;
  livenessProbe: V1Probe;
} {
  const { startup, readiness, liveness } = spec.observability?.healthProbes ?? {};
  return {
    // Looks every second while the server starts, so that it is ready when it listens; two minutes are enough for any.
    startupProbe: probe(startup, { periodSeconds: 1, failureThreshold: 120 }),
    readinessProbe: probe(readiness, { periodSeconds: 5, failureThreshold: 3 }),
    livenessProbe: probe(liveness, { periodSeconds: 10, failureThreshold: 3 }),
  };
}

function probe(
  given: Probe | undefined,
  presets: { periodSeconds: number; failureThreshold: number },
): V1Probe {
  const { path, port = MCP_PORT, initialDelaySeconds, ...timing } = given ?? {};
  const action = path === undefined ? { tcpSocket: { port } } : { httpGet: { path, port, scheme: 'HTTP' } };
  return {
    ...action,
    timeoutSeconds: 3,
    ...presets,
    ...timing,
    // The API server does not keep a zero.
    ...(initialDelaySeconds ? { initialDelaySeconds } : {}),
  };
}
