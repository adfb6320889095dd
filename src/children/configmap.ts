/** `config` as a ConfigMap: environment variables, and files under one path. */
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonical, digest } from './canonical.ts';
import { metadataOf, nameOf } from './identity.ts';
import { stored } from './stored.ts';

/** Where the files are; part of the API, for servers read them there. */
export const CONFIG_PATH = '/etc/mcp/config';

/** @returns undefined where there is no `config`. */
export function configMap(server: MCPServer): V1ConfigMap | undefined {
  const { config } = server.spec;
  if (!config) return undefined;
  return canonical(
    stored<V1ConfigMap>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadataOf(server, { name: nameOf(server, 'config') }),
      data: Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)])),
    }),
  );
}

/** @returns what changes when `config` does. */
export function configDigest(server: MCPServer): string | undefined {
  const map = configMap(server);
  return map && digest(map.data ?? {});
}
