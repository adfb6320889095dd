/** Names, labels and annotations that tie children to their server. */
import { GROUP, type MCPServer } from '../api/mcpserver.ts';

/** The label that alone selects a server's pods. */
export const SERVER_LABEL = `${GROUP}/server`;
/** The spec that a child was rendered from; read back when a later one is invalid. */
export const LAST_VALID_SPEC = `${GROUP}/last-valid-spec`;
/** Digest of what we rendered, to tell whether an observed Deployment is of this generation. */
export const RENDERED = `${GROUP}/rendered`;
export const MANAGER = 'smooth-operator';

/** @returns the labels of every child and pod of a server; none depends on the release, so none rolls the pods. */
export function labelsOf(server: MCPServer): Record<string, string> {
  return {
    'app.kubernetes.io/component': 'mcp-server',
    'app.kubernetes.io/instance': server.metadata.name,
    'app.kubernetes.io/managed-by': MANAGER,
    'app.kubernetes.io/name': server.metadata.name,
    ...selectorOf(server),
  };
}

export function selectorOf(server: MCPServer): Record<string, string> {
  return { [SERVER_LABEL]: server.metadata.name };
}

/** @returns what every child's metadata has in common. */
export function metadataOf(server: MCPServer): {
  name: string;
  namespace: string;
  labels: Record<string, string>;
} {
  return { name: server.metadata.name, namespace: server.metadata.namespace, labels: labelsOf(server) };
}
