/** By what those who front a server know that it ends TLS itself. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { familyOf } from './ingressclass.ts';
import { speaksTls } from './scheme.ts';

/** Names the ServersTransport, a kind of Traefik's, by which it verifies certificates of servers. */
export const SERVERS_TRANSPORT = 'traefik.ingress.kubernetes.io/service.serverstransport';
const SERVERS_SCHEME = 'traefik.ingress.kubernetes.io/service.serversscheme';

/** @returns the annotations of the Service by which Traefik, as an ingress controller, knows what the server speaks. */
export function traefikAnnotations(server: MCPServer, settings: RenderSettings): Record<string, string> {
  if (!server.spec.ingress || familyOf(server, settings) !== 'traefik') return {};
  if (speaksTls(server)) return { [SERVERS_SCHEME]: 'https' };
  // Left alone, it takes every Service at 443 for one that speaks TLS.
  return server.spec.servicePort === 443 ? { [SERVERS_SCHEME]: 'http' } : {};
}
