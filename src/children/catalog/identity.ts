/** Names and labels that tie what a catalog makes to it. */
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import { CATALOG_LABEL, MANAGER } from '../identity.ts';

interface Metadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
}

/** @returns the metadata of a child. */
export function catalogMetadata(
  { metadata }: Pick<MCPCatalog, 'metadata'>,
  name: string,
  labels: Record<string, string> = {},
): Metadata {
  return {
    name,
    namespace: metadata.namespace,
    labels: {
      ...labels,
      'app.kubernetes.io/component': 'mcp-catalog',
      'app.kubernetes.io/managed-by': MANAGER,
      'app.kubernetes.io/name': metadata.name,
      [CATALOG_LABEL]: metadata.name,
    },
  };
}
