/**
 * What a server has beside its workload and Service, and how each of these parts is: a condition, and what the phase and the
 * message make of it. A part is there only where the spec asks for it.
 */
import type { Finding } from '../../api/condition.ts';
import type { MCPServer } from '../../api/mcpserver.ts';
import { secretVariables } from '../../children/externalsecret.ts';
import { routeHosts, routeUrl } from '../../children/httproute.ts';
import { nameOf } from '../../children/identity.ts';
import { ingressUrl, needsRewrite } from '../../children/ingress.ts';
import { classOf, familyOf } from '../../children/ingressclass.ts';
import { blocksEveryDrain } from '../../children/poddisruptionbudget.ts';
import { isAffine, needsAffinity } from '../../children/sessions.ts';
import type { RenderSettings } from '../../settings.ts';
import { type ChildKind, type KubernetesObject, kindKey, lookUp, type SyncRequest } from '../contract.ts';
import { type Addresses, serverOf } from './addresses.ts';
import { EXTERNAL_SECRET, HTTP_ROUTE, INGRESS, MIDDLEWARE, SERVICE_MONITOR } from './kinds.ts';

export interface Part {
  finding: Finding;
  /** Its entry in `readiness`. */
  readiness?: 'ingress' | 'route';
  /** Whether the server is not as wished while this is not ready. */
  counts: boolean;
  /** The address that clients use while it is ready, or serves. */
  url?: string | undefined;
  /** That it serves, though not all that it should. */
  serves?: boolean;
}

interface View {
  server: MCPServer;
  settings: RenderSettings;
  observed(kind: ChildKind, name?: string): KubernetesObject | undefined;
  /** Who has an address that a kind is to serve, by that address; undefined where nobody else has one. */
  holders(kind: ChildKind): ReadonlyMap<string, KubernetesObject> | undefined;
}

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
  const holders = (kind: ChildKind) => addresses.holders.get(kindKey(kind));
  const view = { server, settings, observed, holders };
  return [externalSecret, ingress, route, sessionAffinity, serviceMonitor, disruptionBudget].flatMap(
    (part) => part(view) ?? [],
  );
}

function label({ server }: View, { kind }: ChildKind, name = server.metadata.name): string {
  return `${kind} ${server.metadata.namespace}/${name}`;
}

const no = (type: string, reason: string, message: string): Finding => ({
  type,
  status: 'False',
  reason,
  message,
});
const yes = (type: string, reason: string, message: string): Finding => ({
  type,
  status: 'True',
  reason,
  message,
});

/** What is asked for and cannot be had here is told, and is no failure of the server. */
function off(
  { settings }: View,
  type: string,
  field: string,
  { kind, feature }: ChildKind,
): Part | undefined {
  if (!feature || settings.features.has(feature)) return undefined;
  const message = `${field} asks for ${/^([AEIOU]|HTTP)/.test(kind) ? 'an' : 'a'} ${kind}, and the operator's settings do not have the feature ${feature}: none is made`;
  return { finding: no(type, 'FeatureOff', message), counts: false };
}

function conditionOf(object: KubernetesObject | undefined, type: string) {
  const { conditions } = (object?.status ?? {}) as { conditions?: Finding[] };
  return conditions?.find((one) => one.type === type);
}

