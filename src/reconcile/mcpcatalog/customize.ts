/**
 * What a catalog wants to see: the entries of the servers that it selects, and, unless it is known that dynamic apply is in use,
 * who has the names of its children.
 */
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import { mcpCatalogResource } from '../../api/mcpcatalog.ts';
import { validatorOf } from '../../api/validate.ts';
import { clientFilesConfigMapName } from '../../children/catalog/clientfiles.ts';
import { liteLLMConfigMapName } from '../../children/catalog/configmap.ts';
import { registryConfigMapNames } from '../../children/catalog/registryfiles.ts';
import { AUTO_REGISTER_LABEL } from '../../children/identity.ts';
import type { RenderSettings } from '../../settings.ts';
import type { KubernetesObject, RelatedRule } from '../contract.ts';
import { relatesNames } from '../mcpserver/customize.ts';
import type { LabelSelector } from '../selectors.ts';
import { CONFIG_MAP, ENTRY } from './kinds.ts';

export const validator = validatorOf(mcpCatalogResource);

export function customize(parent: KubernetesObject, settings: RenderSettings): RelatedRule[] {
  const catalog = validator.withDefaults(parent) as unknown as MCPCatalog;
  // Nothing of an invalid one is looked at: what it has published stays.
  if (validator.validate(catalog).length > 0) return [];
  const { namespace } = catalog.metadata;
  const { apiVersion, resource } = CONFIG_MAP;
  const { spec } = catalog;
  const wanted = [
    ...(spec.litellm?.file ? [liteLLMConfigMapName(catalog)] : []),
    ...(spec.clientFiles ? [clientFilesConfigMapName(catalog)] : []),
    ...(spec.registry ? registryConfigMapNames(catalog) : []),
  ];
  const names =
    relatesNames(settings) && wanted.length > 0 ? [{ apiVersion, resource, namespace, names: wanted }] : [];
  return [entryRule(catalog), ...names];
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
