/**
 * What a CRD lets through and reason refuses: one rule, one function. A server that breaks one is not rendered; its
 * last good spec keeps running and `SpecValid` lists every problem.
 */
import type { MCPServerSpec } from '../api/mcpserver.ts';
import { canonicalQuantity, compareQuantities } from '../api/quantity.ts';
import type { Problem } from '../api/validate.ts';

/** @returns the problems that one rule finds in a spec whose structure is right. */
export type Rule = (spec: MCPServerSpec) => Problem[];

/** A Deployment whose requests exceed its limits is refused by the API server, and no one would hear of it. */
const requestsWithinLimits: Rule = ({ resources }) =>
  Object.entries(resources?.requests ?? {}).flatMap(([name, request]) => {
    const limit = resources?.limits?.[name];
    if (limit === undefined || compareQuantities(request, limit) <= 0) return [];
    return [
      {
        path: ['spec', 'resources', 'requests', name],
        detail: `Invalid value: ${JSON.stringify(request)}: must not be more than the limit, ${limit}`,
      },
    ];
  });

/** Extended resources such as GPUs come whole and are never overcommitted: request and limit are one number. */
const extendedResourcesAreWhole: Rule = ({ resources }) => {
  const { requests = {}, limits = {} } = resources ?? {};
  const names = new Set(
    [...Object.keys(requests), ...Object.keys(limits)].filter((name) => name.includes('/')),
  );
  return [...names].sort().flatMap((name): Problem[] => {
    const path = ['spec', 'resources', 'limits', name];
    const limit = limits[name];
    if (limit === undefined) return [{ path, detail: 'Required value: an extended resource needs a limit' }];
    if (!/^\d+([kKMGTPE]i?|e\d+)?$/.test(canonicalQuantity(limit))) {
      return [{ path, detail: `Invalid value: ${JSON.stringify(limit)}: must be a whole number` }];
    }
    const request = requests[name];
    if (request !== undefined && compareQuantities(request, limit) !== 0) {
      return [
        { path, detail: `Invalid value: ${JSON.stringify(limit)}: must equal the request, ${request}` },
      ];
    }
    return [];
  });
};

/** The kubelet refuses to start such a container, long after everyone has gone home. */
const nonRootHasNonZeroUser: Rule = ({ pod }) => {
  const own = pod?.containerSecurityContext;
  const shared = pod?.securityContext;
  const field = own?.runAsUser === undefined ? 'securityContext' : 'containerSecurityContext';
  const user = own?.runAsUser ?? shared?.runAsUser;
  if (user !== 0 || !(own?.runAsNonRoot ?? shared?.runAsNonRoot ?? true)) return [];
  return [
    {
      path: ['spec', 'pod', field, 'runAsUser'],
      detail: 'Invalid value: 0: user 0 needs runAsNonRoot: false beside it',
    },
  ];
};

const rules: readonly Rule[] = [requestsWithinLimits, extendedResourcesAreWhole, nonRootHasNonZeroUser];

/** @returns every problem that the rules find; none where the spec may be rendered. */
export function checkMCPServer(spec: MCPServerSpec): Problem[] {
  return rules.flatMap((rule) => rule(spec));
}
