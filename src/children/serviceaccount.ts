/** The ServiceAccount of an MCPServer: an identity of its own, without a token unless asked. */
import type { V1ServiceAccount } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonical } from './canonical.ts';
import { metadataOf } from './identity.ts';

/** IAM roles for service accounts, as Amazon's webhook reads them. */
export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';

/** @returns undefined where the spec names a ServiceAccount, which is then the user's own. */
export function serviceAccount(server: MCPServer): V1ServiceAccount | undefined {
  const { spec } = server;
  if (spec.serviceAccountName) return undefined;
  const annotations = {
    ...(spec.aws?.iamRole ? { [ROLE_ANNOTATION]: spec.aws.iamRole } : {}),
    ...spec.serviceAccount?.annotations,
  };
  return canonical<V1ServiceAccount>({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataOf(server, { labels: spec.serviceAccount?.labels, annotations }),
    automountServiceAccountToken: mountsToken(server),
  });
}

/** The webhook of a cloud adds a token of its own, so that no role needs this one. */
export function mountsToken({ spec }: MCPServer): boolean {
  return spec.serviceAccount?.automountToken ?? false;
}
