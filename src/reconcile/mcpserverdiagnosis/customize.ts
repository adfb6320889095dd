/** What a diagnosis wants to see: the pods of the server of its name, and their Deployment. */
import { SERVER_LABEL } from '../../children/identity.ts';
import type { KubernetesObject, RelatedRule } from '../contract.ts';
import { DEPLOYMENT, POD } from '../mcpserver/kinds.ts';

export function customize({ metadata: { name, namespace = '' } }: KubernetesObject): RelatedRule[] {
  const rule = ({ apiVersion, resource }: typeof POD) => ({ apiVersion, resource, namespace });
  return [
    { ...rule(POD), labelSelector: { matchLabels: { [SERVER_LABEL]: name } } },
    { ...rule(DEPLOYMENT), names: [name] },
  ];
}
