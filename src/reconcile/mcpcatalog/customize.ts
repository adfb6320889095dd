/**
 * What a catalog wants to see: the entries of the servers that it selects, the Deployment that it restarts, and, unless it is
 * known that dynamic apply is in use, who has the names of its children.
 */
import { catalogBreachesOf } from '../../admission/policy.ts';
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import { mcpCatalogResource } from '../../api/mcpcatalog.ts';
import type { Problem } from '../../api/problem.ts';
import { validatorOf } from '../../api/validate.ts';
import { clientFilesConfigMapName } from '../../children/catalog/clientfiles.ts';
import { liteLLMConfigMapName } from '../../children/catalog/configmap.ts';
import { registryConfigMapNames } from '../../children/catalog/registryfiles.ts';
import { registryServerName } from '../../children/catalog/registryserver.ts';
import { AUTO_REGISTER_LABEL } from '../../children/identity.ts';
import type { RenderSettings } from '../../settings.ts';
import type { ChildKind, KubernetesObject, RelatedRule } from '../contract.ts';
import { relatesNames } from '../mcpserver/customize.ts';
import type { LabelSelector } from '../selectors.ts';
import { CONFIG_MAP, DEPLOYMENT, ENTRY, SERVICE } from './kinds.ts';

export const validator = validatorOf(mcpCatalogResource);

/** @returns what makes a catalog invalid, whose defaults are filled in. */
export function problemsOf(catalog: MCPCatalog, settings: RenderSettings): Problem[] {
  const structural = validator.validate(catalog);
  return structural.length > 0 ? structural : catalogBreachesOf(catalog, settings);
}

export function customize(parent: KubernetesObject, settings: RenderSettings): RelatedRule[] {
  const catalog = validator.withDefaults(parent) as unknown as MCPCatalog;
  // Nothing of an invalid one is looked at: what it has published stays.
  if (problemsOf(catalog, settings).length > 0) return [];
  const { namespace } = catalog.metadata;
  const { spec } = catalog;
  const rule = ({ apiVersion, resource }: ChildKind, names: string[]): RelatedRule[] =>
    names.length > 0 ? [{ apiVersion, resource, namespace, names }] : [];
  const maps = [
    ...(spec.litellm?.file ? [liteLLMConfigMapName(catalog)] : []),
    ...(spec.clientFiles ? [clientFilesConfigMapName(catalog)] : []),
    ...(spec.registry ? registryConfigMapNames(catalog) : []),
  ];
  const deployment = spec.litellm?.file?.rollout?.deployment;
  const serving = spec.registry?.serve ? [registryServerName(catalog)] : [];
  const taken = (names: string[]) => (relatesNames(settings) ? names : []);
  return [
    entryRule(catalog),
    ...rule(CONFIG_MAP, taken(maps)),
    ...rule(SERVICE, taken(serving)),
    ...rule(DEPLOYMENT, [...(deployment === undefined ? [] : [deployment]), ...taken(serving)]),
  ];
}

function entryRule({ metadata, spec }: MCPCatalog): RelatedRule {
  const { apiVersion, resource } = ENTRY;
  const labelSelector = selectorOf(spec);
  return spec.namespaceSelector
    ? { apiVersion, resource, labelSelector, namespaceSelector: spec.namespaceSelector as LabelSelector }
    : { apiVersion, resource, labelSelector, namespace: metadata.namespace };
}

/** @returns what the labels of entries have to fulfil. */
export function selectorOf({ selector }: MCPCatalog['spec']): LabelSelector {
  return (selector as LabelSelector | undefined) ?? { matchLabels: { [AUTO_REGISTER_LABEL]: 'true' } };
}
