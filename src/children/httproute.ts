/** The HTTPRoute of an MCPServer: there is one only where the spec asks for it. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { addressLabels } from './address.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';
import { covers, defaultPublicPath, pathOf } from './paths.ts';

const GROUP = 'gateway.networking.k8s.io';

/** @returns undefined where no route is asked for. */
export function httpRoute(server: MCPServer): object | undefined {
  const { route } = server.spec;
  if (!route) return undefined;
  const base = metadataOf(server);
  // All its lists are replaced whole, so the API's defaults are spelled out.
  return canonical({
    apiVersion: `${GROUP}/v1`,
    kind: 'HTTPRoute',
    metadata: {
      ...base,
      labels: { ...base.labels, ...addressLabels(route.hostnames ?? [], routePath(server)) },
    },
    spec: {
      hostnames: route.hostnames?.length ? route.hostnames : undefined,
      parentRefs: route.parentRefs.map((parent) => ({ group: GROUP, kind: 'Gateway', ...parent })),
      rules: [
        {
          backendRefs: [
            {
              group: '',
              kind: 'Service',
              name: server.metadata.name,
              port: server.spec.servicePort,
              weight: 1,
            },
          ],
          filters: routeRewrites(server)
            ? [
                {
                  type: 'URLRewrite',
                  urlRewrite: {
                    path: { type: 'ReplacePrefixMatch', replacePrefixMatch: pathOf(server) },
                  },
                },
              ]
            : undefined,
          matches: [{ path: { type: 'PathPrefix', value: routePath(server) } }],
          // A stream stays open as long as its client wants.
          timeouts: { request: '0s' },
        },
      ],
    },
  });
}

function routePath(server: MCPServer): string {
  // What stands behind the prefix is put behind the server's path, slashes and all.
  const { path } = server.spec.route ?? {};
  return path === undefined ? defaultPublicPath(server) : path.replace(/(.)\/+$/, '$1');
}

/** @returns whether the Gateway has to turn the public path into the server's own. */
export function routeRewrites(server: MCPServer): boolean {
  return server.spec.route !== undefined && !covers(routePath(server), pathOf(server));
}

/** @returns the address that clients use; undefined where the spec names no host. */
export function routeUrl(server: MCPServer, settings: RenderSettings): string | undefined {
  const { route } = server.spec;
  const host = route?.hostnames?.find((name) => !name.includes('*'));
  if (!route || !host) return undefined;
  const scheme = route.scheme ?? settings.routeScheme;
  const port = route.parentRefs[0]?.port;
  const shown = port === undefined || port === (scheme === 'https' ? 443 : 80) ? '' : `:${port}`;
  return `${scheme}://${host}${shown}${routeRewrites(server) ? routePath(server) : pathOf(server)}`;
}
