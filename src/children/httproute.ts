/** The HTTPRoute of an MCPServer: there is one only where the spec asks for it. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { addressLabels, type Division, relabelled, stemOf } from './address.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';
import { covers, defaultPublicPath, pathOf } from './paths.ts';

const GROUP = 'gateway.networking.k8s.io';

/** @returns undefined where no route is asked for. */
export function httpRoute(server: MCPServer, settings: RenderSettings): object | undefined {
  const { route } = server.spec;
  if (!route) return undefined;
  const backend = {
    group: '',
    kind: 'Service',
    name: server.metadata.name,
    port: server.spec.servicePort,
    weight: 1,
  };
  const rule = (paths: readonly string[], rewrittenTo?: string) => ({
    backendRefs: [backend],
    filters: rewrittenTo
      ? [
          {
            type: 'URLRewrite',
            urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: rewrittenTo } },
          },
        ]
      : undefined,
    matches: paths.map((value) => ({ path: { type: 'PathPrefix', value } })),
    timeouts: timeoutsOf(server, settings),
  });
  // All its lists are replaced whole, so the API's defaults are spelled out.
  return canonical({
    apiVersion: `${GROUP}/v1`,
    kind: 'HTTPRoute',
    metadata: metadataOf(server, {
      labels: {
        ...route.labels,
        ...addressLabels(route.hostnames ?? [], routePath(server), ...(route.extraPaths ?? [])),
      },
      annotations: route.annotations,
    }),
    spec: {
      hostnames: route.hostnames?.length ? route.hostnames : undefined,
      parentRefs: route.parentRefs.map((parent) => ({ group: GROUP, kind: 'Gateway', ...parent })),
      rules: [
        rule([routePath(server)], routeRewrites(server) ? pathOf(server) : undefined),
        ...(route.extraPaths?.length ? [rule(route.extraPaths)] : []),
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

interface Rendered {
  metadata: { labels: Record<string, string> };
  spec: { hostnames?: string[]; rules: { matches: { path: { value: string } }[] }[] };
}

/** @returns a route with what is left to its server; undefined where that is nothing. */
export function routeWithin<T extends object>(route: T, { hosts, paths }: Division): T | undefined {
  if (hosts.left.length === 0) return undefined;
  const { metadata, spec } = route as unknown as Rendered;
  const rules = spec.rules
    .map((rule) => ({
      ...rule,
      matches: rule.matches.filter(({ path }) => paths.left.includes(path.value)),
    }))
    .filter(({ matches }) => matches.length > 0);
  return canonical({
    ...route,
    metadata: { ...metadata, labels: relabelled(metadata.labels, hosts.left, paths.left) },
    spec: { ...spec, hostnames: spec.hostnames && hosts.left, rules },
  }) as T;
}

/** @returns the public path of MCP. */
export function routePath(server: MCPServer): string {
  // What stands behind the prefix is put behind the server's path, slashes and all.
  const { path } = server.spec.route ?? {};
  return path === undefined ? defaultPublicPath(server) : stemOf(path);
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
