/** Names, labels and annotations that tie children to their server. */
import { GROUP, type MCPServer } from '../api/mcpserver.ts';

/** The label that alone selects a server's pods. */
export const SERVER_LABEL = `${GROUP}/server`;
export const TYPE_LABEL = `${GROUP}/type`;
/** The spec that a child was rendered from; read back when a later one is invalid. */
export const LAST_VALID_SPEC = `${GROUP}/last-valid-spec`;
/** On a Service: the class of load balancers that was asked for, for a webhook may put one where none was. */
export const BALANCER_CLASS = `${GROUP}/load-balancer-class`;
/** Digest of what we rendered, to tell whether an observed Deployment is of this generation. */
export const RENDERED = `${GROUP}/rendered`;
/** On the pod template: digest of `config`, so that a change of it rolls the pods. */
export const CONFIG_DIGEST = `${GROUP}/config`;
/** On the pod template: digests of the Secrets that it uses, by name, so that a rotation rolls the pods. */
export const SECRET_DIGESTS = `${GROUP}/secrets`;
/** On the pod that asks a server what it is: whom it asks. A server's own label alone would make it one of its pods. */
export const VERIFIES_LABEL = `${GROUP}/verifies`;
/** On that pod: which question it asks, of which rollout. */
export const VERIFIES = `${GROUP}/question`;
/** On the entry of a server: that it wants to be in LiteLLM by itself. */
export const AUTO_REGISTER_LABEL = `${GROUP}/auto-register`;
/** On a registration: whose it is. */
export const SERVER_NAMESPACE_LABEL = `${GROUP}/server-namespace`;
export const SERVER_NAME_LABEL = `${GROUP}/server-name`;
/** On what a catalog makes: whose it is. */
export const CATALOG_LABEL = `${GROUP}/catalog`;
export const MANAGER = 'smooth-operator';

/** What children are called beside the server's own name. None ends with another, so no two servers' children meet. */
const SUFFIXES = {
  config: '-config',
  secrets: '-secrets',
  optionalSecrets: '-secrets-opt',
  paths: '-paths',
  verification: '-verify',
} as const;

export function nameOf(server: MCPServer, part: keyof typeof SUFFIXES): string {
  return server.metadata.name + SUFFIXES[part];
}

/**
 * @param own labels that the spec or the settings give this one object; they win over `extraLabels`.
 * @returns the labels of a child.
 */
export function labelsOf(server: MCPServer, own: Record<string, string> = {}): Record<string, string> {
  return {
    ...server.spec.extraLabels,
    ...own,
    ...nameLabelsOf(server),
    ...fixedLabelsOf(server),
  };
}

/** @returns the labels in which no spec has a say, so that it may be a bad one. */
export function fixedLabelsOf(server: MCPServer): Record<string, string> {
  return {
    'app.kubernetes.io/component': 'mcp-server',
    'app.kubernetes.io/managed-by': MANAGER,
    'app.kubernetes.io/name': server.metadata.name,
    ...selectorOf(server),
  };
}

/** @returns the labels of the pods of a server; none depends on the release, so none rolls the pods. */
export function podLabelsOf(server: MCPServer): Record<string, string> {
  const { extraLabels, pod } = server.spec;
  return { ...extraLabels, ...pod?.labels, ...nameLabelsOf(server) };
}

/** By what people, dashboards and Services find what belongs to a server. */
function nameLabelsOf(server: MCPServer): Record<string, string> {
  const { type } = server.spec;
  return {
    'app.kubernetes.io/name': server.metadata.name,
    ...selectorOf(server),
    ...(type ? { [TYPE_LABEL]: type } : {}),
  };
}

export function selectorOf(server: MCPServer): Record<string, string> {
  return { [SERVER_LABEL]: server.metadata.name };
}

/** What a child has beside what all children of a server have. */
interface Own {
  /** Where it is not the server's own. */
  name?: string;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
}

interface Metadata {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

/** @returns the metadata of a child; what is its own wins over `extraLabels` and `extraAnnotations`. */
export function metadataOf(server: MCPServer, own: Own = {}): Metadata {
  const annotations = { ...server.spec.extraAnnotations, ...own.annotations };
  return {
    name: own.name ?? server.metadata.name,
    namespace: server.metadata.namespace,
    labels: labelsOf(server, own.labels),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}
