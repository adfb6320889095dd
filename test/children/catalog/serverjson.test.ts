/** `server.json` documents, and the list of them that is published. What the official registry says to them: `grade:registry`. */
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import t from 'tap';
import type { Entry } from '../../../src/api/entry.ts';
import { type RegistryDocument, readRegistryDocument } from '../../../src/api/registrydocument.ts';
import { ServerJson } from '../../../src/api/serverjson.ts';
import {
  type RegistryOptions,
  registryDocument,
  registryName,
  registryServers,
} from '../../../src/children/catalog/serverjson.ts';
import { anyEntries } from './anyentries.ts';
import { entry } from './entries.ts';

const PUBLIC: RegistryOptions = { prefix: 'com.example', addresses: 'Public' };
const ALL: RegistryOptions = { prefix: 'com.example', addresses: 'All' };
const NOON = '2026-11-30T12:00:00Z';
const ONE = '2026-11-30T13:00:00Z';

const SEARCH = entry('team-a/search', {
  publicUrl: 'https://mcp.example.com/search',
  description: 'Searches.',
  title: 'Search',
  version: 'v1.4.0',
});

const documentOf = (entries: Entry[], options = PUBLIC, before?: RegistryDocument, now = NOON) =>
  registryDocument(registryServers(entries, options), before, now);
const serverOf = (one: Entry, options = PUBLIC) => documentOf([one], options).servers[0]?.server;

t.test('a server with a public address', async (t) => {
  t.strictSame(documentOf([SEARCH]), {
    servers: [
      {
        server: {
          $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
          name: 'com.example/team-a.search',
          description: 'Searches.',
          title: 'Search',
          version: '1.4.0-20261130120000',
          remotes: [{ type: 'streamable-http', url: 'https://mcp.example.com/search' }],
        },
        status: 'active',
        publishedAt: NOON,
        updatedAt: NOON,
      },
    ],
  });
});

t.test('a remote server has headers for its credentials, and never the credentials', async (t) => {
  const secret = { name: 'secret-name', key: 'secret-key' };
  const bearer = serverOf(entry('tickets', { auth: { type: 'Bearer', secret } }))!;
  t.equal(bearer.name, 'com.example/tickets');
  t.strictSame(bearer.remotes[0]!.headers, [
    {
      name: 'Authorization',
      value: 'Bearer {token}',
      variables: { token: { description: 'Token', isRequired: true, isSecret: true } },
    },
  ]);
  const key = serverOf(entry('tickets', { auth: { type: 'ApiKey', secret } }))!;
  t.strictSame(key.remotes[0]!.headers, [
    { name: 'x-api-key', description: 'API key', isRequired: true, isSecret: true },
  ]);
});

t.test(
  'addresses that the official registry does not take are there only where they are asked for',
  async (t) => {
    const inside = entry('team-a/inside', { transport: 'sse' });
    t.equal(serverOf(inside), undefined);
    t.strictSame(serverOf(inside, ALL)!.remotes, [
      { type: 'sse', url: 'http://inside.team-a.svc.cluster.local/mcp' },
    ]);
    t.strictSame(
      serverOf(SEARCH, ALL)!.remotes.map(({ url }) => url),
      ['https://mcp.example.com/search', 'http://search.team-a.svc.cluster.local/mcp'],
      'the one for everybody first',
    );
    for (const url of ['http://mcp.example.com/mcp', 'https://localhost/mcp', 'https://127.0.0.1/mcp']) {
      t.equal(serverOf({ ...SEARCH, publicUrl: url }), undefined, url);
      t.equal(serverOf(entry('remote', { url })), undefined, url);
    }
  },
);

t.test('names, descriptions and versions are what the registry takes', async (t) => {
  t.equal(registryName({ name: 'x' }, 'com.example'), 'com.example/x_server');
  t.equal(serverOf({ ...SEARCH, description: ' \n' })!.description, 'MCP server search in namespace team-a');
  t.equal(serverOf({ ...SEARCH, description: 'ä'.repeat(300) })!.description.length, 100);
  const cases: [string | undefined, string][] = [
    [undefined, '0.0.0-'],
    ['latest', '0.0.0-'],
    ['1.x', '0.0.0-'],
    ['^1.2.3', '0.0.0-'],
    ['2', '2.0.0-'],
    ['1.25', '1.25.0-'],
    ['1.2.3-rc.1', '1.2.3-rc.1.'],
    ['1.2.3-linux', '1.2.3-'],
    ['1.2.3+build', '1.2.3-'],
    ['2026.8.31', '2026.8.31-'],
  ];
  for (const [version, begin] of cases) {
    const more = version === undefined ? {} : { version };
    const { version: _, ...rest } = SEARCH;
    t.equal(serverOf({ ...rest, ...more })!.version, `${begin}20261130120000`, version ?? 'none');
  }
});

