/** The Ingress of an MCPServer: there is one only where the spec asks for it. */
import type { V1Ingress } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { addressLabels, type Division, relabelled } from './address.ts';
import { canonical } from './canonical.ts';
import { metadataOf, nameOf } from './identity.ts';
import { CLASS_ANNOTATION, classOf, familyOf } from './ingressclass.ts';
import { defaultPublicPath, pathOf, prefixedPath } from './paths.ts';
import { MCP_PORT } from './ports.ts';
import { speaksTls } from './scheme.ts';
import { wantsAffinity } from './sessions.ts';

const MIDDLEWARES = 'traefik.ingress.kubernetes.io/router.middlewares';
const REWRITE_TARGET = 'nginx.ingress.kubernetes.io/rewrite-target';
/** A stream stays open as long as its client wants; an hour without a byte is a dead one. */
const STREAM_SECONDS = '3600';

interface Path {
  path: string;
  pathType: string;
}

/**
 * @returns none where no Ingress is asked for. What rewrites the main path rewrites all that is in its Ingress, so further paths
 *   then have one of their own.
 */
export function ingresses(server: MCPServer, settings: RenderSettings): V1Ingress[] {
  const { ingress: options } = server.spec;
  if (!options) return [];
  const rewrites = needsRewrite(server);
  // What is rewritten is one address; under a path of the server's own may be more.
  const main = { path: ingressPath(server), pathType: rewrites ? 'Exact' : 'Prefix' };
  // Its webhook refused a dot in any other type for years.
  const isLoose = (path: string) => path.includes('.') && familyOf(server, settings) === 'nginx';
  const further = (options.extraPaths ?? []).map((path) => ({
    path,
    pathType: isLoose(path) ? 'ImplementationSpecific' : 'Prefix',
  }));
  if (!rewrites) return [ingress(server, settings, [main, ...further])];
  const apart = further.length > 0 ? [ingress(server, settings, further, true)] : [];
  return [ingress(server, settings, [main]), ...apart];
}

/** @param isApart whether these are further paths, apart from a main one that is rewritten. */
function ingress(
  server: MCPServer,
  settings: RenderSettings,
  paths: readonly Path[],
  isApart = false,
): V1Ingress {
  const { tlsSecretName, annotations: given = {} } = server.spec.ingress!;
  const host = ingressHost(server, settings);
  const own = annotationsOf(server, settings, needsRewrite(server) && !isApart);
  const annotations = { ...own, ...given };
  // Without our rewrite the public path leads nowhere, whatever else is to happen to a request before.
  const [mine, theirs] = [own[MIDDLEWARES], given[MIDDLEWARES]];
  if (mine && theirs) annotations[MIDDLEWARES] = `${theirs},${mine}`;
  if (isApart) delete annotations[REWRITE_TARGET];
  const className = CLASS_ANNOTATION in annotations ? '' : classOf(server, settings);
  return canonical<V1Ingress>({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: metadataOf(server, {
      ...(isApart ? { name: nameOf(server, 'paths') } : {}),
      labels: addressLabels(host ? [host] : [], ...paths.map(({ path }) => path)),
      annotations,
    }),
    spec: {
      ingressClassName: className || undefined,
      rules: [
        {
          host: host || undefined,
          http: {
            paths: paths.map((path) => ({
              ...path,
              backend: { service: { name: server.metadata.name, port: { name: MCP_PORT } } },
            })),
          },
        },
      ],
      // A certificate is one for the host. Named twice, whoever makes it would be asked for it twice.
      tls:
        tlsSecretName && !isApart
          ? [{ ...(host ? { hosts: [host] } : {}), secretName: tlsSecretName }]
          : undefined,
    },
  });
}

interface Rendered {
  metadata: { labels: Record<string, string> };
  spec: { rules: [{ host?: string; http: { paths: Path[] } }] };
}

/** @returns an Ingress with what is left to its server; undefined where that is nothing. */
export function ingressWithin<T extends object>(object: T, { hosts, paths }: Division): T | undefined {
  const { metadata, spec } = object as unknown as Rendered;
  const [rule] = spec.rules;
  const kept = rule.http.paths.filter(({ path }) => paths.left.includes(path));
  if (hosts.left.length === 0 || kept.length === 0) return undefined;
  const labels = relabelled(
    metadata.labels,
    hosts.left,
    kept.map(({ path }) => path),
  );
  return canonical({
    ...object,
    metadata: { ...metadata, labels },
    spec: { ...spec, rules: [{ ...rule, http: { paths: kept } }] },
  }) as T;
}

/** @returns the host of the rule; empty where every host is served. */
export function ingressHost({ spec }: MCPServer, settings: RenderSettings): string {
  return spec.ingress?.host ?? settings.ingress.host;
}

export function ingressPath(server: MCPServer): string {
  const { path, publicPathPrefix } = server.spec.ingress ?? {};
  if (publicPathPrefix !== undefined) return prefixedPath(publicPathPrefix);
  return path ?? defaultPublicPath(server);
}

/** @returns whether the controller has to turn the public path into the server's own. */
export function needsRewrite(server: MCPServer): boolean {
  return server.spec.ingress?.publicPathPrefix !== undefined && ingressPath(server) !== pathOf(server);
}

/** @returns the address that clients use; undefined where there is no host and the controller has not said one. */
export function ingressUrl(server: MCPServer, settings: RenderSettings, given?: string): string | undefined {
  // An address of IPv6 stands in brackets.
  const host = ingressHost(server, settings) || (given?.includes(':') ? `[${given}]` : given);
  if (!host || host.includes('*')) return undefined;
  const path = server.spec.ingress?.publicPathPrefix === undefined ? pathOf(server) : ingressPath(server);
  return `${server.spec.ingress?.tlsSecretName ? 'https' : 'http'}://${host}${path}`;
}

/** What each class needs to be told for TLS, for streams, for sessions and for a path that is rewritten. */
function annotationsOf(
  server: MCPServer,
  settings: RenderSettings,
  rewrites: boolean,
): Record<string, string> {
  const tls = server.spec.ingress?.tlsSecretName !== undefined;
  const { name, namespace } = server.metadata;
  switch (familyOf(server, settings)) {
    case 'traefik':
      // It neither buffers nor cuts streams off.
      return {
        'traefik.ingress.kubernetes.io/router.entrypoints': tls ? 'websecure' : 'web',
        ...(tls ? { 'traefik.ingress.kubernetes.io/router.tls': 'true' } : {}),
        ...(rewrites ? { [MIDDLEWARES]: `${namespace}-${name}@kubernetescrd` } : {}),
      };
    case 'nginx':
      return {
        'nginx.ingress.kubernetes.io/ssl-redirect': String(tls),
        'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
        'nginx.ingress.kubernetes.io/proxy-read-timeout': STREAM_SECONDS,
        'nginx.ingress.kubernetes.io/proxy-send-timeout': STREAM_SECONDS,
        ...(speaksTls(server) ? { 'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS' } : {}),
        ...(wantsAffinity(server)
          ? { 'nginx.ingress.kubernetes.io/upstream-hash-by': '$binary_remote_addr' }
          : {}),
        ...(rewrites ? { [REWRITE_TARGET]: pathOf(server) } : {}),
      };
    case 'istio':
      return { [CLASS_ANNOTATION]: classOf(server, settings) };
    case 'other':
      return {};
  }
}
