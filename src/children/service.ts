/** The Service of an MCPServer. */
import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { traefikAnnotations } from './backendtls.ts';
import { canonical } from './canonical.ts';
import { metadataOf, selectorOf } from './identity.ts';
import { pathOf } from './paths.ts';
import { MCP_PORT, METRICS_PORT } from './ports.ts';
import { speaksTls } from './scheme.ts';
import { metricsPort } from './servicemonitor.ts';
import { affinityAnnotations, isAffine } from './sessions.ts';

export function service(server: MCPServer, settings: RenderSettings): V1Service {
  const { servicePort, service: options } = server.spec;
  const affine = isAffine(server);
  const annotations = {
    ...affinityAnnotations(server, settings),
    ...traefikAnnotations(server, settings),
    ...options?.annotations,
  };
  const metrics = metricsPort(server);
  return canonical<V1Service>({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...metadataOf(server),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: {
      ports: [
        port(MCP_PORT, servicePort, speaksTls(server) ? 'https' : 'http'),
        ...(metrics === undefined ? [] : [port(METRICS_PORT, metrics, 'http')]),
      ],
      selector: selectorOf(server),
      sessionAffinity: affine ? 'ClientIP' : 'None',
      // Spelled out because the API server refuses a default of its own that stays behind when affinity goes.
      sessionAffinityConfig: affine ? { clientIP: { timeoutSeconds: 10800 } } : undefined,
      type: options?.type ?? 'ClusterIP',
    },
  });
}

function port(name: string, number: number, appProtocol: string): V1ServicePort {
  return { name, appProtocol, port: number, protocol: 'TCP', targetPort: name };
}

/** @returns the address of a server's Service, for clients within the cluster. */
export function serviceUrl(server: MCPServer, clusterDomain: string): string {
  return addressOf(server, clusterDomain) + pathOf(server);
}

/** @returns the address of a server's metrics; undefined where none are asked for. */
export function metricsUrl(server: MCPServer, clusterDomain: string): string | undefined {
  const { metrics } = server.spec.observability ?? {};
  if (!metrics?.enabled) return undefined;
  return addressOf(server, clusterDomain, metricsPort(server)) + (metrics.path ?? '/metrics');
}

/** @param port one that is not the server's own; HTTP is spoken there. */
function addressOf(server: MCPServer, clusterDomain: string, port?: number): string {
  const { metadata, spec } = server;
  const scheme = port === undefined && speaksTls(server) ? 'https' : 'http';
  const number = port ?? spec.servicePort;
  const shown = number === (scheme === 'https' ? 443 : 80) ? '' : `:${number}`;
  return `${scheme}://${metadata.name}.${metadata.namespace}.svc.${clusterDomain}${shown}`;
}
