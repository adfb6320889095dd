/** What a server wants to see beside its children. */
import type { MCPServer } from '../../api/mcpserver.ts';
import { isAutoRegistered } from '../../children/entry.ts';
import { SERVER_NAME_LABEL, SERVER_NAMESPACE_LABEL, selectorOf } from '../../children/identity.ts';
import type { RenderSettings } from '../../settings.ts';
import { type KubernetesObject, kindKey, type RelatedRule } from '../contract.ts';
import { addressesOfKind, FRONTS } from './addresses.ts';
import { CHILDREN } from './children.ts';
import { DEPLOYMENT, POD, REGISTRATION, SECRET, SERVICE, SERVICE_ACCOUNT } from './kinds.ts';
import { type Prepared, prepare } from './prepare.ts';

type Kind = { apiVersion: string; resource: string };
type Name = [kind: Kind, name: string];

/**
 * Relates the Secrets that the pods use, and those that the server is asked with; who else has the public address; the pods;
 * and, unless it is known that dynamic apply is in use, the names that children will want: server-side apply would write into
 * an object not owned by the server.
 *
 * Each rule has its price: at every event of its kind Metacontroller looks through all parents, and at every sync it lists
 * the kind in the namespace.
 */
export function customize(parent: KubernetesObject, settings: RenderSettings): RelatedRule[] {
  const server = parent as unknown as MCPServer;
  const prepared = prepare(server, settings);
  const named = relatesNames(settings) ? childNames(server, prepared) : [];
  const secrets = [...prepared.secrets.map(({ name }) => name), ...prepared.headerSecrets].map(
    (name): Name => [SECRET, name],
  );
  return [
    ...byName([...named, ...secrets], server.metadata.namespace),
    ...addressRules(prepared),
    ...registrationRules(server, settings),
    ...(settings.relatePods === 'always' ? [podRule(server)] : []),
  ];
}

/**
 * Whether an object not owned by the server that has the name of a child is among the related ones. Under dynamic apply it
 * is left alone anyhow, and shows as a child that does not come.
 */
export function relatesNames({ applyStrategy }: RenderSettings): boolean {
  return applyStrategy !== 'dynamic-apply';
}

/** Also of what is not asked for now: a spec that is invalid today may have been good before. */
function childNames({ metadata: { name } }: MCPServer, { children }: Prepared): Name[] {
  const always = [SERVICE_ACCOUNT, SERVICE, DEPLOYMENT].map((kind): Name => [kind, name]);
  const asked = children.map((child): Name => {
    const kind = CHILDREN.find((one) => kindKey(one) === kindKey(child))!;
    return [kind, child.metadata.name];
  });
  return [...always, ...asked];
}

function byName(wanted: readonly Name[], namespace: string): RelatedRule[] {
  const rules = new Map<string, { apiVersion: string; resource: string; names: Set<string> }>();
  for (const [{ apiVersion, resource }, name] of wanted) {
    const key = `${apiVersion} ${resource}`;
    const rule = rules.get(key) ?? { apiVersion, resource, names: new Set() };
    rule.names.add(name);
    rules.set(key, rule);
  }
  return [...rules.values()].map(({ names, ...kind }) => ({ ...kind, namespace, names: [...names] }));
}

/** An address is one for the whole cluster. */
function addressRules({ children }: Prepared): RelatedRule[] {
  return FRONTS.flatMap(({ apiVersion, resource, kind }) =>
    addressesOfKind(children, kindKey({ apiVersion, kind })).map((address) => ({
      apiVersion,
      resource,
      namespace: '',
      labelSelector: { matchLabels: { [address]: '' } },
    })),
  );
}

/** What became of it in catalogs, wherever these are. */
function registrationRules(server: MCPServer, settings: RenderSettings): RelatedRule[] {
  if (!isAutoRegistered(server) || !settings.features.has(REGISTRATION.feature!)) return [];
  const { metadata } = server;
  const { apiVersion, resource } = REGISTRATION;
  const matchLabels = {
    [SERVER_NAME_LABEL]: metadata.name,
    [SERVER_NAMESPACE_LABEL]: metadata.namespace,
  };
  return [{ apiVersion, resource, namespace: '', labelSelector: { matchLabels } }];
}

function podRule(server: MCPServer): RelatedRule {
  const { apiVersion, resource } = POD;
  const { namespace } = server.metadata;
  return { apiVersion, resource, namespace, labelSelector: { matchLabels: selectorOf(server) } };
}
