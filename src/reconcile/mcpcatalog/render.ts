/** What a catalog publishes of the servers that are given with it as manifests, once they are Ready and Verified. */
import type { Entry } from '../../api/entry.ts';
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import type { MCPServer } from '../../api/mcpserver.ts';
import { clientFilesConfigMap } from '../../children/catalog/clientfiles.ts';
import { liteLLMConfigMap } from '../../children/catalog/configmap.ts';
import { liteLLMServers } from '../../children/catalog/litellm.ts';
import { liteLLMFile } from '../../children/catalog/litellmfile.ts';
import { registryConfigMaps } from '../../children/catalog/registryfiles.ts';
import { registryDeployment, registryService } from '../../children/catalog/registryserver.ts';
import { registryDocument, registryServers } from '../../children/catalog/serverjson.ts';
import { mcpServerEntry } from '../../children/entry.ts';
import type { RenderSettings } from '../../settings.ts';
import type { KubernetesObject } from '../contract.ts';
import { type LabelSelector, selects } from '../selectors.ts';
import { selectorOf } from './customize.ts';
import { NO_TIME } from './registry.ts';
import { selectionOf } from './selection.ts';

export function render(
  parent: KubernetesObject,
  settings: RenderSettings,
  beside: readonly KubernetesObject[] = [],
): KubernetesObject[] {
  const catalog = parent as unknown as MCPCatalog;
  const entries = beside
    .filter(({ kind }) => kind === 'MCPServer')
    .map((server) =>
      mcpServerEntry(server as unknown as MCPServer, { ready: true, verified: 'True' }, settings),
    ) as KubernetesObject[];
  const namespaces = new Map(
    beside.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => [metadata.name, metadata]),
  );
  const isSelected = ({ metadata }: KubernetesObject) => {
    if (!selects(selectorOf(catalog.spec), metadata.labels)) return false;
    const { namespaceSelector } = catalog.spec;
    if (!namespaceSelector) return metadata.namespace === catalog.metadata.namespace;
    // Every namespace has this label, whether its manifest says so or is there at all.
    const name = metadata.namespace!;
    const labels = { 'kubernetes.io/metadata.name': name, ...namespaces.get(name)?.labels };
    return selects(namespaceSelector as LabelSelector, labels);
  };
  const selection = selectionOf(catalog, entries.filter(isSelected), settings);
  const { litellm, clientFiles, registry } = catalog.spec;
  const { servers } = liteLLMServers(selection.entries, catalog.metadata);
  return [
    ...(litellm?.file ? [liteLLMConfigMap(catalog, liteLLMFile(servers))] : []),
    ...(clientFiles ? [clientFilesConfigMap(catalog, selection.entries)] : []),
    ...(registry ? renderedRegistry(catalog, selection.entries, settings) : []),
  ] as KubernetesObject[];
}

function renderedRegistry(
  catalog: MCPCatalog,
  entries: readonly Entry[],
  settings: RenderSettings,
): object[] {
  const registry = catalog.spec.registry!;
  const maps = registryConfigMaps(
    catalog,
    registryDocument(registryServers(entries, registry), undefined, NO_TIME),
  );
  if (!registry.serve || settings.runtimeImage === '') return maps;
  const names = maps.map(({ metadata }) => metadata!.name!);
  return [...maps, registryService(catalog), registryDeployment(catalog, names, settings)];
}
