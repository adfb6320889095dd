/** Traefik's Middleware that turns a public path into the server's own. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';
import { needsRewrite } from './ingress.ts';
import { familyOf } from './ingressclass.ts';
import { pathOf } from './paths.ts';

/** @returns undefined where no Traefik has anything to rewrite. */
export function middleware(server: MCPServer, settings: RenderSettings): object | undefined {
  if (!server.spec.ingress || !needsRewrite(server) || familyOf(server, settings) !== 'traefik') {
    return undefined;
  }
  return canonical({
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'Middleware',
    metadata: metadataOf(server),
    spec: { replacePath: { path: pathOf(server) } },
  });
}
