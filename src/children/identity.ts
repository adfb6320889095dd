/** Names, labels and annotations that tie children to their server. */
import { GROUP, type MCPServer } from '../api/mcpserver.ts';

/** The label that alone selects a server's pods. */
export const SERVER_LABEL = `${GROUP}/server`;
export const TYPE_LABEL = `${GROUP}/type`;
/** The spec that a child was rendered from; read back when a later one is invalid. */
export const LAST_VALID_SPEC = `${GROUP}/last-valid-spec`;
/** Digest of what we rendered, to tell whether an observed Deployment is of this generation. */
export const RENDERED = `${GROUP}/rendered`;
/** On the pod template: digest of `config`, so that a change of it rolls the pods. */
export const CONFIG_DIGEST = `${GROUP}/config`;
/** On the pod template: digests of the Secrets that it uses, by name, so that a rotation rolls the pods. */
export const SECRET_DIGESTS = `${GROUP}/secrets`;
export const MANAGER = 'smooth-operator';

/** What children are called beside the server's own name. None ends with another, so no two servers' children meet. */
const SUFFIXES = {
  config: '-config',
  secrets: '-secrets',
  optionalSecrets: '-secrets-opt',
  paths: '-paths',
} as const;

export function nameOf(server: MCPServer, part: keyof typeof SUFFIXES): string {
  return server.metadata.name + SUFFIXES[part];
}

/** @returns the labels of every child and pod of a server; none depends on the release, so none rolls the pods. */
export function labelsOf(server: MCPServer): Record<string, string> {
  const { type } = server.spec;
  return {
    'app.kubernetes.io/component': 'mcp-server',
    'app.kubernetes.io/instance': server.metadata.name,
    'app.kubernetes.io/managed-by': MANAGER,
    'app.kubernetes.io/name': server.metadata.name,
    ...selectorOf(server),
    ...(type ? { [TYPE_LABEL]: type } : {}),
  };
}

export function selectorOf(server: MCPServer): Record<string, string> {
  return { [SERVER_LABEL]: server.metadata.name };
}

/**
 * @param name of the child, where it is not the server's own.
 * @returns what every child's metadata has in common.
 */
export function metadataOf(
  server: MCPServer,
  name = server.metadata.name,
): { name: string; namespace: string; labels: Record<string, string> } {
  return { name, namespace: server.metadata.namespace, labels: labelsOf(server) };
}
