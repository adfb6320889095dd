/**
 * The children of an MCPServer, in the order in which they are applied: a kind, and what is rendered of it. A new one is a file
 * of `src/children`, a kind and a line here.
 */
import type { MCPServer } from '../../api/mcpserver.ts';
import { backendTlsPolicy } from '../../children/backendtls.ts';
import { configMap } from '../../children/configmap.ts';
import { deployment } from '../../children/deployment.ts';
import { externalSecrets } from '../../children/externalsecret.ts';
import { horizontalPodAutoscaler } from '../../children/horizontalpodautoscaler.ts';
import { httpRoute } from '../../children/httproute.ts';
import { ingresses } from '../../children/ingress.ts';
import { middleware } from '../../children/middleware.ts';
import { networkPolicy } from '../../children/networkpolicy.ts';
import { podDisruptionBudget } from '../../children/poddisruptionbudget.ts';
import { service } from '../../children/service.ts';
import { serviceAccount } from '../../children/serviceaccount.ts';
import { serviceMonitor } from '../../children/servicemonitor.ts';
import type { RenderSettings } from '../../settings.ts';
import type { ChildKind } from '../contract.ts';
import {
  BACKEND_TLS_POLICY,
  CONFIG_MAP,
  DEPLOYMENT,
  DIAGNOSIS,
  ENTRY,
  EXTERNAL_SECRET,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  MIDDLEWARE,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  SERVICE_ACCOUNT,
  SERVICE_MONITOR,
} from './kinds.ts';

/** @returns the child or children of a valid server; undefined, or none, where it asks for none. */
type Renderer = (server: MCPServer, settings: RenderSettings) => object | object[] | undefined;

export const RENDERERS: readonly [ChildKind, Renderer][] = [
  [SERVICE_ACCOUNT, serviceAccount],
  [CONFIG_MAP, configMap],
  [EXTERNAL_SECRET, externalSecrets],
  [SERVICE, service],
  [NETWORK_POLICY, networkPolicy],
  [DEPLOYMENT, deployment],
  [POD_DISRUPTION_BUDGET, podDisruptionBudget],
  [HORIZONTAL_POD_AUTOSCALER, horizontalPodAutoscaler],
  [SERVICE_MONITOR, serviceMonitor],
  [MIDDLEWARE, middleware],
  [INGRESS, ingresses],
  [BACKEND_TLS_POLICY, backendTlsPolicy],
  [HTTP_ROUTE, httpRoute],
];

export const RENDERED_KINDS: readonly ChildKind[] = RENDERERS.map(([kind]) => kind);
/** With what no spec asks for. */
export const CHILDREN: readonly ChildKind[] = [...RENDERED_KINDS, DIAGNOSIS, POD, ENTRY];
