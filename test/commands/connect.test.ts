/** `smooth-operator connect`, before an API server of a few lines. Through a port-forward of a real one: `real.e2e.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { connect } from '../../src/commands/connect.ts';
import { http, json } from '../runtime/verify/servers.ts';

/** @returns runs of the command in a folder of its own, with a kubeconfig that leads to these servers. */
async function project(t: Test, servers: Record<string, object>) {
  const at = await http(t, ({ url = '' }, response) => {
    const [, namespace, name] = /\/namespaces\/([^/]+)\/mcpservers\/([^/]+)$/.exec(url) ?? [];
    const server = servers[`${namespace}/${name}`];
    if (server) json(response, { metadata: { namespace, name }, ...server });
    else if (/\/pods\?/.test(url)) json(response, { items: [] });
    else json(response, { message: `mcpservers.mcp.dev "${name}" not found` }, 404);
  });
  const folder = t.testdir({});
  const kubeconfig = path.join(folder, 'kubeconfig');
  const context = { cluster: 'one', user: 'one', namespace: 'team-a' };
  const config = {
    clusters: [{ name: 'one', cluster: { server: `http://${at}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'one', user: {} }],
    contexts: [{ name: 'one', context }],
    'current-context': 'one',
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  t.intercept(process, 'env', { value: { ...process.env, KUBECONFIG: kubeconfig } });
  t.intercept(process, 'cwd', { value: () => folder });
  const run = async (...args: string[]) => {
    const streams = [process.stdout, process.stderr].map((stream) => t.capture(stream, 'write', () => true));
    const code = await connect(args).catch(({ name, message }: Error) => `${name}: ${message}`);
    const [stdout = '', stderr = ''] = streams.map((calls) => {
      calls.restore();
      return calls.args().join('');
    });
    return { code, stdout, stderr };
  };
  return { folder, run };
}

const PUBLIC = {
  spec: { transport: 'http', verify: { headers: [{ name: 'Authorization' }] } },
  status: { endpoints: { public: 'https://mcp.example.com/search' } },
};

t.test('prints the entry of a server with a public address', async (t) => {
  const { run } = await project(t, { 'team-a/search': PUBLIC });
  const claude = await run('search');
  t.equal(claude.code, 0, claude.stderr);
  t.strictSame(JSON.parse(claude.stdout), {
    mcpServers: {
      search: {
        type: 'http',
        url: 'https://mcp.example.com/search',
        headers: { Authorization: `\${SEARCH_AUTHORIZATION}` },
      },
    },
  });
  t.match(claude.stderr, 'for .mcp.json');
  const vscode = await run('search', '--client', 'vscode', '--as', 'finder', '--header', 'X-Team');
  t.match(JSON.parse(vscode.stdout), {
    servers: { finder: { headers: { 'X-Team': `\${input:finder_x_team}` } } },
    inputs: [{ id: 'finder_authorization' }, { id: 'finder_x_team' }],
  });
  const desktop = await run('search', '--client', 'claude-desktop');
  t.strictSame(JSON.parse(desktop.stdout).mcpServers.search.env, {
    SEARCH_AUTHORIZATION: '<value of the header Authorization>',
  });
});

t.test('writes it into the file of the client', async (t) => {
  const { folder, run } = await project(t, { 'team-b/search': PUBLIC });
  const first = await run('search', '-n', 'team-b', '--client', 'cursor', '--write');
  t.equal(first.code, 0, first.stderr);
  t.equal(first.stdout, '');
  t.match(first.stderr, '.cursor/mcp.json: written: search');
  const { mcpServers } = JSON.parse(readFileSync(path.join(folder, '.cursor/mcp.json'), 'utf8'));
  t.equal(mcpServers.search.url, 'https://mcp.example.com/search');
  t.match(
    (await run('search', '-n', 'team-b', '--client', 'cursor', '--write')).stderr,
    'has search already',
  );
  writeFileSync(path.join(folder, '.mcp.json'), 'no JSON');
  const refused = await run('search', '-n', 'team-b', '--write');
  t.equal(refused.code, 2);
  t.match(refused.stderr, /^\.mcp\.json: line 1: a value is expected: correct it/m);
});

t.test('says what is missing', async (t) => {
  const wants = {
    ...PUBLIC,
    spec: {},
    status: { ...PUBLIC.status, conditions: [{ type: 'Verified', reason: 'Unauthorized' }] },
  };
  const { run } = await project(t, { 'team-a/search': wants, 'team-a/idle': { spec: {} } });
  t.match((await run('search')).stderr, 'name their header with --header NAME');
  const unknown = await run('serch');
  t.equal(unknown.code, 'EngineError: MCPServer team-a/serch: mcpservers.mcp.dev "serch" not found');
  const idle = await run('idle');
  t.equal(idle.code, 'EngineError: MCPServer team-a/idle has no pod that is Ready: see its status first');
});

t.test('refuses wrong use, and repeats no value of a header', async (t) => {
  const { run } = await project(t, {});
  const cases: [string[], RegExp][] = [
    [[], /^connect: which MCPServer\?/],
    [['a', 'b'], /^b: what is this\?/],
    [['a', '--client', 'emacs'], /^--client emacs: must be one of claude, vscode, cursor, claude-desktop/],
    [['a', '--as', 'a b'], /^--as a b: must be letters/],
    [['a', '--header', 'Authorization: Bearer hush'], /^--header: must be the name of a header alone/],
    [['a', '--client', 'claude-desktop', '--write'], /^--write: Claude Desktop reads no file in a project/],
    [['a', '--no-such'], /--no-such/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await run(...args);
    t.equal(code, 2);
    t.match(stderr, message);
    t.notMatch(stderr, 'hush');
  }
  t.match((await run('--help')).stdout, /^smooth-operator connect NAME/);
});
