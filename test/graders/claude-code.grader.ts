/**
 * Claude Code itself reads what a catalog's file and `connect` are made of, and connects. It needs no account for that. The
 * package is fetched from the registry once.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { claudeCode } from '../../src/children/catalog/claudecode.ts';
import { entry } from '../children/catalog/entries.ts';
import { cacheDir } from '../cluster/build.ts';
import { finish } from '../cluster/process.ts';
import { http, mcp } from '../runtime/verify/servers.ts';

const PACKAGE = '@anthropic-ai/claude-code-linux-x64';
const VERSION = '2.1.197';
const FOLDER = path.join(cacheDir, `claude-code-${VERSION}`);
const CLAUDE = path.join(FOLDER, 'node_modules', PACKAGE, 'claude');

if (!existsSync(CLAUDE)) {
  mkdirSync(FOLDER, { recursive: true });
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', FOLDER];
  await finish('npm', ['install', ...options, `${PACKAGE}@${VERSION}`]);
}

/** @returns what it says, at home and in a folder of its own. */
async function claude(folder: string, args: string[], more: Record<string, string> = {}): Promise<string> {
  const env = {
    HOME: path.join(folder, 'home'),
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ...more,
  };
  return (await finish(CLAUDE, args, { cwd: path.join(folder, 'project'), env })).stdout;
}

const auth = (type: 'Bearer' | 'ApiKey' | 'Basic' | 'Authorization') => ({
  auth: { type, secret: { name: 'credentials', key: 'key' } },
});

t.test('it takes every server of a file, and misses nothing but the values', async (t) => {
  const folder = t.testdir({ home: {}, project: {} });
  const file = claudeCode([
    entry('team-a/search', { publicUrl: 'https://mcp.example.com/search' }),
    entry('team-a/old', { transport: 'sse' }),
    entry('team-b/search'),
    entry('workspace', auth('Bearer')),
    entry('tickets', auth('ApiKey')),
    entry('sly', { ...auth('Basic'), url: `https://sly.example.com/mcp?q=\${NOT_THERE}` }),
    entry('bare', auth('Authorization')),
  ]);
  writeFileSync(path.join(folder, 'project/.mcp.json'), JSON.stringify(file));
  const said = await claude(folder, ['mcp', 'list']);
  t.comment(said);
  for (const [key, { url, type }] of Object.entries(file.mcpServers)) {
    t.ok(said.includes(`${key}: ${url} (${type.toUpperCase()})`), key);
  }
  const complaints = said.split('\n').filter((line) => /\[(Warning|Error)\]/.test(line));
  t.strictSame(complaints.map((line) => /Missing environment variables: (\w+)$/.exec(line)?.[1]).sort(), [
    'BARE_AUTHORIZATION',
    'SLY_BASIC',
    'TICKETS_API_KEY',
    'WORKSPACE___TOKEN',
  ]);
});

t.test('it connects, and sends the value from the environment', async (t) => {
  const folder = t.testdir({ home: {}, project: {} });
  const serve = mcp({ tools: [{ name: 'search', inputSchema: { type: 'object' } }] });
  const at = await http(t, (request, response) => {
    if (request.headers.authorization === 'Bearer of-the-user') serve(request, response);
    else response.writeHead(403).end();
  });
  const { mcpServers } = claudeCode([entry('tickets', { ...auth('Bearer'), url: `http://${at}/mcp` })]);
  const json = JSON.stringify(mcpServers.tickets);
  await claude(folder, ['mcp', 'add-json', '-s', 'user', 'tickets', json]);
  const said = await claude(folder, ['mcp', 'list'], { TICKETS_TOKEN: 'of-the-user' });
  t.match(said, /tickets: .* Connected/);
  t.notMatch(await claude(folder, ['mcp', 'list'], { TICKETS_TOKEN: 'of another' }), /tickets: .* Connected/);
});
