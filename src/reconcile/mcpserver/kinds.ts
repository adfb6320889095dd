/** The kinds of object that an MCPServer has to do with. */
import type { ChildKind } from '../contract.ts';

const kind = (
  apiVersion: string,
  name: string,
  resource: string,
  feature?: ChildKind['feature'],
): ChildKind => ({
  apiVersion,
  kind: name,
  resource,
  ...(feature ? { feature } : {}),
});

export const SERVICE_ACCOUNT = kind('v1', 'ServiceAccount', 'serviceaccounts');
export const CONFIG_MAP = kind('v1', 'ConfigMap', 'configmaps');
export const EXTERNAL_SECRET = kind(
  'external-secrets.io/v1',
  'ExternalSecret',
  'externalsecrets',
  'externalsecrets',
);
export const SERVICE = kind('v1', 'Service', 'services');
export const NETWORK_POLICY = kind('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies');
export const DEPLOYMENT = kind('apps/v1', 'Deployment', 'deployments');
export const POD_DISRUPTION_BUDGET = kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets');
export const HORIZONTAL_POD_AUTOSCALER = kind(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
);
export const SERVICE_MONITOR = kind(
  'monitoring.coreos.com/v1',
  'ServiceMonitor',
  'servicemonitors',
  'servicemonitors',
);
export const MIDDLEWARE = kind('traefik.io/v1alpha1', 'Middleware', 'middlewares', 'middlewares');
export const INGRESS = kind('networking.k8s.io/v1', 'Ingress', 'ingresses');
export const BACKEND_TLS_POLICY = kind(
  'gateway.networking.k8s.io/v1',
  'BackendTLSPolicy',
  'backendtlspolicies',
  'backendtlspolicies',
);
export const HTTP_ROUTE = kind('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes', 'httproutes');

/** The one that asks a server what it is is its child; those of its Deployment are related. */
export const POD: ChildKind = {
  ...kind('v1', 'Pod', 'pods'),
  setting: 'MCP_RUNTIME_IMAGE',
  isImmutable: true,
};
/** Not children: Metacontroller knows them by other names than ours. */
export const SECRET = kind('v1', 'Secret', 'secrets');
/** Internal: what catalogs read of a server. */
export const ENTRY = kind('mcp.dev/v1alpha1', 'MCPServerEntry', 'mcpserverentries', 'catalogs');
/** Internal, and no child of a server: what became of it in a catalog. */
export const REGISTRATION = kind(
  'mcp.dev/v1alpha1',
  'MCPServerRegistration',
  'mcpserverregistrations',
  'catalogs',
);
/** Internal: there while a server is late. */
export const DIAGNOSIS = kind('mcp.dev/v1alpha1', 'MCPServerDiagnosis', 'mcpserverdiagnoses');
