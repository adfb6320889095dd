/** The ServiceAccount of an MCPServer: an identity of its own, without a token. */
import type { V1ServiceAccount } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';

/** @returns undefined where the spec names a ServiceAccount, which is then the user's own. */
export function serviceAccount(server: MCPServer): V1ServiceAccount | undefined {
  if (server.spec.serviceAccountName) return undefined;
  return canonical<V1ServiceAccount>({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataOf(server),
    automountServiceAccountToken: false,
  });
}
