/**
 * What a server has beside its workload and Service, and how each of these parts is: a condition, and what the phase and the
 * message make of it. A part is there only where the spec asks for it. A new one is a file of `parts/` and a line here.
 */
import type { MCPServer } from '../../api/mcpserver.ts';
import type { RenderSettings } from '../../settings.ts';
import { type ChildKind, kindKey, lookUp, type SyncRequest } from '../contract.ts';
import type { Addresses } from './addresses.ts';
import { backendTls } from './parts/backendtls.ts';
import { externalSecret } from './parts/externalsecret.ts';
import { route } from './parts/httproute.ts';
import { ingress } from './parts/ingress.ts';
import { loadBalancer } from './parts/loadbalancer.ts';
import type { Part, Report, View } from './parts/part.ts';
import { disruptionBudget } from './parts/poddisruptionbudget.ts';
import { serviceMonitor } from './parts/servicemonitor.ts';
import { sessionAffinity } from './parts/sessionaffinity.ts';

/** In the order of their conditions. */
const REPORTS: readonly Report[] = [
  externalSecret,
  ingress,
  route,
  loadBalancer,
  backendTls,
  sessionAffinity,
  serviceMonitor,
  disruptionBudget,
];

/**
 * @param server as it is rendered, with the live number of replicas.
 * @param addresses which of its addresses others have.
 */
export function partsOf(
  server: MCPServer,
  request: SyncRequest,
  settings: RenderSettings,
  addresses: Addresses,
): Part[] {
  const { name, namespace } = server.metadata;
  const observed = (kind: ChildKind, child = name) => lookUp(request.children, kind, namespace, child);
  const conflict = (kind: ChildKind) => addresses.conflicts.get(kindKey(kind));
  const view: View = { server, settings, observed, conflict };
  return REPORTS.flatMap((report) => report(view) ?? []);
}
