/** LiteLLM's servers as a document for its API. */
import { Value } from '@sinclair/typebox/value';
import t from 'tap';
import type { Entry } from '../../../src/api/entry.ts';
import { Registrations } from '../../../src/api/registrations.ts';
import { liteLLMServers } from '../../../src/children/catalog/litellm.ts';
import { registrationDocuments } from '../../../src/children/catalog/registrations.ts';

const CATALOG = { namespace: 'tools', name: 'all' };
const WORD = 'tools/all/5f3c';

const entry = (name: string, more: Partial<Entry> = {}): Entry => ({
  namespace: 'default',
  name,
  url: `http://${name}.default.svc.cluster.local:8080/mcp`,
  transport: 'http',
  allowedUserGroups: [],
  allowedTools: [],
  ...more,
});

const textsOf = (entries: Entry[]) => registrationDocuments(liteLLMServers(entries, CATALOG).servers, WORD);
const partsOf = (entries: Entry[]) => textsOf(entries).map((text): Registrations => JSON.parse(text));

t.test('a server by the fields of the API, a credential by its variable', async (t) => {
  const { namespace: _, ...remote } = entry('mail', {
    url: 'https://mail.example.com/mcp',
    description: 'Mail.',
    allowedUserGroups: ['office'],
    allowedTools: ['send'],
    auth: { type: 'Bearer', secret: { name: 'mail', key: 'token' } },
  });
  t.strictSame(partsOf([entry('search'), remote]), [
    {
      catalog: WORD,
      part: 1,
      parts: 1,
      servers: [
        {
          credential: 'MCP_AUTH_MAIL',
          server: {
            allowed_tools: ['send'],
            auth_type: 'bearer_token',
            description: 'Mail.',
            mcp_access_groups: ['office'],
            server_id: 'remote.tools.mail',
            server_name: 'mail',
            transport: 'http',
            url: 'https://mail.example.com/mcp',
          },
          source: 'servers/mail',
        },
        {
          server: {
            allowed_tools: [],
            mcp_access_groups: [],
            server_id: 'k8s.tools.default.search',
            server_name: 'default_search',
            transport: 'http',
            url: 'http://search.default.svc.cluster.local:8080/mcp',
          },
          source: 'default/search',
        },
      ],
    },
  ]);
  t.strictSame(partsOf([]), [{ catalog: WORD, part: 1, parts: 1, servers: [] }]);
});

t.test(
  '2,000 servers: parts that fit, each server in one, and a change of one changes one part',
  async (t) => {
    const description = 'What it does, in as many words as people write. '.repeat(4);
    const entries = Array.from({ length: 2000 }, (_, n) => entry(`server-number-${n}`, { description }));
    const texts = textsOf(entries);
    t.ok(texts.length > 1);
    for (const text of texts) {
      t.ok(Value.Check(Registrations, JSON.parse(text)));
      t.ok(Buffer.byteLength(JSON.stringify(text)) <= 224 * 1024);
    }
    const sources = partsOf(entries).flatMap(({ servers }) => servers.map(({ source }) => source));
    t.equal(new Set(sources).size, 2000);
    t.equal(sources.length, 2000);
    const changed = entries.with(700, entry('server-number-700', { description: 'Another.' }));
    t.equal(textsOf(changed).filter((text) => !texts.includes(text)).length, 1);
  },
);
