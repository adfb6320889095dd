/** Ports that would meet, in a container, in a Service, or by name. */
import type { Problem } from '../api/problem.ts';
import { metricsPort } from '../children/servicemonitor.ts';
import { invalid, type Rule } from './rule.ts';

/** A Service has each port once. */
export const metricsPortIsFree: Rule = (server) => {
  const port = metricsPort(server);
  if (port === undefined || port !== server.spec.servicePort) return [];
  const detail = 'is the port at which the Service serves MCP: choose another servicePort';
  return [invalid(['observability', 'metrics', 'port'], port, detail)];
};

/** Dynamic apply tells ports by their number alone, so not even TCP and UDP may share one. */
export const portsDiffer: Rule = (server) => {
  const { port, servicePort, ports = [] } = server.spec;
  const metrics = metricsPort(server);
  const ofMetrics: [number, string][] =
    metrics === undefined ? [] : [[metrics, 'observability.metrics.port']];
  const inContainer = new Map([[port, 'port'], ...ofMetrics]);
  const inService = new Map([[servicePort, 'servicePort'], ...ofMetrics]);
  const claim = (
    taken: Map<number, string>,
    number: number,
    { name, index }: { name: string; index: number },
    field: string,
  ): Problem[] => {
    const holder = taken.get(number);
    taken.set(number, holder ?? `the port ${name}`);
    if (holder === undefined) return [];
    const detail = `is the number of ${holder} already, and no two may share one, whatever their protocols: choose another ${field}`;
    return [invalid(['ports', index, field], number, detail)];
  };
  return ports.flatMap(({ name, port, servicePort = port }, index) => [
    ...claim(inContainer, port, { name, index }, 'port'),
    ...claim(inService, servicePort, { name, index }, 'servicePort'),
  ]);
};

/** The ports of a Service and of a NetworkPolicy are looked up by name among those of all containers. */
export const sidecarPortsHaveOtherNames: Rule = ({ spec }) => {
  const taken = new Set((spec.ports ?? []).map(({ name }) => name));
  return (spec.pod?.sidecars ?? []).flatMap(({ ports = [] }, sidecar) =>
    ports.flatMap(({ name = '' }, index) =>
      taken.has(name)
        ? [
            invalid(
              ['pod', 'sidecars', sidecar, 'ports', index, 'name'],
              name,
              'is the name of one of spec.ports: choose another',
            ),
          ]
        : [],
    ),
  );
};
