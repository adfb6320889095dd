/** Which ingress controller a class belongs to, by its name: each wants to be told in its own words. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';

export type Family = 'traefik' | 'nginx' | 'istio' | 'other';

/** Wins over `ingressClassName`; the API server refuses both. */
export const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** @returns the name of the class; empty where the cluster's own default is meant. */
export function classOf({ spec }: MCPServer, settings: RenderSettings): string {
  return (
    spec.ingress?.annotations?.[CLASS_ANNOTATION] ?? spec.ingress?.className ?? settings.ingress.className
  );
}

export function familyOf(server: MCPServer, settings: RenderSettings): Family {
  const name = classOf(server, settings);
  return (['traefik', 'nginx', 'istio'] as const).find((family) => name.includes(family)) ?? 'other';
}
