/** The Service of an MCPServer. */
import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { traefikAnnotations } from './backendtls.ts';
import { canonical } from './canonical.ts';
import { BALANCER_CLASS, metadataOf, selectorOf } from './identity.ts';
import { pathOf } from './paths.ts';
import { MCP_PORT, METRICS_PORT } from './ports.ts';
import { speaksTls } from './scheme.ts';
import { isMonitored, metricsPort } from './servicemonitor.ts';
import { affinityAnnotations, isAffine } from './sessions.ts';

export function service(server: MCPServer, settings: RenderSettings): V1Service {
  const { servicePort, service: options, ports } = server.spec;
  const affine = isAffine(server);
  const annotations = {
    ...affinityAnnotations(server, settings),
    ...traefikAnnotations(server, settings),
    ...options?.annotations,
    ...(options?.loadBalancerClass && { [BALANCER_CLASS]: options.loadBalancerClass }),
  };
  const metrics = metricsPort(server);
  return canonical<V1Service>({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(server, { labels: options?.labels, annotations }),
    spec: {
      externalTrafficPolicy: options?.externalTrafficPolicy,
      loadBalancerClass: options?.loadBalancerClass,
      loadBalancerSourceRanges: options?.loadBalancerSourceRanges,
      ports: [
        port(MCP_PORT, servicePort, {
          appProtocol: options?.appProtocol ?? (speaksTls(server) ? 'https' : 'http'),
        }),
        ...(metrics === undefined ? [] : [port(METRICS_PORT, metrics, { appProtocol: 'http' })]),
        ...(ports ?? []).map(({ name, port: number, servicePort: shown = number, protocol, appProtocol }) =>
          port(name, shown, { protocol, appProtocol }),
        ),
      ],
      selector: selectorOf(server),
      sessionAffinity: affine ? 'ClientIP' : 'None',
      // Spelled out because the API server refuses a default of its own that stays behind when affinity goes.
      sessionAffinityConfig: affine ? { clientIP: { timeoutSeconds: 10800 } } : undefined,
      type: options?.type ?? 'ClusterIP',
    },
  });
}

function port(name: string, number: number, more: Partial<V1ServicePort>): V1ServicePort {
  return { name, port: number, protocol: 'TCP', targetPort: name, ...more };
}

/** @returns the address of a server's Service, for clients within the cluster. */
export function serviceUrl(server: MCPServer, clusterDomain: string): string {
  return addressOf(server, clusterDomain) + pathOf(server);
}

/** @returns the address of a server behind a load balancer, of which `given` is the host name or the IP address. */
export function loadBalancerUrl(server: MCPServer, given: string): string {
  const { servicePort } = server.spec;
  // At this port, a load balancer ends TLS where the server does not.
  const tls = speaksTls(server) || servicePort === 443;
  return urlOf(tls, given.includes(':') ? `[${given}]` : given, servicePort) + pathOf(server);
}

/** @returns the address of a server's metrics; undefined where none are read. */
export function metricsUrl(server: MCPServer, clusterDomain: string): string | undefined {
  if (!isMonitored(server)) return undefined;
  const { path = '/metrics' } = server.spec.observability?.metrics ?? {};
  return addressOf(server, clusterDomain, metricsPort(server)) + path;
}

/** @param port one that is not the server's own; HTTP is spoken there. */
function addressOf(server: MCPServer, clusterDomain: string, port?: number): string {
  const { metadata, spec } = server;
  const host = `${metadata.name}.${metadata.namespace}.svc.${clusterDomain}`;
  return urlOf(port === undefined && speaksTls(server), host, port ?? spec.servicePort);
}

function urlOf(tls: boolean, host: string, port: number): string {
  return `${tls ? 'https' : 'http'}://${host}${port === (tls ? 443 : 80) ? '' : `:${port}`}`;
}
