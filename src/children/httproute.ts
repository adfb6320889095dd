/** The HTTPRoute of an MCPServer: there is one only where the spec asks for it. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { addressLabels } from './address.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';
import { covers, defaultPublicPath, pathOf } from './paths.ts';

const GROUP = 'gateway.networking.k8s.io';

/** @returns undefined where no route is asked for. */
export function httpRoute(server: MCPServer, settings: RenderSettings): object | undefined {
  const { route } = server.spec;
  if (!route) return undefined;
  const base = metadataOf(server);
  // All its lists are replaced whole, so the API's defaults are spelled out.
  return canonical({
    apiVersion: `${GROUP}/v1`,
    kind: 'HTTPRoute',
    metadata: {
      ...base,
      labels: {
        ...route.labels,
        ...base.labels,
        ...addressLabels(route.hostnames ?? [], routePath(server)),
      },
      annotations: Object.keys(route.annotations ?? {}).length > 0 ? route.annotations : undefined,
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
          timeouts: timeoutsOf(server, settings),
        },
      ],
    },
  });
}

/** @returns the time limits of its requests; undefined where the Gateway is told of none. */
export function timeoutsOf(
  { spec }: MCPServer,
  { routeRequestTimeout: request }: RenderSettings,
): { request?: string; backendRequest?: string } | undefined {
  const timeouts = spec.route?.timeouts ?? (request === '' ? {} : { request });
  return Object.keys(timeouts).length > 0 ? timeouts : undefined;
}

/** @returns a route without the hosts whose address labels these are; one of them at least has to be left. */
export function withoutHosts<T extends object>(route: T, labels: ReadonlySet<string>): T {
  const { metadata, spec } = route as unknown as Rendered;
  const path = spec.rules[0]!.matches[0]!.path.value;
  const left = Object.entries(metadata.labels).filter(([label]) => !labels.has(label));
  return canonical({
    ...route,
    metadata: { ...metadata, labels: Object.fromEntries(left) },
    spec: { ...spec, hostnames: spec.hostnames.filter((host) => !isAmong(labels, host, path)) },
  }) as T;
}

interface Rendered {
  metadata: { labels: Record<string, string> };
  spec: { hostnames: string[]; rules: { matches: { path: { value: string } }[] }[] };
}

function isAmong(labels: ReadonlySet<string>, host: string, path: string): boolean {
  return Object.keys(addressLabels([host], path)).some((label) => labels.has(label));
}

/** @returns the hosts that the spec names, with and without those whose address labels these are. */
export function routeHosts(
  server: MCPServer,
  labels: ReadonlySet<string>,
): { left: string[]; lost: string[] } {
  const lost = (host: string) => isAmong(labels, host, routePath(server));
  const hosts = server.spec.route?.hostnames ?? [];
  return { left: hosts.filter((host) => !lost(host)), lost: hosts.filter(lost) };
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

/**
 * @param hosts those that are served.
 * @returns the address that clients use; undefined where there is no single host.
 */
export function routeUrl(
  server: MCPServer,
  settings: RenderSettings,
  hosts = server.spec.route?.hostnames,
): string | undefined {
  const { route } = server.spec;
  const host = hosts?.find((name) => !name.includes('*'));
  if (!route || !host) return undefined;
  const scheme = route.scheme ?? settings.routeScheme;
  const port = route.parentRefs[0]?.port;
  const shown = port === undefined || port === (scheme === 'https' ? 443 : 80) ? '' : `:${port}`;
  return `${scheme}://${host}${shown}${routeRewrites(server) ? routePath(server) : pathOf(server)}`;
}