t.test('nothing changes where nothing has', async (t) => {
  const before = documentOf([SEARCH]);
  t.strictSame(documentOf([SEARCH], PUBLIC, before, ONE), before);
  // As maps are sorted on their way through the cluster.
  const { server } = before.servers[0]!;
  const sorted = Object.fromEntries(Object.entries(server).sort()) as typeof server;
  const read = { servers: [{ ...before.servers[0]!, server: sorted }] };
  t.strictSame(documentOf([SEARCH], PUBLIC, read, ONE), before);
});

t.test('what changes is another version, later than the last', async (t) => {
  const before = documentOf([SEARCH]);
  const changed = { ...SEARCH, description: 'Finds.' };
  t.match(documentOf([changed], PUBLIC, before, ONE), {
    servers: [{ server: { version: '1.4.0-20261130130000' }, publishedAt: ONE, updatedAt: ONE }],
  });
  t.match(documentOf([{ ...SEARCH, version: '1.5.0' }], PUBLIC, before, ONE), {
    servers: [{ server: { version: '1.5.0-20261130130000' }, publishedAt: ONE }],
  });
  t.match(
    documentOf([changed], PUBLIC, before, '2026-11-30T11:00:00Z'),
    { servers: [{ server: { version: '1.4.0-20261130120001' } }] },
    'also by a clock that is behind',
  );
});

t.test('what is gone is told as deleted, for a while', async (t) => {
  const before = documentOf([SEARCH]);
  const gone = documentOf([], PUBLIC, before, ONE);
  t.match(gone, {
    servers: [{ server: before.servers[0]!.server, status: 'deleted', publishedAt: NOON, updatedAt: ONE }],
  });
  t.strictSame(documentOf([], PUBLIC, gone, '2026-12-15T12:00:00Z'), gone);
  t.strictSame(documentOf([], PUBLIC, gone, '2027-01-15T12:00:00Z'), { servers: [] });
  t.match(
    documentOf([SEARCH], PUBLIC, gone, '2026-12-01T12:00:00Z'),
    {
      servers: [{ status: 'active', server: { version: '1.4.0-20261201120000' } }],
    },
    'and published anew where it comes back',
  );
  const many = documentOf(Array.from({ length: 300 }, (_, index) => entry(`remote-${index}`)));
  t.equal(documentOf([], PUBLIC, many, ONE).servers.length, 200, 'and not without end');
});

t.test('a document that somebody has edited is read, or told in a sentence', async (t) => {
  const document = documentOf([SEARCH]);
  t.strictSame(readRegistryDocument(JSON.stringify(document)), { document });
  t.strictSame(readRegistryDocument('{'), { problem: 'it is no JSON' });
  t.match(readRegistryDocument('[]'), { problem: /^the document: / });
  const wrong = structuredClone(document);
  wrong.servers[0]!.server.name = 'search';
  t.match(readRegistryDocument(JSON.stringify(wrong)), { problem: /^\/servers\/0\/server\/name: / });
});

/** What the registry asks for beyond the schema. */
function isTaken({ version, remotes, description, title }: ServerJson): boolean {
  return (
    version !== 'latest' &&
    !/[xX*^~<>=| ]/.test(version) &&
    description.trim() !== '' &&
    title?.trim() !== '' &&
    remotes.every(({ url }) => URL.canParse(url) && new URL(url).protocol === 'https:' && !/[{}]/.test(url))
  );
}

t.test('of any catalog', async (t) => {
  fc.assert(
    fc.property(anyEntries, anyEntries, (entries, others) => {
      const document = documentOf(entries);
      const servers = document.servers.map(({ server }) => server);
      for (const server of servers) {
        t.strictSame([...Value.Errors(ServerJson, server)], []);
        t.ok(isTaken(server), JSON.stringify(server));
      }
      t.strictSame(documentOf(entries.toReversed()), document, 'the order of the entries is no matter');
      t.notMatch(JSON.stringify(document), /secret-/, 'nothing of a Secret');
      t.equal(new Set(servers.map(({ name }) => name)).size, servers.length);
      t.equal(documentOf(entries, ALL).servers.length, entries.length, 'each server has a name of its own');
      t.strictSame(documentOf(entries, PUBLIC, document, ONE), document, 'twice is once');

      const after = documentOf(others, PUBLIC, document, ONE);
      t.strictSame(
        [...after.servers].sort((a, b) => (a.server.name < b.server.name ? -1 : 1)),
        after.servers,
      );
      for (const { server } of after.servers) {
        const was = servers.find(({ name, version }) => name === server.name && version === server.version);
        t.strictSame(was ?? server, server, 'a version that is published does not change');
      }
    }),
    { numRuns: 200 },
  );
});
