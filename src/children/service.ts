/** The Service of an MCPServer. */
import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { canonical } from './canonical.ts';
import { metadataOf, selectorOf } from './identity.ts';
import { pathOf } from './paths.ts';
import { MCP_PORT, METRICS_PORT } from './ports.ts';
import { metricsPort } from './servicemonitor.ts';
import { affinityAnnotations, isAffine } from './sessions.ts';

export function service(server: MCPServer, settings: RenderSettings): V1Service {
  const { servicePort, service: options } = server.spec;
  const affine = isAffine(server);
  const annotations = { ...affinityAnnotations(server, settings), ...options?.annotations };
  const metrics = metricsPort(server);
  return canonical<V1Service>({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...metadataOf(server),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: {
      ports: [port(MCP_PORT, servicePort), ...(metrics === undefined ? [] : [port(METRICS_PORT, metrics)])],
      selector: selectorOf(server),
      sessionAffinity: affine ? 'ClientIP' : 'None',
      // Spelled out because the API server refuses a default of its own that stays behind when affinity goes.
      sessionAffinityConfig: affine ? { clientIP: { timeoutSeconds: 10800 } } : undefined,
      type: options?.type ?? 'ClusterIP',
    },
  });
}

function port(name: string, number: number): V1ServicePort {
  return { name, appProtocol: 'http', port: number, protocol: 'TCP', targetPort: name };
}

/** @returns the address of a server's Service, for clients within the cluster. */
export function serviceUrl(server: MCPServer, clusterDomain: string): string {
  return addressOf(server, clusterDomain, server.spec.servicePort) + pathOf(server);
}

/** @returns the address of a server's metrics; undefined where none are asked for. */
export function metricsUrl(server: MCPServer, clusterDomain: string): string | undefined {
  const { metrics } = server.spec.observability ?? {};
  if (!metrics?.enabled) return undefined;
  const port = metricsPort(server) ?? server.spec.servicePort;
  return addressOf(server, clusterDomain, port) + (metrics.path ?? '/metrics');
}

function addressOf({ metadata }: MCPServer, clusterDomain: string, port: number): string {
  return `http://${metadata.name}.${metadata.namespace}.svc.${clusterDomain}${port === 80 ? '' : `:${port}`}`;
}
