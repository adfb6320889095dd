/** Entries for tests: as little as one can say of a server, with what a test says over it. */
import type { Entry } from '../../../src/api/entry.ts';

/** @param source `NAMESPACE/NAME` of an MCPServer, or the bare name of a remote server. */
export function entry(source: string, more: Partial<Entry> = {}): Entry {
  const [name, namespace] = source.split('/').reverse() as [string, string | undefined];
  const own =
    namespace === undefined ? {} : { namespace, uid: `uid-${source}`, created: '2026-01-01T12:00:00Z' };
  return {
    ...own,
    name,
    url:
      namespace === undefined
        ? `https://${name}.example.com/mcp`
        : `http://${name}.${namespace}.svc.cluster.local/mcp`,
    transport: 'http',
    allowedUserGroups: [],
    allowedTools: [],
    ...more,
  };
}
