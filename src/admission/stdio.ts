/** What the bridge of a server that speaks stdio, and the volume of a package, leave to the spec. */
import type { Problem } from '../api/problem.ts';
import type { Path } from '../api/sites.ts';
import { ALIVE_PATH, METRICS_PATH, READY_PATH } from '../children/bridge.ts';
import { BRIDGE, BRIDGE_PATH, PACKAGE, PACKAGE_PATH } from '../children/brought.ts';
import { pathOf } from '../children/paths.ts';
import { isMonitored, metricsPort } from '../children/servicemonitor.ts';
import { isBridged } from '../children/transport.ts';
import { invalid, type Rule } from './rule.ts';

/** What the bridge can serve MCP at. */
const PATH = /^(\/[\w.~-]+)+$/;

export const bridgeServesPath: Rule = (server) => {
  if (!isBridged(server)) return [];
  const path = pathOf(server);
  if ([ALIVE_PATH, READY_PATH, METRICS_PATH].includes(path)) {
    return [invalid(['path'], path, 'is a path that the bridge itself answers: choose another')];
  }
  if (PATH.test(path)) return [];
  const detail =
    'must be a path such as /mcp that the bridge can serve: letters, digits, _, ., ~ and - between slashes';
  return [invalid(['path'], path, detail)];
};

export const bridgeMetricsHaveTheirPath: Rule = (server) => {
  const { path = METRICS_PATH } = server.spec.observability?.metrics ?? {};
  if (!isBridged(server) || !isMonitored(server)) return [];
  if (metricsPort(server) !== undefined || path === METRICS_PATH) return [];
  const detail = `the bridge has its metrics at ${METRICS_PATH}: leave it out, or name the port of the server's own metrics beside it`;
  return [invalid(['observability', 'metrics', 'path'], path, detail)];
};

/** Only there, for in other servers these names are as good as any. */
export const bridgeNamesAreFree: Rule = (server) => {
  const taken = new Map<string, string>([
    ...(isBridged(server) ? [[BRIDGE, BRIDGE_PATH] as const] : []),
    ...(server.spec.package ? [[PACKAGE, PACKAGE_PATH] as const] : []),
  ]);
  if (taken.size === 0) return [];
  const { initContainers = [], sidecars = [], volumes = [], volumeMounts = [] } = server.spec.pod ?? {};
  const named = (list: string, entries: readonly { name: string }[]): [Path, string][] =>
    entries.map(({ name }, index) => [['pod', list, index, 'name'], name]);
  const names = [
    ...named('volumes', volumes),
    ...named('initContainers', initContainers),
    ...named('sidecars', sidecars),
  ];
  const paths = new Set(taken.values());
  return [
    ...names.flatMap(([path, name]): Problem[] =>
      taken.has(name) ? [invalid(path, name, 'is the name of one of the operator: choose another')] : [],
    ),
    ...volumeMounts.flatMap(({ mountPath }, index): Problem[] =>
      paths.has(mountPath.replace(/\/+$/, ''))
        ? [
            invalid(
              ['pod', 'volumeMounts', index, 'mountPath'],
              mountPath,
              'is where the operator mounts what starts the server: choose another',
            ),
          ]
        : [],
    ),
  ];
};
