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
import { isMonitored, metricsPort } from './servicemonitor.ts';
import { stored } from './stored.ts';
import { isBridged } from './transport.ts';
import { isVerified, verifierLabels } from './verification.ts';

/** @returns undefined where nothing is closed. */
export function networkPolicy(server: MCPServer, settings: RenderSettings): V1NetworkPolicy | undefined {
  const { ingressFrom, egressTo } = server.spec.networkPolicy ?? {};
  if (!ingressFrom && !egressTo) return undefined;
  const incoming = ingressFrom && ingressRules(server, settings);
  const outgoing = egressTo && egressRules(server, settings);
  return canonical(
    stored<V1NetworkPolicy>({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: metadataOf(server),
      spec: {
        podSelector: { matchLabels: selectorOf(server) },
        policyTypes: [...(ingressFrom ? ['Ingress'] : []), ...(egressTo ? ['Egress'] : [])],
        ...(incoming ? { ingress: incoming as object[] } : {}),
        ...(outgoing ? { egress: outgoing } : {}),
      },
    }),
  );
}

/** What the typed client calls `_from`, as it travels. */
interface IngressRule {
  from: V1NetworkPolicyPeer[];
  ports: { port: string; protocol: string }[];
}

/** Who is named, what fronts or reads the server, and what asks it what it is. */
function ingressRules(server: MCPServer, settings: RenderSettings): IngressRule[] {
  const { spec } = server;
  const named: V1NetworkPolicyPeer[] = spec.networkPolicy?.ingressFrom ?? [];
  const gateways = (spec.route?.parentRefs ?? []).flatMap(
    ({ namespace }) => namespace ?? server.metadata.namespace,
  );
  const fronts = namespacesPeer(
    spec.ingress || spec.route ? [...settings.ingress.namespaces, ...gateways] : [],
  );
  const monitoring = namespacesPeer(isMonitored(server) ? settings.monitoring.namespaces : []);
  const verifier: V1NetworkPolicyPeer[] = isVerified(server, settings)
    ? [{ podSelector: { matchLabels: verifierLabels(server) } }]
    : [];
  // By name: while a new number rolls in, old pods have the old one.
  const tcp = (port: string) => [{ port, protocol: 'TCP' }];
  const rule = (from: V1NetworkPolicyPeer[], ports: IngressRule['ports']): IngressRule[] =>
    from.length > 0 && ports.length > 0 ? [{ from, ports }] : [];
  const metrics = metricsPort(server);
  // A bridge has metrics of its own where it serves MCP.
  const atMain = metrics === undefined || isBridged(server) ? monitoring : [];
  const further = (spec.ports ?? []).map(({ name, protocol }) => ({ port: name, protocol }));
  return [
    ...rule([...named, ...fronts, ...atMain, ...verifier], tcp(MCP_PORT)),
    ...rule(named, further),
    ...(metrics === undefined ? [] : rule(monitoring, tcp(METRICS_PORT))),
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

/** DNS by UDP and by TCP, and whom the spec names. */
function egressRules({ spec }: MCPServer, settings: RenderSettings): V1NetworkPolicyEgressRule[] {
  const { egressTo = [], dns } = spec.networkPolicy ?? {};
  const ports = dns?.ports ?? settings.dns.ports;
  const peers: V1NetworkPolicyPeer[] | undefined = dns?.peers ?? dnsPeers(settings);
  // To a NetworkPolicy an empty list of peers is everybody.
  const protocols = peers?.length === 0 ? [] : ['UDP', 'TCP'];
  return [
    ...protocols.map((protocol) => ({ to: peers, ports: ports.map((port) => ({ port, protocol })) })),
    ...egressTo.map(({ ports, ...peer }) => ({ to: [peer], ports })),
  ];
}

/** @returns undefined where the settings name nobody: then it is everybody. */
function dnsPeers({ dns: { namespaces, ranges } }: RenderSettings): V1NetworkPolicyPeer[] | undefined {
  const peers = [...namespacesPeer(namespaces), ...ranges.map((cidr) => ({ ipBlock: { cidr } }))];
  return peers.length > 0 ? peers : undefined;
}
