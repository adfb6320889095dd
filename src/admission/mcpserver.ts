/**
 * What a CRD lets through and reason refuses: one rule, one function. A server that breaks one is not rendered; its
 * last good spec keeps running and `SpecValid` lists every problem.
 */
import type { MCPServer } from '../api/mcpserver.ts';
import type { Problem } from '../api/problem.ts';
import type { RenderSettings } from '../settings.ts';
import {
  autoscalingHasRequests,
  configFits,
  extendedResourcesAreWhole,
  nonRootHasNonZeroUser,
  requestsWithinLimits,
} from './containers.ts';
import { secretsHaveStore, tracingHasEndpoint } from './dependencies.ts';
import { resolversAreAddresses, searchesFit } from './dns.ts';
import {
  gatewayPortsDiffer,
  ingressCanRewrite,
  ingressHasAddress,
  ingressPathLeadsToServer,
  publicPathsDiffer,
  rangesAreRanges,
  routeCanRewrite,
  sourceRangesAreRanges,
} from './exposure.ts';
import { sleepsEndInTime } from './lifecycle.ts';
import { metricsPortIsFree, portsDiffer, sidecarPortsHaveOtherNames } from './ports.ts';
import { namedPortsExist } from './probes.ts';
import type { Rule } from './rule.ts';
import { bridgeMetricsHaveTheirPath, bridgeNamesAreFree, bridgeServesPath } from './stdio.ts';
import { readyBeforeDeadline } from './strategy.ts';
import { projectedFilesDiffer } from './volumes.ts';

const rules: readonly Rule[] = [
  requestsWithinLimits,
  extendedResourcesAreWhole,
  nonRootHasNonZeroUser,
  autoscalingHasRequests,
  configFits,
  readyBeforeDeadline,
  secretsHaveStore,
  tracingHasEndpoint,
  ingressHasAddress,
  ingressPathLeadsToServer,
  ingressCanRewrite,
  routeCanRewrite,
  publicPathsDiffer,
  gatewayPortsDiffer,
  metricsPortIsFree,
  portsDiffer,
  sidecarPortsHaveOtherNames,
  sourceRangesAreRanges,
  rangesAreRanges,
  projectedFilesDiffer,
  resolversAreAddresses,
  searchesFit,
  sleepsEndInTime,
  namedPortsExist,
  bridgeServesPath,
  bridgeMetricsHaveTheirPath,
  bridgeNamesAreFree,
];

/** @returns every problem that the rules find; none where the spec may be rendered. */
export function checkMCPServer(server: MCPServer, settings: RenderSettings): Problem[] {
  return rules.flatMap((rule) => rule(server, settings));
}