function externalSecret(view: View): Part | undefined {
  const { required, optional } = secretVariables(view.server);
  if (required.length + optional.length === 0) return undefined;
  const type = 'ExternalSecretSynced';
  const disabled = off(view, type, 'secrets', EXTERNAL_SECRET);
  if (disabled) return disabled;
  const trouble = (part: 'secrets' | 'optionalSecrets') => {
    const name = nameOf(view.server, part);
    const object = view.observed(EXTERNAL_SECRET, name);
    const ready = conditionOf(object, 'Ready');
    if (ready?.status === 'True') return undefined;
    const target = label(view, EXTERNAL_SECRET, name);
    if (!object) return { reason: 'Missing', message: `${target} is not there` };
    if (!ready) {
      return {
        reason: 'NotSynced',
        message: `${target}: nobody has looked at it: does the External Secrets Operator run?`,
      };
    }
    const why = ready.message ? `: ${ready.message}` : '';
    // What does not fit into a condition of ours would have the API server refuse the whole status.
    const reason = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/.test(ready.reason) ? ready.reason : 'NotSynced';
    return { reason, message: `${target}: not synced${why}` };
  };
  const failed = required.length > 0 ? trouble('secrets') : undefined;
  if (failed) return { finding: no(type, failed.reason, failed.message), counts: false };
  const lacking = optional.length > 0 ? trouble('optionalSecrets') : undefined;
  if (lacking) return { finding: yes(type, 'OptionalMissing', lacking.message), counts: false };
  return { finding: yes(type, 'Synced', 'Every value is there'), counts: false };
}

/** What is taken comes by itself when the other goes. */
function addressTaken(type: string, what: string, holders: Iterable<KubernetesObject>): Finding {
  const names = [...new Set([...holders].map(serverOf))];
  const who = names.length === 1 ? `MCPServer ${names[0]} has` : `MCPServers ${names.join(', ')} have`;
  const message = `${what}: ${who} its host and path. Choose another host or path, or wait until it goes`;
  return no(type, 'AddressTaken', message);
}

function ingress(view: View): Part | undefined {
  const { server, settings } = view;
  if (!server.spec.ingress) return undefined;
  const type = 'IngressReady';
  const readiness = 'ingress';
  const target = label(view, INGRESS);
  if (needsRewrite(server) && familyOf(server, settings) === 'traefik') {
    const disabled = off(view, type, 'ingress.publicPathPrefix', MIDDLEWARE);
    if (disabled) return { ...disabled, readiness };
    if (!view.observed(MIDDLEWARE)) {
      const message = `${label(view, MIDDLEWARE)} is not there`;
      return { finding: no(type, 'Missing', message), readiness, counts: true };
    }
  }
  const holders = view.holders(INGRESS);
  if (holders) {
    return {
      finding: addressTaken(type, `${target} is not made`, holders.values()),
      readiness,
      counts: true,
    };
  }
  const object = view.observed(INGRESS);
  if (!object) return { finding: no(type, 'Missing', `${target} is not there`), readiness, counts: true };
  const [given] = addressesOf(object);
  if (settings.ingress.strict && given === undefined) {
    const name = classOf(server, settings);
    const message = `${target}: no ingress controller has given it an address: does the one of ${
      name ? `class ${name}` : "the cluster's default class"
    } run, and does kubectl get ingressclass list it?`;
    return { finding: no(type, 'NoAddress', message), readiness, counts: true };
  }
  const message = given === undefined ? `${target} is there` : `${target}: served at ${given}`;
  return {
    finding: yes(type, given === undefined ? 'Present' : 'Served', message),
    readiness,
    counts: true,
    url: ingressUrl(server, settings, given),
  };
}

function addressesOf(object: KubernetesObject): string[] {
  const { loadBalancer } = (object.status ?? {}) as {
    loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] };
  };
  return (loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => hostname ?? ip ?? []);
}

interface RouteParent {
  parentRef?: { name?: string; namespace?: string; sectionName?: string };
  conditions?: (Finding & { observedGeneration?: number })[];
}

