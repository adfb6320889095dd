/** How the kubelet looks after a server. */
import type { V1Probe } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { Probe } from '../api/observability.ts';
import { MCP_PORT } from './ports.ts';
import { schemeOf } from './scheme.ts';

export function probesOf(server: MCPServer): {
  startupProbe: V1Probe;
  readinessProbe: V1Probe;
  livenessProbe: V1Probe;
} {
  const { startup, readiness, liveness } = server.spec.observability?.healthProbes ?? {};
  const probe = (given: Probe | undefined, presets: Presets) => probeOf(server, given, presets);
  return {
    // Looks every second while the server starts, so that it is ready when it listens; two minutes are enough for any.
    startupProbe: probe(startup, { periodSeconds: 1, failureThreshold: 120 }),
    readinessProbe: probe(readiness, { periodSeconds: 5, failureThreshold: 3 }),
    livenessProbe: probe(liveness, { periodSeconds: 10, failureThreshold: 3 }),
  };
}

interface Presets {
  periodSeconds: number;
  failureThreshold: number;
}

function probeOf(server: MCPServer, given: Probe | undefined, presets: Presets): V1Probe {
  const { path, port = MCP_PORT, initialDelaySeconds, ...timing } = given ?? {};
  const scheme = port === MCP_PORT || port === server.spec.port ? schemeOf(server) : 'HTTP';
  return {
    ...(path === undefined ? { tcpSocket: { port } } : { httpGet: { path, port, scheme } }),
    timeoutSeconds: 3,
    ...presets,
    ...timing,
    // The API server does not keep a zero.
    ...(initialDelaySeconds ? { initialDelaySeconds } : {}),
  };
}
