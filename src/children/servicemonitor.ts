/** The ServiceMonitor of an MCPServer, in its own namespace: owner references cannot cross namespaces. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { monitorTlsConfig } from './backendtls.ts';
import { METRICS_PATH } from './bridge.ts';
import { canonical } from './canonical.ts';
import { metadataOf, selectorOf } from './identity.ts';
import { MCP_PORT, METRICS_PORT } from './ports.ts';
import { speaksTls } from './scheme.ts';
import { isBridged } from './transport.ts';

/** @returns undefined where no metrics are asked for, and there is no bridge that has some. */
export function serviceMonitor(server: MCPServer, settings: RenderSettings): object | undefined {
  const { metrics } = server.spec.observability ?? {};
  if (!isMonitored(server)) return undefined;
  const hasOwnPort = metricsPort(server) !== undefined;
  const byTls = speaksTls(server) && !hasOwnPort;
  return canonical({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: metadataOf(server, {
      labels: { ...settings.monitoring.serviceMonitorLabels, ...metrics?.labels },
    }),
    spec: {
      endpoints: [
        // A server's own are besides.
        ...(isBridged(server) && hasOwnPort
          ? [{ interval: metrics?.interval, path: METRICS_PATH, port: MCP_PORT }]
          : []),
        {
          interval: metrics?.interval,
          path: metrics?.path ?? METRICS_PATH,
          port: hasOwnPort ? METRICS_PORT : MCP_PORT,
          ...(byTls ? { scheme: 'https', tlsConfig: monitorTlsConfig(server) } : {}),
        },
      ],
      selector: { matchLabels: selectorOf(server) },
    },
  });
}

/** @returns whether metrics are read: where they are asked for, and a bridge's where they are not declined. */
export function isMonitored({ spec }: MCPServer): boolean {
  return spec.observability?.metrics?.enabled ?? isBridged({ spec });
}

/** @returns the port of the container that serves metrics and nothing else; undefined where there is none. */
export function metricsPort({ spec }: MCPServer): number | undefined {
  const { metrics } = spec.observability ?? {};
  return metrics?.enabled && metrics.port !== undefined && metrics.port !== spec.port
    ? metrics.port
    : undefined;
}
