/** The NetworkPolicy of an MCPServer: each direction is closed only where the spec lists who may pass. */
import type {
  V1NetworkPolicy,
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyPeer,
} from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { canonical } from './canonical.ts';
import { metadataOf, selectorOf } from './identity.ts';
import { MCP_PORT, METRICS_PORT } from './ports.ts';
import { metricsPort } from './servicemonitor.ts';

const DNS_PORT = 53;

/** @returns undefined where nothing is closed. */
export function networkPolicy(server: MCPServer, settings: RenderSettings): V1NetworkPolicy | undefined {
  const { ingressFrom, egressTo } = server.spec.networkPolicy ?? {};
  if (!ingressFrom && !egressTo) return undefined;
  const incoming = ingressFrom && ingressRules(server, settings);
  return canonical<V1NetworkPolicy>({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(server),
    spec: {
      podSelector: { matchLabels: selectorOf(server) },
      policyTypes: [...(ingressFrom ? ['Ingress'] : []), ...(egressTo ? ['Egress'] : [])],
      // The API server does not keep an empty list.
      ...(incoming?.length ? { ingress: incoming as object[] } : {}),
      egress: egressTo && egressRules(egressTo),
    },
  });
}

/** What the typed client calls `_from`, as it travels. */
interface IngressRule {
  from: V1NetworkPolicyPeer[];
  ports: { port: string; protocol: string }[];
}

/** Who is named, and what fronts or reads the server. */
function ingressRules(server: MCPServer, settings: RenderSettings): IngressRule[] {
  const { spec } = server;
  const named: V1NetworkPolicyPeer[] = spec.networkPolicy?.ingressFrom ?? [];
  const gateways = (spec.route?.parentRefs ?? []).flatMap(
    ({ namespace }) => namespace ?? server.metadata.namespace,
  );
  const fronts = namespacesPeer(
    spec.ingress || spec.route ? [...settings.ingress.namespaces, ...gateways] : [],
  );
  const monitoring = namespacesPeer(
    spec.observability?.metrics?.enabled ? settings.monitoring.namespaces : [],
  );
  // By name: while a new number rolls in, old pods have the old one.
  const rule = (from: V1NetworkPolicyPeer[], port: string): IngressRule[] =>
    from.length > 0 ? [{ from, ports: [{ port, protocol: 'TCP' }] }] : [];
  const metrics = metricsPort(server);
  return [
    ...rule([...named, ...fronts, ...(metrics === undefined ? monitoring : [])], MCP_PORT),
    ...(metrics === undefined ? [] : rule(monitoring, METRICS_PORT)),
  ];
}

function namespacesPeer(names: readonly string[]): V1NetworkPolicyPeer[] {
  if (names.length === 0) return [];
  const values = [...new Set(names)].sort();
  return [
    {
      namespaceSelector: {
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }],
      },
    },
  ];
}

/** DNS in two rules: dynamic apply takes two entries of one port for one. */
function egressRules(
  egressTo: NonNullable<NonNullable<MCPServer['spec']['networkPolicy']>['egressTo']>,
): V1NetworkPolicyEgressRule[] {
  return [
    ...['UDP', 'TCP'].map((protocol) => ({ ports: [{ port: DNS_PORT, protocol }] })),
    ...egressTo.map(({ ports, ...peer }) => ({ to: [peer], ports: ports?.length ? ports : undefined })),
  ];
}