function route(view: View): Part | undefined {
  const { server, settings } = view;
  const { route: wanted } = server.spec;
  if (!wanted) return undefined;
  const type = 'RouteReady';
  const readiness = 'route';
  const disabled = off(view, type, 'route', HTTP_ROUTE);
  if (disabled) return { ...disabled, readiness };
  const target = label(view, HTTP_ROUTE);
  const holders = view.holders(HTTP_ROUTE);
  const { left, lost } = routeHosts(server, new Set(holders?.keys()));
  if (holders && left.length === 0) {
    return {
      finding: addressTaken(type, `${target} is not made`, holders.values()),
      readiness,
      counts: true,
    };
  }
  const object = view.observed(HTTP_ROUTE);
  if (!object) return { finding: no(type, 'Missing', `${target} is not there`), readiness, counts: true };
  const { namespace } = server.metadata;
  const { parents } = (object.status ?? {}) as { parents?: RouteParent[] };
  for (const { name, namespace: its = namespace } of wanted.parentRefs) {
    const gateway = `Gateway ${its}/${name}`;
    const taken = parents?.find(
      ({ parentRef }) => parentRef?.name === name && (parentRef.namespace ?? namespace) === its,
    );
    for (const wish of ['Accepted', 'ResolvedRefs']) {
      const held = taken?.conditions?.find((one) => one.type === wish);
      const current = (held?.observedGeneration ?? 0) >= (object.metadata.generation ?? 0);
      if (held?.status === 'True' && current) continue;
      const finding =
        held && current && held.reason
          ? no(type, held.reason, `${target}: ${gateway} does not take it: ${held.message || held.reason}`)
          : no(
              type,
              'NotAccepted',
              `${target}: ${gateway} has not taken it: is it there, and does its controller run?`,
            );
      return { finding, readiness, counts: true };
    }
  }
  const url = routeUrl(server, settings, left);
  if (holders) {
    const finding = addressTaken(type, `${target} goes without ${lost.join(', ')}`, holders.values());
    return { finding, readiness, counts: true, url, serves: true };
  }
  const finding = yes(type, 'Accepted', `${target}: every Gateway has taken it`);
  return { finding, readiness, counts: true, url };
}

/** Only where several pods hold sessions and what fronts them may send a client to another one: else it is no news. */
function sessionAffinity({ server, settings }: View): Part | undefined {
  if (!needsAffinity(server)) return undefined;
  const type = 'SessionAffinity';
  const remedy = 'Set sessions: Stateless if the server keeps none, or run one replica';
  if (!isAffine(server)) {
    const message = `service.sessionAffinity is None, so a client's next request may reach another pod, which does not know its session. ${remedy}`;
    return { finding: no(type, 'Disabled', message), counts: false };
  }
  const { ingress: asked, route: routed } = server.spec;
  const family = asked && familyOf(server, settings);
  if (asked && (family === 'istio' || family === 'other')) {
    const name = classOf(server, settings) || "the cluster's default";
    const message = `The ingress class ${name} goes past the Service to the pods, and unless its own settings keep a client with its pod, sessions break. ${remedy}`;
    return { finding: no(type, 'IngressIgnoresAffinity', message), counts: false };
  }
  if (routed) {
    const message = `Unless the Gateway's own settings keep a client with its pod, as Traefik's are told to, sessions break. ${remedy}`;
    return { finding: { type, status: 'Unknown', reason: 'GatewayDecides', message }, counts: false };
  }
  return undefined;
}

function serviceMonitor(view: View): Part | undefined {
  if (!view.server.spec.observability?.metrics?.enabled) return undefined;
  const type = 'ServiceMonitorCreated';
  const disabled = off(view, type, 'observability.metrics', SERVICE_MONITOR);
  if (disabled) return disabled;
  const target = label(view, SERVICE_MONITOR);
  const finding = view.observed(SERVICE_MONITOR)
    ? yes(type, 'Created', `${target} is there`)
    : no(type, 'Missing', `${target} is not there`);
  return { finding, counts: false };
}

/** Only where something is to be said: that there is one is no news. */
function disruptionBudget({ server }: View): Part | undefined {
  if (!blocksEveryDrain(server)) return undefined;
  const message = `podDisruptionBudget would let no node be drained while there are ${server.spec.replicas} replicas, so there is none: let a drain take at least one pod`;
  return { finding: no('PodDisruptionBudgetCreated', 'BlocksEveryDrain', message), counts: false };
}
