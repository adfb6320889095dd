/** The Ingress of an MCPServer: there is one only where the spec asks for it. */
import type { V1Ingress } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { addressLabels } from './address.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';
import { CLASS_ANNOTATION, classOf, familyOf } from './ingressclass.ts';
import { defaultPublicPath, pathOf, prefixedPath } from './paths.ts';
import { MCP_PORT } from './ports.ts';
import { speaksTls } from './scheme.ts';
import { isAffine, needsAffinity } from './sessions.ts';

const MIDDLEWARES = 'traefik.ingress.kubernetes.io/router.middlewares';
/** A stream stays open as long as its client wants; an hour without a byte is a dead one. */
const STREAM_SECONDS = '3600';

/** @returns undefined where no Ingress is asked for. */
export function ingress(server: MCPServer, settings: RenderSettings): V1Ingress | undefined {
  const { ingress: options } = server.spec;
  if (!options) return undefined;
  const host = ingressHost(server, settings);
  const rewrites = needsRewrite(server);
  const own = annotationsOf(server, settings);
  const annotations = { ...own, ...options.annotations };
  // Without our rewrite the public path leads nowhere, whatever else is to happen to a request before.
  const [mine, theirs] = [own[MIDDLEWARES], options.annotations?.[MIDDLEWARES]];
  if (mine && theirs) annotations[MIDDLEWARES] = `${theirs},${mine}`;
  const className = CLASS_ANNOTATION in annotations ? '' : classOf(server, settings);
  const base = metadataOf(server);
  return canonical<V1Ingress>({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...base,
      labels: { ...base.labels, ...addressLabels(host ? [host] : [], ingressPath(server)) },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: {
      ingressClassName: className || undefined,
      rules: [
        {
          host: host || undefined,
          http: {
            paths: [
              {
                path: ingressPath(server),
                // What is rewritten is one address; under a path of the server's own may be more.
                pathType: rewrites ? 'Exact' : 'Prefix',
                backend: { service: { name: server.metadata.name, port: { name: MCP_PORT } } },
              },
            ],
          },
        },
      ],
      tls: options.tlsSecretName
        ? [{ ...(host ? { hosts: [host] } : {}), secretName: options.tlsSecretName }]
        : undefined,
    },
  });
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
function annotationsOf(server: MCPServer, settings: RenderSettings): Record<string, string> {
  const tls = server.spec.ingress?.tlsSecretName !== undefined;
  const { name, namespace } = server.metadata;
  switch (familyOf(server, settings)) {
    case 'traefik':
      // It neither buffers nor cuts streams off.
      return {
        'traefik.ingress.kubernetes.io/router.entrypoints': tls ? 'websecure' : 'web',
        ...(tls ? { 'traefik.ingress.kubernetes.io/router.tls': 'true' } : {}),
        ...(needsRewrite(server) ? { [MIDDLEWARES]: `${namespace}-${name}@kubernetescrd` } : {}),
      };
    case 'nginx':
      return {
        'nginx.ingress.kubernetes.io/ssl-redirect': String(tls),
        'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
        'nginx.ingress.kubernetes.io/proxy-read-timeout': STREAM_SECONDS,
        'nginx.ingress.kubernetes.io/proxy-send-timeout': STREAM_SECONDS,
        ...(speaksTls(server) ? { 'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS' } : {}),
        ...(needsAffinity(server) && isAffine(server)
          ? { 'nginx.ingress.kubernetes.io/upstream-hash-by': '$binary_remote_addr' }
          : {}),
        ...(needsRewrite(server) ? { 'nginx.ingress.kubernetes.io/rewrite-target': pathOf(server) } : {}),
      };
    case 'istio':
      return { [CLASS_ANNOTATION]: classOf(server, settings) };
    case 'other':
      return {};
  }
}
