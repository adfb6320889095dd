import fc from 'fast-check';
import { test } from 'tap';
import { parse } from 'yaml';
import { liteLLMServers, refusalOf } from '../../../src/children/catalog/litellm.ts';
import { liteLLMFile } from '../../../src/children/catalog/litellmfile.ts';
import { entry } from './entries.ts';

const CATALOG = { namespace: 'ai', name: 'all' };
/** As LiteLLM reads it, which has YAML 1.1. */
const read = (text: string) => parse(text, { version: '1.1' }) as { mcp_servers: Record<string, object> };

test('an entry has what LiteLLM needs, and no more', async (t) => {
  const { servers, leftOut } = liteLLMServers([entry('team/search')], CATALOG);
  t.same(leftOut, []);
  t.same(read(liteLLMFile(servers)), {
    mcp_servers: {
      team_search: {
        server_id: 'k8s.ai.team.search',
        url: 'http://search.team.svc.cluster.local/mcp',
        transport: 'http',
        mcp_info: { source: 'team/search' },
      },
    },
  });
});

test('groups, tools, description and a credential by its variable', async (t) => {
  const remote = entry('deep-wiki', {
    transport: 'sse',
    description: 'Reads "wikis": all of them,\nand more',
    allowedUserGroups: ['research', 'on'],
    allowedTools: ['ask', 'read:page'],
    auth: { type: 'Bearer', secret: { name: 'wiki', key: 'token' } },
  });
  const { servers } = liteLLMServers([remote], CATALOG);
  t.same(read(liteLLMFile(servers)).mcp_servers.deep_wiki, {
    server_id: 'remote.ai.deep-wiki',
    url: 'https://deep-wiki.example.com/mcp',
    transport: 'sse',
    description: 'Reads "wikis": all of them, and more',
    access_groups: ['research', 'on'],
    allowed_tools: ['ask', 'read:page'],
    auth_type: 'bearer_token',
    authentication_token: 'os.environ/MCP_AUTH_DEEP_WIKI',
    mcp_info: { source: 'servers/deep-wiki' },
  });
});

test('each way to show a credential is one of LiteLLM', async (t) => {
  for (const [type, auth] of [
    ['Bearer', 'bearer_token'],
    ['ApiKey', 'api_key'],
    ['Basic', 'basic'],
    ['Authorization', 'authorization'],
  ] as const) {
    const secret = { name: 'wiki', key: 'token' };
    const { servers } = liteLLMServers([entry('wiki', { auth: { type, secret } })], CATALOG);
    t.equal(servers[0]?.auth_type, auth);
  }
});

test('no server at all is an empty dictionary, which LiteLLM loads', async (t) => {
  t.same(read(liteLLMFile([])), { mcp_servers: {} });
});

test('of two with one name the younger is left out, and told who has it', async (t) => {
  const { servers, leftOut } = liteLLMServers([entry('a-b/c'), entry('a/b-c')], CATALOG);
  t.same(
    servers.map(({ server_id }) => server_id),
    ['k8s.ai.a.b-c'],
  );
  t.equal(leftOut.length, 1);
  t.equal(leftOut[0]?.reason, 'NameConflict');
  t.match(leftOut[0]?.message, 'a-b/c and a/b-c are both a_b_c in LiteLLM, and a/b-c has the name');
});

test('what would keep the whole proxy from starting is left out', async (t) => {
  const { servers, leftOut } = liteLLMServers(
    [
      entry('a/good'),
      entry('bad', { url: 'not an address' }),
      entry('worse', { transport: 'streamable-http' as 'http' }),
      entry('worst', { description: 'os.environ/LITELLM_MASTER_KEY' }),
    ],
    CATALOG,
  );
  t.same(
    servers.map(({ name }) => name),
    ['a_good'],
  );
  t.same(
    leftOut.map(({ entry, reason }) => [entry.name, reason]),
    [
      ['bad', 'Refused'],
      ['worse', 'Refused'],
      ['worst', 'Refused'],
    ],
  );
  const [good] = servers;
  t.ok(refusalOf({ ...good!, name: 'a-b' }));
  t.ok(refusalOf({ ...good!, server_id: 'a/b' }));
  t.ok(refusalOf({ ...good!, allowed_tools: [''] }));
});

test('whatever a server is called and said to be, YAML gives back the same', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('on', 'No', '1_0', '1:2', '~', '- a', '# b', 'null', '<<'),
  );
  fc.assert(
    fc.property(
      text,
      fc.array(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,9}$/)),
      (description, groups) => {
        const { servers } = liteLLMServers(
          [entry('1a/on', { description, allowedUserGroups: groups })],
          CATALOG,
        );
        for (const {
          name,
          credential: _,
          mcp_info: { source },
          ...rest
        } of servers) {
          const fields = { ...rest, mcp_info: { source } };
          const back = read(liteLLMFile(servers)).mcp_servers[name];
          if (JSON.stringify(sorted(back)) !== JSON.stringify(sorted(fields))) return false;
        }
        return servers.length === 1 || /^os\.environ\//.test(description.trim());
      },
    ),
  );
});

function sorted(value: unknown): unknown {
  return Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
}
