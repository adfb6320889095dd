/** The MCPServerEntry of an MCPServer: what catalogs read of it. */
import type { MCPServer } from '../api/mcpserver.ts';
import type { MCPServerEntrySpec } from '../api/mcpserverentry.ts';
import type { RenderSettings } from '../settings.ts';
import { canonical } from './canonical.ts';
import { AUTO_REGISTER_LABEL, SERVER_LABEL } from './identity.ts';
import { resolveImage } from './image.ts';
import { serviceUrl } from './service.ts';
import { clientTransport } from './transport.ts';

/** By this one Metacontroller finds the children of a parent. */
const OWNER_LABEL = 'controller-uid';
const MOST_LABELS = 64;

/** What is found out about a server, and not written in its spec. */
export type Seen = Pick<MCPServerEntrySpec, 'ready' | 'verified'> & {
  publicUrl?: string | undefined;
  /** That the server gives itself. */
  version?: string | undefined;
};

interface Metadata {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
  creationTimestamp?: string;
}

/** @param server as it is rendered, with the labels of the live one. */
export function mcpServerEntry(server: MCPServer, seen: Seen, settings: RenderSettings): object {
  const { name, namespace, labels, creationTimestamp } = server.metadata as Metadata;
  const { autoRegister = false, ...published } = server.spec.litellm ?? {};
  return canonical({
    apiVersion: server.apiVersion,
    kind: 'MCPServerEntry',
    metadata: { name, namespace, labels: labelsFor(name, labels, autoRegister) },
    spec: {
      ...published,
      autoRegister,
      created: creationTimestamp,
      publicUrl: seen.publicUrl,
      ready: seen.ready,
      transport: clientTransport(server),
      url: serviceUrl(server, settings.clusterDomain),
      verified: seen.verified,
      version: seen.version ?? tagOf(resolveImage(server.spec, settings)),
    },
  });
}

/** @param server one whose spec may be none. */
export function isAutoRegistered({ spec }: { spec: unknown }): boolean {
  return (spec as Partial<MCPServer['spec']> | null | undefined)?.litellm?.autoRegister === true;
}

/** The labels of the server, by which catalogs select; the first of them, should there be more than anybody writes. */
function labelsFor(
  name: string,
  labels: Record<string, string> = {},
  autoRegister: boolean,
): Record<string, string> {
  const own = Object.entries(labels)
    .filter(([key]) => key !== OWNER_LABEL && key !== AUTO_REGISTER_LABEL)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MOST_LABELS);
  return {
    ...Object.fromEntries(own),
    [SERVER_LABEL]: name,
    ...(autoRegister ? { [AUTO_REGISTER_LABEL]: 'true' } : {}),
  };
}

/** @returns the tag of an image, which may say its version; undefined where it has none. */
function tagOf(image: string): string | undefined {
  const [, tag] = /:([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})(@.*)?$/.exec(image.split('/').at(-1) ?? '') ?? [];
  return tag;
}
