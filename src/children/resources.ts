/** What containers may use, where a spec says so and where it leaves that to the settings. */
import type { V1ResourceRequirements } from '@kubernetes/client-node';
import type { ResourceRequirements } from '../api/environment.ts';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonicalQuantity } from '../api/quantity.ts';
import type { RenderSettings } from '../settings.ts';
import { isBridged } from './transport.ts';

/** @returns as the API server stores them; undefined where nothing is given. */
export function resourcesOf(given: ResourceRequirements | undefined): V1ResourceRequirements | undefined {
  if (!given) return undefined;
  const amounts = (list: Record<string, string | number> | undefined) =>
    list &&
    Object.fromEntries(Object.entries(list).map(([name, one]) => [name, canonicalQuantity(one, 'm')]));
  return { requests: amounts(given.requests), limits: amounts(given.limits) };
}

/**
 * @returns the resources of a server's container where its spec names none. A package is installed with those of its server, and
 *   npm and uv take more than a server by HTTP.
 */
export function defaultResources(
  server: Pick<MCPServer, 'spec'>,
  { resources, stdioResources }: RenderSettings,
): RenderSettings['resources'] {
  return isBridged(server) || server.spec.package ? stdioResources : resources;
}

/** @returns the resources of a server's container. */
export function serverResources(server: MCPServer, settings: RenderSettings): V1ResourceRequirements {
  return resourcesOf(server.spec.resources) ?? defaultResources(server, settings);
}
