/** How those who front a server know that it ends TLS itself, and verify its certificate. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';
import { familyOf } from './ingressclass.ts';
import { MCP_PORT } from './ports.ts';
import { speaksTls } from './scheme.ts';

/** Names the ServersTransport, a kind of Traefik's, by which it verifies certificates of servers. */
export const SERVERS_TRANSPORT = 'traefik.ingress.kubernetes.io/service.serverstransport';
const SERVERS_SCHEME = 'traefik.ingress.kubernetes.io/service.serversscheme';
/** The only key that the Gateway API knows. */
export const CA_KEY = 'ca.crt';

/** @returns the annotations of the Service by which Traefik, as an ingress controller, knows what the server speaks. */
export function traefikAnnotations(server: MCPServer, settings: RenderSettings): Record<string, string> {
  if (!server.spec.ingress || familyOf(server, settings) !== 'traefik') return {};
  if (speaksTls(server)) return { [SERVERS_SCHEME]: 'https' };
  // Left alone, it takes every Service at 443 for one that speaks TLS.
  return server.spec.servicePort === 443 ? { [SERVERS_SCHEME]: 'http' } : {};
}

/** @returns undefined where no Gateway has anything to verify. */
export function backendTlsPolicy(server: MCPServer): object | undefined {
  const { route, backendTLS } = server.spec;
  if (!route || !backendTLS || !speaksTls(server)) return undefined;
  const { caConfigMap } = backendTLS;
  return canonical({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'BackendTLSPolicy',
    metadata: metadataOf(server),
    spec: {
      targetRefs: [{ group: '', kind: 'Service', name: server.metadata.name, sectionName: MCP_PORT }],
      validation: {
        hostname: hostnameOf(server),
        ...(caConfigMap
          ? { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: caConfigMap }] }
          : { wellKnownCACertificates: 'System' }),
      },
    },
  });
}

/** @returns the `tlsConfig` of a ServiceMonitor's endpoint at the server's port; undefined where nothing is known of it. */
export function monitorTlsConfig(server: MCPServer): object | undefined {
  const { backendTLS } = server.spec;
  if (!backendTLS) return undefined;
  const { caConfigMap } = backendTLS;
  return {
    ca: caConfigMap ? { configMap: { name: caConfigMap, key: CA_KEY } } : undefined,
    serverName: hostnameOf(server),
  };
}

function hostnameOf({ metadata, spec }: MCPServer): string {
  return spec.backendTLS?.hostname ?? `${metadata.name}.${metadata.namespace}.svc`;
}
