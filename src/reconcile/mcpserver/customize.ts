/** What a server wants to see beside its children. */
import type { MCPServer } from '../../api/mcpserver.ts';
import { selectorOf } from '../../children/identity.ts';
import type { RenderSettings } from '../../settings.ts';
import { type KubernetesObject, kindKey, type RelatedRule } from '../contract.ts';
import { addressesOfKind, FRONTS } from './addresses.ts';
import { CHILDREN } from './children.ts';
import { DEPLOYMENT, POD, SECRET, SERVICE, SERVICE_ACCOUNT } from './kinds.ts';
import { prepare } from './prepare.ts';

/**
 * Relates the names that children will want, so that an object not owned by the server is seen before it is touched; the
 * Secrets that the pods use; who else has the public address; and the pods.
 */
export function customize(parent: KubernetesObject, settings: RenderSettings): RelatedRule[] {
  const server = parent as unknown as MCPServer;
  const { name, namespace = '' } = parent.metadata;
  const { children, secrets } = prepare(server, settings);
  const names = new Map<string, Set<string>>();
  const relate = ({ apiVersion, resource }: { apiVersion: string; resource: string }, one: string) => {
    const key = `${apiVersion} ${resource}`;
    names.set(key, (names.get(key) ?? new Set()).add(one));
  };
  for (const kind of [SERVICE_ACCOUNT, SERVICE, DEPLOYMENT]) relate(kind, name);
  for (const child of children) {
    relate(CHILDREN.find((kind) => kindKey(kind) === kindKey(child))!, child.metadata.name);
  }
  for (const secret of secrets) relate(SECRET, secret.name);
  const rules = [...names].map(([key, ofKind]): RelatedRule => {
    const [apiVersion, resource] = key.split(' ') as [string, string];
    return { apiVersion, resource, namespace, names: [...ofKind] };
  });
  // An address is one for the whole cluster.
  for (const { apiVersion, resource, kind } of FRONTS) {
    for (const address of addressesOfKind(children, kindKey({ apiVersion, kind }))) {
      rules.push({ apiVersion, resource, namespace: '', labelSelector: { matchLabels: { [address]: '' } } });
    }
  }
  if (!settings.relatePods) return rules;
  const { apiVersion, resource } = POD;
  return [...rules, { apiVersion, resource, namespace, labelSelector: { matchLabels: selectorOf(server) } }];
}
