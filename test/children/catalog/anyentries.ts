/** Catalogs as they may be: servers of the cluster and remote ones, with names that are close to each other. */
import fc from 'fast-check';
import type { Entry, EntryAuth } from '../../../src/api/entry.ts';

const label = fc.oneof(
  fc.constantFrom('a', 'b', 'a-b', 'a--b', 'b-a', 'workspace', 'a-token', 'x-api', 'x'),
  fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/),
);
const url = fc.oneof(
  fc.webUrl({ withQueryParameters: true, validSchemes: ['http', 'https'] }),
  fc.constantFrom(
    'https://mcp.example.com/mcp',
    'http://a.b.svc.cluster.local:8080/sse',
    `https://x.example.com/?q=\${A}{b}`,
  ),
);
const text = fc.oneof(
  fc.string({ maxLength: 300, unit: 'grapheme' }),
  fc.constantFrom('', ' ', '\n', 'Searches.'),
);
const version = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    'latest',
    '1.2.3',
    'v1.2.3',
    '1.2',
    '1.x',
    '^1.2.3',
    '1.2.3-rc.1',
    '2026.08.31',
    '1.2.3+5',
    '0',
  ),
);
const more = {
  publicUrl: fc.option(url, { nil: undefined }),
  transport: fc.constantFrom('http', 'sse'),
  title: fc.option(text, { nil: undefined }),
  description: fc.option(text, { nil: undefined }),
  version: fc.option(version, { nil: undefined }),
  allowedUserGroups: fc.constant<string[]>([]),
  allowedTools: fc.constant<string[]>([]),
};
const auth = fc.option(
  fc.record({
    type: fc.constantFrom<EntryAuth['type']>('Bearer', 'ApiKey', 'Basic', 'Authorization'),
    secret: fc.constant({ name: 'secret-name', key: 'secret-key' }),
  }),
  { nil: undefined },
);
const own = fc.record({ namespace: label, name: label, url, ...more });
const remote = fc.record({ name: label, url, ...more, auth });

/** No two of them with one namespace and name. */
export const anyEntries = fc.uniqueArray(fc.oneof(own, remote), {
  maxLength: 12,
  selector: (entry) => `${'namespace' in entry ? entry.namespace : ''}/${entry.name}`,
}) as fc.Arbitrary<Entry[]>;
