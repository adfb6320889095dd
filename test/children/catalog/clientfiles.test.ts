/** The files of MCP clients, made of a whole catalog. That Claude Code takes its own: `claude-code.test.ts`. */
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import t from 'tap';
import type { Entry, EntryAuth } from '../../../src/api/entry.ts';
import { claudeCode } from '../../../src/children/catalog/claudecode.ts';
import { claudeDesktop } from '../../../src/children/catalog/claudedesktop.ts';
import { clientServers } from '../../../src/children/catalog/clientservers.ts';
import { cursor } from '../../../src/children/catalog/cursor.ts';
import { vscode } from '../../../src/children/catalog/vscode.ts';
import { anyEntries } from './anyentries.ts';

const closed = { additionalProperties: false };

/** What VS Code takes in its file, as its own schema has it of remote servers. */
const VSCODE = Type.Object(
  {
    servers: Type.Record(
      Type.String({ pattern: '^[^ ]+$' }),
      Type.Object(
        {
          type: Type.Union([Type.Literal('http'), Type.Literal('sse')]),
          url: Type.String({ pattern: '^https?://.+' }),
          headers: Type.Optional(Type.Record(Type.String(), Type.String())),
        },
        closed,
      ),
    ),
    inputs: Type.Optional(
      Type.Array(
        Type.Object(
          {
            type: Type.Literal('promptString'),
            id: Type.String({ minLength: 1 }),
            description: Type.String({ minLength: 1 }),
            password: Type.Literal(true),
          },
          closed,
        ),
      ),
    ),
  },
  closed,
);

const SEARCH: Entry = {
  namespace: 'team-a',
  name: 'search',
  url: 'http://search.team-a.svc.cluster.local/mcp',
  publicUrl: 'https://mcp.example.com/search',
  transport: 'http',
  allowedUserGroups: [],
  allowedTools: [],
};
const OLD: Entry = {
  namespace: 'team-b',
  name: 'old',
  url: 'http://old.team-b.svc.cluster.local/sse',
  transport: 'sse',
  allowedUserGroups: [],
  allowedTools: [],
};

function remote(type: EntryAuth['type'], name = 'tickets'): Entry {
  return {
    name,
    url: 'https://tickets.example.com/mcp',
    transport: 'http',
    allowedUserGroups: [],
    allowedTools: [],
    auth: { type, secret: { name: 'credentials-of-tickets', key: 'secret-key' } },
  };
}

t.test(
  'Claude Code: public addresses where there are any, types, and variables for credentials',
  async (t) => {
    t.strictSame(claudeCode([remote('Bearer'), OLD, SEARCH]), {
      mcpServers: {
        'team-a_search': { type: 'http', url: 'https://mcp.example.com/search' },
        'team-b_old': { type: 'sse', url: 'http://old.team-b.svc.cluster.local/sse' },
        tickets: {
          type: 'http',
          url: 'https://tickets.example.com/mcp',
          headers: { Authorization: `Bearer \${TICKETS_TOKEN}` },
        },
      },
    });
  },
);

t.test('VS Code: inputs for credentials, which it asks for once', async (t) => {
  t.strictSame(vscode([remote('ApiKey'), SEARCH]), {
    servers: {
      'team-a_search': { type: 'http', url: 'https://mcp.example.com/search' },
      tickets: {
        type: 'http',
        url: 'https://tickets.example.com/mcp',
        headers: { 'x-api-key': `\${input:tickets_api_key}` },
      },
    },
    inputs: [
      {
        type: 'promptString',
        id: 'tickets_api_key',
        description: 'MCP server tickets: API key',
        password: true,
      },
    ],
  });
  t.strictSame(Object.keys(vscode([SEARCH])), ['servers'], 'no inputs where nobody wants credentials');
});

t.test('Cursor: no types, and variables of its own form', async (t) => {
  t.strictSame(cursor([remote('Basic'), OLD]), {
    mcpServers: {
      'team-b_old': { url: 'http://old.team-b.svc.cluster.local/sse' },
      tickets: {
        url: 'https://tickets.example.com/mcp',
        headers: { Authorization: `Basic \${env:TICKETS_BASIC}` },
      },
    },
  });
});

t.test('Claude Desktop: a bridge, with a place for the value in its environment', async (t) => {
  t.strictSame(claudeDesktop([remote('Bearer'), OLD]), {
    mcpServers: {
      'team-b_old': {
        command: 'npx',
        args: [
          '-y',
          'mcp-remote@0.15.1',
          'http://old.team-b.svc.cluster.local/sse',
          '--transport',
          'sse-only',
          '--allow-http',
        ],
      },
      tickets: {
        command: 'npx',
        args: [
          '-y',
          'mcp-remote@0.15.1',
          'https://tickets.example.com/mcp',
          '--transport',
          'http-only',
          '--header',
          `Authorization:\${TICKETS_TOKEN}`,
        ],
        env: { TICKETS_TOKEN: 'Bearer <token>' },
      },
    },
  });
});

t.test('a URL of somebody else asks for no variable of the reader', async (t) => {
  const sly: Entry = { ...remote('Bearer'), url: `https://sly.example.com/mcp?q=\${ANTHROPIC_API_KEY}` };
  const { url } = claudeCode([sly]).mcpServers.tickets!;
  t.equal(url, 'https://sly.example.com/mcp?q=%24%7BANTHROPIC_API_KEY%7D');
});

t.test('a name that Claude Code reserves is another', async (t) => {
  t.strictSame(Object.keys(claudeCode([remote('Bearer', 'workspace')]).mcpServers), ['workspace_']);
});

t.test('of any catalog', async (t) => {
  fc.assert(
    fc.property(anyEntries, (entries) => {
      const files = [claudeCode, vscode, cursor, claudeDesktop].map((make) => make(entries));
      const text = JSON.stringify(files);
      const again = [claudeCode, vscode, cursor, claudeDesktop].map((make) => make(entries.toReversed()));
      t.equal(JSON.stringify(again), text, 'the order of the entries is no matter');
      t.notMatch(text, /secret-/, 'nothing of a Secret');
      const file = files[1] as Static<typeof VSCODE>;
      t.strictSame([...Value.Errors(VSCODE, file)], [], 'VS Code takes it');

      const servers = clientServers(entries);
      const keys = servers.map(({ key }) => key);
      t.ok(keys.every((key) => /^[A-Za-z0-9_-]+$/.test(key)));
      t.equal(new Set(keys).size, entries.length, 'each server has a key of its own');
      const variables = servers.flatMap(({ headers }) => headers.map(({ variable }) => variable));
      t.ok(variables.every((name) => /^[A-Z_][A-Z0-9_]*$/.test(name)));
      t.equal(new Set(variables).size, variables.length, "nobody is sent another's value");
    }),
    { numRuns: 200 },
  );
});
