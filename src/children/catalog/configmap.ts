/** The ConfigMap with LiteLLM's file, and whether one can hold it. */
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import type { RenderSettings } from '../../settings.ts';
import { canonical } from '../canonical.ts';
import { catalogMetadata } from './identity.ts';

/** The key, and so the name of the file where the ConfigMap is mounted. */
export const FILE_KEY = 'mcp_servers.yaml';

/** By this annotation Reloader knows what the Deployments that search for it are rolled for. */
const RELOADER = { 'reloader.stakater.com/match': 'true' };

/** What the API server takes of a ConfigMap, less some for what it adds itself. */
const MOST_BYTES = 1024 * 1024 - 16 * 1024;
/** All annotations together have 256 KiB, and dynamic apply records in one of them what it applied: the whole manifest. */
const MOST_BYTES_RECORDED = 256 * 1024 - 4 * 1024;

export function liteLLMConfigMapName({ metadata }: Pick<MCPCatalog, 'metadata'>): string {
  return `${metadata.name}-litellm`;
}

export function liteLLMConfigMap(catalog: MCPCatalog, text: string): V1ConfigMap {
  return canonical<V1ConfigMap>({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...catalogMetadata(catalog, liteLLMConfigMapName(catalog)),
      ...(catalog.spec.litellm?.file?.rollout?.by === 'Reloader' ? { annotations: RELOADER } : {}),
    },
    data: { [FILE_KEY]: text },
  });
}

/** @returns how many bytes a ConfigMap has as it is counted where it is applied, and how many it may have. */
export function sizeOf(
  configMap: V1ConfigMap,
  { applyStrategy }: RenderSettings,
): { bytes: number; most: number } {
  // Where it is not known, it may be.
  const isRecorded = applyStrategy === 'dynamic-apply' || applyStrategy === '';
  return {
    bytes: Buffer.byteLength(JSON.stringify(configMap)),
    most: isRecorded ? MOST_BYTES_RECORDED : MOST_BYTES,
  };
}
