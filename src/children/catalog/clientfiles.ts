/** The ConfigMap with the files of MCP clients, a key for each. */
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { Entry } from '../../api/entry.ts';
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import { canonical } from '../canonical.ts';
import { claudeCode } from './claudecode.ts';
import { claudeDesktop } from './claudedesktop.ts';
import { cursor } from './cursor.ts';
import { catalogMetadata } from './identity.ts';
import { vscode } from './vscode.ts';

type ClientFile = NonNullable<MCPCatalog['spec']['clientFiles']>[number];

const FILES: Record<ClientFile, { key: string; file: (entries: readonly Entry[]) => object }> = {
  ClaudeCode: { key: 'claude-code.json', file: claudeCode },
  VSCode: { key: 'vscode.json', file: vscode },
  Cursor: { key: 'cursor.json', file: cursor },
  ClaudeDesktop: { key: 'claude-desktop.json', file: claudeDesktop },
};

export function clientFilesConfigMapName({ metadata }: Pick<MCPCatalog, 'metadata'>): string {
  return `${metadata.name}-clients`;
}

export function clientFilesConfigMap(catalog: MCPCatalog, entries: readonly Entry[]): V1ConfigMap {
  const files = (catalog.spec.clientFiles ?? []).map((client) => FILES[client]);
  return canonical<V1ConfigMap>({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: catalogMetadata(catalog, clientFilesConfigMapName(catalog)),
    data: Object.fromEntries(
      files.map(({ key, file }) => [key, `${JSON.stringify(file(entries), undefined, 2)}\n`]),
    ),
  });
}
