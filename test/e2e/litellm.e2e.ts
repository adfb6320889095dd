/**
 * `smooth-runtime register` and the file of a catalog against the real LiteLLM: two proxies on one database, and a third that
 * reads a file besides; a real MCP server behind them, asked through `/mcp` with the keys of teams.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import t, { type Test } from 'tap';
import type { Entry } from '../../src/api/entry.ts';
import type { RegistrationReport } from '../../src/api/registrations.ts';
import { liteLLMServers } from '../../src/children/catalog/litellm.ts';
import { liteLLMFile } from '../../src/children/catalog/litellmfile.ts';
import { registrationDocuments } from '../../src/children/catalog/registrations.ts';
import { freePort } from '../cluster/ports.ts';
import { installEverything } from '../cluster/test-images.ts';
import { type Gateway, raiseStage } from '../litellm/stage.ts';
import { http, mcp } from '../runtime/verify/servers.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/runtime/main.ts');
const CATALOG = { namespace: 'tools', name: 'all' };
const OWNER = 'tools/all';
/** How many are added and removed at once. */
const MANY = Number(process.env.SMOOTH_LITELLM_SERVERS ?? 50);

const stage = await raiseStage();
t.teardown(() => stage.down());

const everythingPort = await freePort();
const everything = path.join(
  await installEverything(),
  'node_modules/@modelcontextprotocol/server-everything/dist/index.js',
);
await stage.start('everything', process.execPath, [everything, 'streamableHttp'], {
  PORT: String(everythingPort),
});

const entry = (name: string, more: Partial<Entry> = {}): Entry => ({
  namespace: 'default',
  name,
  url: `http://127.0.0.1:${everythingPort}/mcp`,
  transport: 'http',
  allowedUserGroups: ['search-users'],
  allowedTools: [],
  ...more,
});
const SEARCH = entry('search');

const serversOf = (entries: Entry[]) => liteLLMServers(entries, CATALOG).servers;
const fileOf = (entries: Entry[], name: string) => {
  const file = path.join(stage.dir, name);
  writeFileSync(file, liteLLMFile(serversOf(entries)));
  return file;
};
fileOf([entry('filed')], 'mcp_servers.yaml');

// They take half a minute each, most of it Python's imports.
const [one, two, filed] = await Promise.all([
  stage.proxy(),
  stage.proxy(),
  stage.proxy('include:\n  - mcp_servers.yaml\n'),
]);

interface Ended {
  code: unknown;
  report: RegistrationReport;
  output: string;
  seconds: number;
}

/** Runs the command as its pod would. */
function register(
  entries: Entry[],
  { proxy = one, owner = OWNER, key = stage.adminKey, timeout = 60, env = {}, args = [] as string[] } = {},
): Promise<Ended> {
  const files = registrationDocuments(serversOf(entries), owner).map((text, index) => {
    const file = path.join(stage.dir, `${owner.replaceAll('/', '-')}-${index}.json`);
    writeFileSync(file, text);
    return file;
  });
  const what = args.length > 0 ? args : files.flatMap((file) => ['--file', file]);
  const flags = ['--url', proxy.url.href, ...what, '--timeout', String(timeout), '-o', 'json'];
  const since = performance.now();
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      [MAIN, 'register', ...flags],
      { env: { LITELLM_ADMIN_KEY: key, ...env } },
      (error, stdout, stderr) =>
        resolve({
          code: error?.code ?? 0,
          report: JSON.parse(stdout),
          output: stdout + stderr,
          seconds: (performance.now() - since) / 1000,
        }),
    ),
  );
}

