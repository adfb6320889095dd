/** LiteLLM's servers as `smooth-runtime register` reads them, for its API: in parts, for a ConfigMap does not hold any number. */
import type { Registration, Registrations } from '../../api/registrations.ts';
import { canonical, digest } from '../canonical.ts';
import type { LiteLLMServer } from './litellm.ts';

/**
 * In bytes, as JSON within JSON: dynamic apply records a ConfigMap in an annotation once more, and all annotations of an object
 * may have 256 KiB.
 */
const MOST_BYTES = 224 * 1024;

/**
 * @param servers as `liteLLMServers` has them.
 * @param catalog whose they are: a word that no other catalog has which writes into the same LiteLLM, be it of another cluster,
 * and that stays as long as the catalog does.
 * @returns the texts of the parts, in order. A server stays in its part as long as the number of parts does, so that a change
 * of it changes one part.
 */
export function registrationDocuments(servers: readonly LiteLLMServer[], catalog: string): string[] {
  const all = servers.map((server) => {
    const text = JSON.stringify(registrationOf(server));
    return {
      text,
      bytes: sizeOf(text),
      place: Number.parseInt(digest(server.mcp_info.source).slice(0, 8), 16),
    };
  });
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  for (let parts = Math.max(1, Math.ceil(bytes / MOST_BYTES)); ; parts++) {
    const texts = Array.from({ length: parts }, (_, index) => {
      const own = all.filter(({ place }) => place % parts === index).map(({ text }) => text);
      const head = JSON.stringify({ catalog, part: index + 1, parts } satisfies Omit<
        Registrations,
        'servers'
      >);
      return `${head.slice(0, -1)},"servers":[${own.join(',')}]}`;
    });
    if (texts.every((text) => sizeOf(text) <= MOST_BYTES)) return texts;
  }
}

const sizeOf = (text: string) => Buffer.byteLength(JSON.stringify(text));

function registrationOf(server: LiteLLMServer): Registration {
  const { name, access_groups, allowed_tools, credential, mcp_info, ...fields } = server;
  return canonical<Registration>({
    source: mcp_info.source,
    server: {
      ...fields,
      server_name: name,
      mcp_access_groups: access_groups ?? [],
      allowed_tools: allowed_tools ?? [],
    },
    ...(credential === undefined ? {} : { credential }),
  });
}
