/** `connect --write`: a server in a client's file, and everything else in it as it was. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import t from 'tap';
import type { ClientServer } from '../../src/children/catalog/clientservers.ts';
import { CLIENTS, merged, writeInto } from '../../src/commands/clientfile.ts';

const { claude, vscode, cursor } = CLIENTS as Record<string, (typeof CLIENTS)[string]>;
const TOKEN = {
  name: 'Authorization',
  prefix: '',
  what: 'value of the header',
  variable: 'SEARCH_AUTHORIZATION',
};
const SEARCH: ClientServer = {
  key: 'search',
  url: 'https://mcp.example.com/search',
  transport: 'http',
  headers: [TOKEN],
};

t.test('a file that is not there, or empty, is the one that connect prints', async (t) => {
  for (const text of [undefined, '', '\n']) {
    t.strictSame(JSON.parse(merged(claude!, SEARCH, text)), {
      mcpServers: {
        search: {
          type: 'http',
          url: 'https://mcp.example.com/search',
          headers: { Authorization: `\${SEARCH_AUTHORIZATION}` },
        },
      },
    });
  }
});

t.test('other servers, other settings and comments stay', async (t) => {
  const before = `// ours
{
  "inputs": [
    { "type": "promptString", "id": "other", "description": "x" } // theirs
  ],
  "servers": {
    "other": { "type": "stdio", "command": "other" }, // needed
  },
}
`;
  const after = merged(vscode!, SEARCH, before);
  t.equal(
    after,
    `// ours
{
  "inputs": [
    { "type": "promptString", "id": "other", "description": "x" }, // theirs
    {
      "type": "promptString",
      "id": "search_authorization",
      "description": "MCP server search: value of the header",
      "password": true
    }
  ],
  "servers": {
    "other": { "type": "stdio", "command": "other" }, // needed
    "search": {
      "type": "http",
      "url": "https://mcp.example.com/search",
      "headers": {
        "Authorization": "\${input:search_authorization}"
      }
    }
  },
}
`,
  );
  t.equal(merged(vscode!, SEARCH, after), after, 'twice is once');
});

t.test("the server's own entry keeps what its owner put there", async (t) => {
  const before = `{
  "mcpServers": {
    "search": {
      "url": "http://127.0.0.1:20001/mcp", // by a port-forward
      "headers": {
        "authorization": "\${env:MINE}",
        "X-Team": "a"
      },
      "disabled": true
    }
  }
}`;
  t.equal(
    merged(cursor!, SEARCH, before),
    before.replace('http://127.0.0.1:20001/mcp', 'https://mcp.example.com/search'),
  );
});

t.test('what it cannot do without a loss it does not do, and says what to do', async (t) => {
  const cases: [string, string, RegExp][] = [
    ['no JSON', 'mcpServers: {}', /^line 1: a value is expected: correct it, or leave --write out/],
    ['a list', '[]', /^it is not an object: correct it/],
    ['servers that are a list', '{"mcpServers": []}', /^mcpServers is not an object: correct it/],
    [
      'another server of that name',
      '{"mcpServers": {"search": {"url": "https://other.example.com/mcp"}}}',
      /^it has a server search already, at https:\/\/other.example.com\/mcp: .* --as NAME$/,
    ],
    [
      'a command of that name',
      '{"mcpServers": {"search": {"command": "search"}}}',
      /^it has a server search already, of another kind/,
    ],
  ];
  for (const [name, text, message] of cases)
    t.throws(() => merged(claude!, SEARCH, text), { name: 'ClientFileError', message }, name);
});

t.test('a file is written all at once, with its mode, and through a link', async (t) => {
  const folder = t.testdir({
    shared: { 'mcp.json': '{"mcpServers": {"other": {"url": "https://o.example.com"}}}' },
  });
  const shared = path.join(folder, 'shared/mcp.json');
  chmodSync(shared, 0o600);
  symlinkSync(shared, path.join(folder, '.mcp.json'));
  t.strictSame(await writeInto(folder, claude!, SEARCH), { name: '.mcp.json', changed: true });
  t.ok(lstatSync(path.join(folder, '.mcp.json')).isSymbolicLink());
  t.equal(statSync(shared).mode & 0o777, 0o600);
  t.strictSame(Object.keys(JSON.parse(readFileSync(shared, 'utf8')).mcpServers), ['other', 'search']);
  t.strictSame(readdirSync(path.join(folder, 'shared')), ['mcp.json'], 'nothing is left behind');
  t.strictSame(await writeInto(folder, claude!, SEARCH), { name: '.mcp.json', changed: false });
});

t.test("the client's folder is made where there is none", async (t) => {
  const folder = t.testdir({});
  await writeInto(folder, vscode!, SEARCH);
  t.ok(JSON.parse(readFileSync(path.join(folder, '.vscode/mcp.json'), 'utf8')).servers.search);
});

t.test('a file that cannot be read stays as it is', async (t) => {
  const folder = t.testdir({});
  const file = path.join(folder, '.mcp.json');
  writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]));
  await t.rejects(writeInto(folder, claude!, SEARCH), { name: 'ClientFileError', message: /^\.mcp\.json: / });
  t.strictSame(readFileSync(file), Buffer.from([0x7b, 0xff, 0x7d]));
  mkdirSync(path.join(folder, '.cursor/mcp.json'), { recursive: true });
  await t.rejects(writeInto(folder, cursor!, SEARCH), {
    name: 'ClientFileError',
    message: /^\.cursor\/mcp\.json: /,
  });
});
