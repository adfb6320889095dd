/** What the API server or the kubelet refuses of containers, where no one would hear of it. */
import { SERVER_CONTAINER } from '../api/containers.ts';
import type { ResourceRequirements } from '../api/environment.ts';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonicalQuantity, compareQuantities } from '../api/quantity.ts';
import type { Path } from '../api/sites.ts';
import { targetsOf } from '../children/horizontalpodautoscaler.ts';
import { defaultResources } from '../children/resources.ts';
import { invalid, type Rule, required } from './rule.ts';

interface Container {
  name: string;
  /** Of its fields, from the spec on. */
  path: Path;
  resources?: ResourceRequirements | undefined;
  security?: { runAsUser?: number; runAsNonRoot?: boolean } | undefined;
  securityPath: Path;
}

/** The server's container first, then those beside it. */
function containersOf({ spec }: MCPServer): Container[] {
  const extra = (['initContainers', 'sidecars'] as const).flatMap((list) =>
    (spec.pod?.[list] ?? []).map(({ name, resources, securityContext }, index): Container => {
      const path = ['pod', list, index];
      return { name, path, resources, security: securityContext, securityPath: [...path, 'securityContext'] };
    }),
  );
  const server = {
    name: SERVER_CONTAINER,
    path: [],
    resources: spec.resources,
    security: spec.pod?.containerSecurityContext,
    securityPath: ['pod', 'containerSecurityContext'],
  };
  return [server, ...extra];
}

/** A Deployment whose requests exceed its limits is refused by the API server. */
export const requestsWithinLimits: Rule = (server) =>
  containersOf(server).flatMap(({ path, resources }) =>
    Object.entries(resources?.requests ?? {}).flatMap(([name, request]) => {
      const limit = resources?.limits?.[name];
      if (limit === undefined || compareQuantities(request, limit) <= 0) return [];
      const field = [...path, 'resources', 'requests', name];
      return [invalid(field, request, `must not be more than the limit, ${limit}`)];
    }),
  );

/** Extended resources such as GPUs come whole and are never overcommitted: request and limit are one number. */
export const extendedResourcesAreWhole: Rule = (server) =>
  containersOf(server).flatMap(({ path, resources }) => {
    const { requests = {}, limits = {} } = resources ?? {};
    const names = new Set(
      [...Object.keys(requests), ...Object.keys(limits)].filter((name) => name.includes('/')),
    );
    return [...names].sort().flatMap((name) => {
      const field = [...path, 'resources', 'limits', name];
      const limit = limits[name];
      if (limit === undefined) return [required(field, 'an extended resource needs a limit')];
      if (!/^\d+([kKMGTPE]i?|e\d+)?$/.test(canonicalQuantity(limit))) {
        return [invalid(field, limit, 'must be a whole number')];
      }
      const request = requests[name];
      if (request === undefined || compareQuantities(request, limit) === 0) return [];
      return [invalid(field, limit, `must equal the request, ${request}`)];
    });
  });

/** The kubelet refuses to start such a container, long after everyone has gone home. */
export const nonRootHasNonZeroUser: Rule = (server) => {
  const shared = server.spec.pod?.securityContext;
  return containersOf(server).flatMap(({ security, securityPath }) => {
    const user = security?.runAsUser ?? shared?.runAsUser;
    if (user !== 0 || !(security?.runAsNonRoot ?? shared?.runAsNonRoot ?? true)) return [];
    const at = security?.runAsUser === undefined ? ['pod', 'securityContext'] : securityPath;
    return [invalid([...at, 'runAsUser'], 0, 'user 0 needs runAsNonRoot: false beside it')];
  });
};

/** An autoscaler reckons in percent of what is requested, so without a request it never does anything. */
export const autoscalingHasRequests: Rule = (server, settings) => {
  if (!server.spec.autoscaling) return [];
  const containers = new Map(containersOf(server).map((one) => [one.name, one]));
  return targetsOf(server).flatMap(({ container, resource }) => {
    const found = containers.get(container);
    // The schema's rule says so.
    if (!found) return [];
    const preset = container === SERVER_CONTAINER ? defaultResources(server, settings) : settings.resources;
    const { path, resources = preset } = found;
    const { requests = {}, limits = {} } = resources as ResourceRequirements;
    // A limit alone is a request, too.
    if (requests[resource] !== undefined || limits[resource] !== undefined) return [];
    const detail = `autoscaling by ${resource} is in percent of what the container requests`;
    return [required([...path, 'resources', 'requests', resource], detail)];
  });
};

/**
 * All annotations of an object together may have 256 KiB, and Metacontroller keeps the whole ConfigMap in one of them, with
 * every quote escaped.
 */
const MOST_CONFIG_BYTES = 192 * 1024;

export const configFits: Rule = ({ spec }) => {
  const bytes = Buffer.byteLength(JSON.stringify(JSON.stringify(spec.config ?? {})));
  if (bytes <= MOST_CONFIG_BYTES) return [];
  const detail = `Too long: ${Math.ceil(bytes / 1024)} KiB, and all together may have ${MOST_CONFIG_BYTES / 1024}: mount large files from a volume`;
  return [{ path: ['spec', 'config'], detail }];
};