async function api(method: string, where: string, body?: object, proxy: Gateway = one) {
  const response = await fetch(new URL(where, proxy.url), {
    method,
    headers: { authorization: `Bearer ${stage.adminKey}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
// biome-ignore lint/suspicious/noExplicitAny: LiteLLM's rows
const rows = async (proxy?: Gateway): Promise<any[]> => api('GET', '/v1/mcp/server', undefined, proxy);
// biome-ignore lint/suspicious/noExplicitAny: LiteLLM's rows
const row = async (id: string, proxy?: Gateway): Promise<any> =>
  (await rows(proxy)).find(({ server_id }) => server_id === id);

/** @returns a key of a team with these access groups. */
async function teamKey(...groups: string[]): Promise<string> {
  const { team_id } = await api('POST', '/team/new', {
    team_alias: `team-${groups.join('-') || 'without'}-${Math.random()}`,
    object_permission: { mcp_access_groups: groups },
  });
  return (await api('POST', '/key/generate', { team_id })).key;
}

async function within<T>(proxy: Gateway, key: string, ask: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ name: 'smooth-operator-tests', version: '1.0.0' });
  const headers = { authorization: `Bearer ${key}` };
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', proxy.url), { requestInit: { headers } }),
  );
  try {
    return await ask(client);
  } finally {
    await client.close();
  }
}

const toolsFor = (proxy: Gateway, key: string) =>
  within(proxy, key, async (client) => (await client.listTools()).tools.map(({ name }) => name));
const callEcho = (proxy: Gateway, key: string, server: string) =>
  within(proxy, key, (client) =>
    client.callTool({ name: `${server}-echo`, arguments: { message: 'hello' } }),
  );

const [member, stranger] = [await teamKey('search-users'), await teamKey('other-users')];

/** Who has the group lists its tools and calls one; who has another sees none and may call none. */
async function servesMembersOnly(t: Test, proxy: Gateway, server: string): Promise<void> {
  t.ok((await toolsFor(proxy, member)).includes(`${server}-echo`), 'a key of the group lists the tools');
  t.match(await callEcho(proxy, member, server), { content: [{ type: 'text', text: 'Echo: hello' }] });
  const others = await toolsFor(proxy, stranger).catch(({ message }: Error) => {
    t.match(message, /The key has no MCP servers granted/);
    return [];
  });
  t.notOk(
    others.some((name) => name.startsWith(server)),
    'a key of another group lists none of them',
  );
  const refused = await callEcho(proxy, stranger, server).then(
    ({ isError }) => isError === true,
    () => true,
  );
  t.ok(refused, 'and may call none');
}

t.test('a server is added, and its tools are there at once, at the other replica too', async (t) => {
  const { code, report, output } = await register([SEARCH]);
  t.equal(code, 0, output);
  t.match(report, { reason: 'Applied', counts: { wanted: 1, added: 1 } });
  await servesMembersOnly(t, two, 'default_search');
  await servesMembersOnly(t, one, 'default_search');
  const again = await register([SEARCH], { proxy: two });
  t.match(again.report.counts, { added: 0, changed: 0, unchanged: 1 }, 'a second run has nothing to write');
});

t.test('a change is there at once, at the other replica too', async (t) => {
  const { report } = await register([entry('search', { allowedTools: ['echo'], description: 'Finds.' })]);
  t.match(report, { reason: 'Applied', counts: { changed: 1 } });
  const own = (await toolsFor(two, member)).filter((name) => name.startsWith('default_search-'));
  t.strictSame(own, ['default_search-echo']);
  t.match((await register([SEARCH])).report, { reason: 'Applied', counts: { changed: 1 } });
  t.ok((await toolsFor(two, member)).length > 5, 'no list of tools is all tools again');
});

t.test('an entry edited by hand is restored, each field', async (t) => {
  const server_id = 'k8s.tools.default.search';
  const edits = {
    url: 'http://127.0.0.1:9/mcp',
    transport: 'sse',
    server_name: 'renamed',
    alias: 'other',
    description: 'Changed.',
    auth_type: 'api_key',
    mcp_access_groups: ['other-users'],
    allowed_tools: ['nothing'],
    allow_all_keys: true,
  };
  await api('PUT', '/v1/mcp/server', { server_id, ...edits, rpm: 1000 });
  const { report } = await register([SEARCH]);
  t.match(report, { reason: 'Applied', counts: { changed: 1 } });
  t.match(await row(server_id, two), {
    url: SEARCH.url,
    transport: 'http',
    server_name: 'default_search',
    alias: 'default_search',
    description: null,
    auth_type: null,
    mcp_access_groups: ['search-users'],
    allowed_tools: [],
    allow_all_keys: false,
    rpm: 1000,
  });
  for (const [field, value] of Object.entries(edits)) {
    await api('PUT', '/v1/mcp/server', { server_id, url: SEARCH.url, [field]: value });
    const one = await register([SEARCH]);
    t.match(one.report, { reason: 'Applied', counts: { changed: 1 } }, field);
  }
  await servesMembersOnly(t, two, 'default_search');
  t.match((await register([SEARCH])).report.counts, { changed: 0, unchanged: 1 });
});

t.test('a credential is sent, rotated and taken back; LiteLLM shows it to the server alone', async (t) => {
  const seen = new Set<unknown>();
  const answer = mcp();
  const at = await http(t, (request, response) => {
    seen.add(request.headers.authorization);
    answer(request, response);
  });
  const remote: Entry = {
    name: 'weather',
    url: `http://${at}/mcp`,
    transport: 'http',
    allowedUserGroups: ['search-users'],
    allowedTools: [],
    auth: { type: 'Bearer', secret: { name: 'weather', key: 'token' } },
  };
  const both = [SEARCH, remote];
  const first = await register(both, { env: { MCP_AUTH_WEATHER: 'the-first-token' } });
  t.match(first.report, { reason: 'Applied', counts: { added: 1 } }, first.output);
  t.ok((await toolsFor(two, member)).includes('weather-search'));
  t.ok(seen.has('Bearer the-first-token'), [...seen].join());
  const same = await register(both, { env: { MCP_AUTH_WEATHER: 'the-first-token' } });
  t.match(same.report.counts, { changed: 0, unchanged: 2 });
  const rotated = await register(both, { env: { MCP_AUTH_WEATHER: 'the-second-token' } });
  t.match(rotated.report, { reason: 'Applied', counts: { changed: 1 } });
  seen.clear();
  await toolsFor(two, member);
  t.ok(seen.has('Bearer the-second-token'), [...seen].join());
  t.notMatch(JSON.stringify(await rows()), /the-(first|second)-token/);
  const missing = await register(both);
  t.match(missing.report, {
    reason: 'Incomplete',
    failures: [{ reason: 'NoCredential', servers: ['servers/weather'] }],
  });
  const { auth: _, ...open } = remote;
  await register([SEARCH, open]);
  seen.clear();
  await toolsFor(two, member);
  t.strictSame([...seen], [undefined], 'an auth that is dropped is dropped');
  t.match((await register([SEARCH])).report, { reason: 'Applied', counts: { removed: 1 } });
});

t.test('what has not our mark is left alone, and in the way it is told', async (t) => {
  const url = 'http://127.0.0.1:9/mcp';
  await api('POST', '/v1/mcp/server', {
    server_id: 'by-hand',
    server_name: 'Default_Taken',
    url,
    transport: 'http',
  });
  await api('POST', '/v1/mcp/server', {
    server_id: 'unrelated',
    server_name: 'unrelated',
    url,
    transport: 'http',
  });
  const others = async () =>
    (await rows()).filter(({ server_id }) => ['by-hand', 'unrelated'].includes(server_id));
  const before = await others();
  const { code, report } = await register([SEARCH, entry('taken')]);
  t.equal(code, 1);
  t.match(report, {
    reason: 'Incomplete',
    counts: { wanted: 2, unchanged: 1, failed: 1 },
    failures: [{ reason: 'NameConflict', servers: ['default/taken'], message: /server_id by-hand/ }],
  });
  const other = await register([entry('other')], { owner: 'tools/second' });
  t.match(other.report, { reason: 'Applied', counts: { added: 1 } });
  t.match((await register([SEARCH])).report, { reason: 'Applied', counts: { removed: 0, unchanged: 1 } });
  const removed = await register([], { args: ['--remove', 'tools/second'] });
  t.match(removed.report, { reason: 'Applied', counts: { removed: 1 } });
  t.strictSame(await others(), before);
  t.ok(await row('k8s.tools.default.search'));
});

t.test('a key that is none, or not of an admin, is told, and nothing is written', async (t) => {
  const unknown = await register([], { key: 'sk-0123456789abcdef' });
  t.match(unknown.report, { reason: 'Unauthorized' });
  t.notMatch(unknown.output, /0123456789abcdef/);
  for (const wanted of [[], [SEARCH, entry('more')]]) {
    const { report } = await register(wanted, { key: member });
    t.match(report, { reason: 'Forbidden', counts: { added: 0, changed: 0, removed: 0 } });
  }
  t.ok(await row('k8s.tools.default.search'));
});

t.test('runs that race end with each server there once', async (t) => {
  const many = [SEARCH, ...Array.from({ length: 20 }, (_, n) => entry(`many-${n}`))];
  const ended = await Promise.all([one, two, one].map((proxy) => register(many, { proxy })));
  for (const { report, output } of ended) t.match(report.reason, /^(Applied|Superseded)$/, output);
  t.ok(ended.some(({ report }) => report.reason === 'Applied'));
  const last = await register(many);
  t.match(last.report, { reason: 'Applied', counts: { wanted: 21, unchanged: 21 } });
  t.match((await register([SEARCH])).report, { reason: 'Applied', counts: { removed: 20 } });
});

t.test('a database that is away is told, and where it comes back in time the run goes on', async (t) => {
  await stage.database.stop();
  const { code, report } = await register([SEARCH, entry('late')], { timeout: 10 });
  t.equal(code, 1);
  t.match(report, { reason: 'Unavailable', message: /HTTP 5\d\d/ });
  const waiting = register([SEARCH, entry('late')], { timeout: 120 });
  await stage.database.start();
  t.match((await waiting).report, { reason: 'Applied', counts: { added: 1 } });
  await servesMembersOnly(t, two, 'default_late');
});

t.test('what is removed is gone at once, at the other replica too, and only that', async (t) => {
  t.match((await register([SEARCH])).report, { reason: 'Applied', counts: { removed: 1 } });
  const tools = await toolsFor(two, member);
  t.notOk(tools.some((name) => name.startsWith('default_late')));
  t.ok(tools.includes('default_search-echo'));
  const all = await register([], { args: ['--remove', OWNER] });
  t.match(all.report, { reason: 'Applied', counts: { removed: 1 } });
  t.strictSame((await rows()).map(({ server_id }) => server_id).sort(), ['by-hand', 'unrelated']);
});

t.test('the file: the proxy starts with it, and serves who has the group', async (t) => {
  await servesMembersOnly(t, filed, 'default_filed');
  t.match(await row('k8s.tools.default.filed', filed), { is_config: true });
});

t.test('what the file has cannot be added by the API as well: it is told, and serves on', async (t) => {
  const { report } = await register([entry('filed')], { proxy: filed });
  t.match(report, {
    reason: 'Incomplete',
    failures: [{ reason: 'NameConflict', servers: ['default/filed'], message: /its configuration file/ }],
  });
  await servesMembersOnly(t, filed, 'default_filed');
});

t.test(`${MANY} servers at once`, async (t) => {
  const many = Array.from({ length: MANY }, (_, n) => entry(`many-${n}`));
  const added = await register(many, { timeout: 600 });
  t.match(added.report, { reason: 'Applied', counts: { added: MANY } });
  const settled = await register(many, { timeout: 600 });
  t.match(settled.report, { reason: 'Applied', counts: { unchanged: MANY } });
  const removed = await register([], { args: ['--remove', OWNER], timeout: 600 });
  t.match(removed.report, { reason: 'Applied', counts: { removed: MANY } });
  for (const [what, { seconds }] of Object.entries({ added, settled, removed }))
    t.comment(`${MANY} ${what} in ${seconds.toFixed(1)} s`);
});
