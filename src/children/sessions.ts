/** Whether a client has to stay with its pod, and who sees to it: a session of MCP lives in the pod that opened it. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { mostReplicas } from './horizontalpodautoscaler.ts';
import { familyOf } from './ingressclass.ts';

export function needsAffinity(server: MCPServer): boolean {
  return server.spec.sessions === 'Stateful' && mostReplicas(server) > 1;
}

/** @returns whether the Service keeps clients on their pods. */
export function isAffine(server: MCPServer): boolean {
  const { service } = server.spec;
  if (service?.sessionAffinity) return service.sessionAffinity === 'ClientIP';
  // AWS, OCI and others make no load balancer for a Service with affinity: whoever has another cloud says so.
  return needsAffinity(server) && service?.type !== 'LoadBalancer';
}

/** @returns whether what fronts the Service is to keep clients on their pods by itself. */
export function wantsAffinity(server: MCPServer): boolean {
  return needsAffinity(server) && server.spec.service?.sessionAffinity !== 'None';
}

/**
 * Ingress controllers and gateways go to the pods directly, past the Service's affinity. Traefik's own is a cookie, which
 * MCP clients do not keep; told to go through the Service, each of its replicas stays with one pod.
 */
const THROUGH_SERVICE = {
  'traefik.ingress.kubernetes.io/service.nativelb': 'true',
  'traefik.io/service.nativelb': 'true',
};

/** @returns the annotations of a Service by which what fronts it keeps clients on their pods. */
export function affinityAnnotations(server: MCPServer, settings: RenderSettings): Record<string, string> {
  if (!needsAffinity(server) || !isAffine(server)) return {};
  const byTraefik = server.spec.ingress && familyOf(server, settings) === 'traefik';
  return byTraefik || server.spec.route ? THROUGH_SERVICE : {};
}
