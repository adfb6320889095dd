/** The ServiceMonitor of an MCPServer, in its own namespace: owner references cannot cross namespaces. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { monitorTlsConfig } from './backendtls.ts';
import { canonical } from './canonical.ts';
import { metadataOf, selectorOf } from './identity.ts';
import { MCP_PORT, METRICS_PORT } from './ports.ts';
import { speaksTls } from './scheme.ts';

/** @returns undefined where no metrics are asked for. */
export function serviceMonitor(server: MCPServer, settings: RenderSettings): object | undefined {
  const { metrics } = server.spec.observability ?? {};
  if (!metrics?.enabled) return undefined;
  const byTls = speaksTls(server) && metricsPort(server) === undefined;
  return canonical({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: metadataOf(server, {
      labels: { ...settings.monitoring.serviceMonitorLabels, ...metrics.labels },
    }),
    spec: {
      endpoints: [
        {
          interval: metrics.interval,
          path: metrics.path ?? '/metrics',
          port: metricsPort(server) === undefined ? MCP_PORT : METRICS_PORT,
          ...(byTls ? { scheme: 'https', tlsConfig: monitorTlsConfig(server) } : {}),
        },
      ],
      selector: { matchLabels: selectorOf(server) },
    },
  });
}

/** @returns the port of the container that serves metrics and nothing else; undefined where there is none. */
export function metricsPort({ spec }: MCPServer): number | undefined {
  const { metrics } = spec.observability ?? {};
  return metrics?.enabled && metrics.port !== undefined && metrics.port !== spec.port
    ? metrics.port
    : undefined;
}
