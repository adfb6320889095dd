/** Probes that could never succeed. */
import type { Sidecar } from '../api/containers.ts';
import type { Path } from '../api/sites.ts';
import { invalid, type Rule } from './rule.ts';

/** The kubelet looks a name up among the ports of that container, and fails every probe where it is not there. */
export const namedPortsExist: Rule = ({ spec }) =>
  (spec.pod?.sidecars ?? []).flatMap((sidecar, index) => {
    const names = new Set((sidecar.ports ?? []).flatMap(({ name }) => name ?? []));
    return portsAskedOf(sidecar)
      .filter(({ port }) => typeof port === 'string' && !names.has(port))
      .map(({ path, port }) =>
        invalid(
          ['pod', 'sidecars', index, ...path],
          port,
          "must be a number, or the name of one of the container's ports",
        ),
      );
  });

function portsAskedOf(sidecar: Sidecar): { path: Path; port: number | string }[] {
  const probes = (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((probe) =>
    (['httpGet', 'tcpSocket'] as const).flatMap((action) => {
      const { port } = sidecar[probe]?.[action] ?? {};
      return port === undefined ? [] : [{ path: [probe, action, 'port'], port }];
    }),
  );
  const hooks = (['postStart', 'preStop'] as const).flatMap((hook) => {
    const { port } = sidecar.lifecycle?.[hook]?.httpGet ?? {};
    return port === undefined ? [] : [{ path: ['lifecycle', hook, 'httpGet', 'port'], port }];
  });
  return [...probes, ...hooks];
}
