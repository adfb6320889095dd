/** What a run makes of a LiteLLM, by a stand-in for it. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import type { Registration, RegistrationReport } from '../../../src/api/registrations.ts';
import { type RegisterOptions, register } from '../../../src/runtime/register/register.ts';
import { json, tcp } from '../verify/servers.ts';
import { ADMIN_KEY, foreign, OTHER_KEY, type Row, type StandIn, standIn } from './litellm.ts';

const CATALOG = 'tools/all';

const registration = (source: string, server: Partial<Registration['server']> = {}): Registration => {
  const name = source.replace(/[^a-z0-9]+/g, '_');
  return {
    source,
    server: {
      server_id: `k8s.tools.${source.replace('/', '.')}`,
      server_name: name,
      url: `http://${source.replace('/', '.')}/mcp`,
      transport: 'http',
      mcp_access_groups: [],
      allowed_tools: [],
      ...server,
    },
  };
};
const idOf = ({ server }: Registration) => server.server_id;
const SEARCH = registration('default/search');
const MAIL = registration('default/mail');
const WEATHER = registration('weather', { auth_type: 'bearer_token' });
WEATHER.credential = 'CREDENTIAL_1';

async function run(
  { url }: Pick<StandIn, 'url'>,
  servers: Registration[],
  options: Partial<RegisterOptions> = {},
): Promise<{ report: RegistrationReport; lines: string[] }> {
  const lines: string[] = [];
  const report = await register({
    url,
    adminKey: ADMIN_KEY,
    catalog: CATALOG,
    hash: 'abc',
    servers,
    env: { CREDENTIAL_1: 'the-token-of-weather' },
    timeoutMs: 20_000,
    backoffMs: 20,
    log: (line) => lines.push(line),
    ...options,
  });
  return { report, lines };
}

/** @returns where nobody listens. */
async function nobody(): Promise<URL> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return new URL(`http://127.0.0.1:${port}`);
}

const counts = (some: Partial<RegistrationReport['counts']>) => ({
  wanted: 0,
  added: 0,
  changed: 0,
  removed: 0,
  unchanged: 0,
  failed: 0,
  ...some,
});

/** @returns a stand-in that has these, of an earlier run. */
async function settled(t: Test, ...servers: Registration[]): Promise<StandIn> {
  const it = await standIn(t);
  const { report } = await run(it, servers);
  t.equal(report.reason, 'Applied');
  it.writes.length = 0;
  it.lists = 0;
  return it;
}

t.test(
  'servers are added with all their fields and our mark, and a second run writes nothing, in whatever order they are',
  async (t) => {
    const it = await standIn(t);
    const searching = registration('default/search', {
      description: 'Finds things.',
      mcp_access_groups: ['b', 'a'],
      allowed_tools: ['search'],
    });
    const { report, lines } = await run(it, [searching, WEATHER]);
    t.strictSame(report, {
      reason: 'Applied',
      message: 'LiteLLM has 2 of 2 servers: 2 added, 0 changed, 0 removed.',
      hash: 'abc',
      counts: counts({ wanted: 2, added: 2 }),
      failures: [],
    });
    t.strictSame(lines.sort(), [
      'added default/search (k8s.tools.default.search)',
      'added weather (k8s.tools.weather)',
    ]);
    const row = it.rows.get(idOf(searching))!;
    t.match(row.mcp_info, { managed_by: 'smooth-operator', catalog: CATALOG, source: 'default/search' });
    const { mcp_info, ...rest } = row;
    t.strictSame(rest, {
      ...searching.server,
      alias: 'default_search',
      auth_type: null,
      credentials: null,
      allow_all_keys: false,
    });
    t.match(it.rows.get(idOf(WEATHER)), { credentials: { auth_value: 'the-token-of-weather' } });

    row.mcp_access_groups.reverse();
    const again = await run(it, [WEATHER, searching]);
    t.strictSame(again.report.counts, counts({ wanted: 2, unchanged: 2 }));
    t.strictSame(again.lines, []);
    t.equal(it.writes.length, 2);
  },
);

t.test('a settled run is one list and no more', async (t) => {
  const it = await settled(t, SEARCH, MAIL);
  await run(it, [SEARCH, MAIL]);
  t.strictSame([it.lists, it.writes], [1, []]);
});

t.test('only what differs is written: one changed, one removed, one added, one left alone', async (t) => {
  const it = await settled(t, SEARCH, MAIL, WEATHER);
  const changed = registration('default/search', { url: 'http://elsewhere/mcp' });
  const { report, lines } = await run(it, [changed, WEATHER, registration('default/new')]);
  t.strictSame(report.counts, counts({ wanted: 3, added: 1, changed: 1, removed: 1, unchanged: 1 }));
  t.strictSame(
    it.writes.map(({ method, path }) => `${method} ${path}`),
    [`DELETE /v1/mcp/server/${idOf(MAIL)}`, 'PUT /v1/mcp/server', 'POST /v1/mcp/server'],
  );
  t.ok(lines.includes('changed default/search (k8s.tools.default.search): url'));
});

t.test('an entry edited by hand is restored, and what others may set stays', async (t) => {
  const edits: Row = {
    url: 'http://attacker/mcp',
    transport: 'sse',
    server_name: 'renamed',
    alias: 'other',
    description: 'Changed.',
    auth_type: 'basic',
    mcp_access_groups: ['everybody'],
    allowed_tools: ['more'],
    allow_all_keys: true,
  };
  for (const [field, value] of Object.entries(edits)) {
    const it = await settled(t, SEARCH);
    const before = it.rows.get(idOf(SEARCH))!;
    it.rows.set(idOf(SEARCH), { ...before, [field]: value, rpm: 5 });
    const { report } = await run(it, [SEARCH]);
    t.strictSame(report.counts, counts({ wanted: 1, changed: 1 }), field);
    t.match(it.rows.get(idOf(SEARCH)), {
      ...SEARCH.server,
      alias: 'default_search',
      allow_all_keys: false,
      rpm: 5,
    });
  }
  const it = await settled(t, SEARCH);
  it.rows.get(idOf(SEARCH))!.mcp_info.logo = 'https://example.com/logo.png';
  it.rows.get(idOf(SEARCH))!.mcp_info.source = 'default/other';
  await run(it, [SEARCH]);
  t.match(it.rows.get(idOf(SEARCH))!.mcp_info, {
    logo: 'https://example.com/logo.png',
    source: 'default/search',
  });
  t.equal(
    it.rows.get(idOf(SEARCH))!.mcp_info.server_name,
    undefined,
    'what LiteLLM fills in is not sent back',
  );
});

t.test(
  'another credential is written, the same is not, and none is in the mark or in a guessable form',
  async (t) => {
    const it = await settled(t, WEATHER);
    const mark = () => it.rows.get(idOf(WEATHER))!.mcp_info.credential;
    const before = mark();
    t.equal((await run(it, [WEATHER])).report.counts.unchanged, 1);
    const env = { CREDENTIAL_1: 'another-token\n' };
    const { report, lines } = await run(it, [WEATHER], { env });
    t.strictSame(report.counts, counts({ wanted: 1, changed: 1 }));
    t.match(lines, ['changed weather (k8s.tools.weather): credentials']);
    t.match(it.rows.get(idOf(WEATHER)), { credentials: { auth_value: 'another-token' } });
    t.not(mark(), before);
    const digests = ['sha256', 'sha1', 'md5'].flatMap((algorithm) =>
      (['hex', 'base64url'] as const).map((form) =>
        createHash(algorithm).update('another-token').digest(form).slice(0, 20),
      ),
    );
    for (const digest of digests) t.notMatch(mark(), digest);
    t.notMatch(JSON.stringify([report, lines]), /another-token|the-token/);
    const dropped = registration('weather');
    await run(it, [dropped]);
    t.match(it.rows.get(idOf(WEATHER)), { credentials: null, auth_type: null });
  },
);

t.test('a server without its credential is told, and its entry stays as it is', async (t) => {
  const it = await settled(t, WEATHER);
  for (const [env, says] of [
    [{}, 'The key of its Secret is not there, or empty'],
    [{ CREDENTIAL_1: ' ' }, 'The key of its Secret is not there, or empty'],
    [{ CREDENTIAL_1: 'one\ntwo' }, 'Its credential is not on one line'],
  ] as const) {
    const { report } = await run(it, [WEATHER, SEARCH], { env });
    t.equal(report.reason, 'Incomplete');
    t.strictSame(report.failures, [{ reason: 'NoCredential', message: says, servers: ['weather'] }]);
    t.match(it.rows.get(idOf(WEATHER)), { credentials: { auth_value: 'the-token-of-weather' } });
  }
});

t.test('nothing without our mark is touched: who has our id or our name is a conflict', async (t) => {
  const it = await standIn(t);
  const others = [
    foreign('by-hand', 'Default_Search'),
    foreign(idOf(MAIL), 'mail_by_hand'),
    foreign('c', 'x', { alias: 'default_three' }),
    foreign('d', 'default_four', { is_config: true }),
    foreign('e', 'default_five', {
      mcp_info: { managed_by: 'smooth-operator', catalog: 'other/all', source: 'default_five' },
    }),
    foreign('f', 'unrelated', { mcp_info: { catalog: CATALOG } }),
    foreign('g', 'unrelated_too', { mcp_info: null }),
  ];
  for (const row of others) it.rows.set(row.server_id, row);
  const before = structuredClone([...it.rows]);
  const wanted = ['three', 'four', 'five', 'fine'].map((name) => registration(`default/${name}`));
  const { report } = await run(it, [SEARCH, MAIL, ...wanted]);
  t.strictSame(report.counts, counts({ wanted: 6, added: 1, failed: 5 }));
  const says = (of: string, message: string) => ({
    reason: 'NameConflict',
    message,
    servers: [`default/${of}`],
  });
  const entry = (more: string) => `is taken in LiteLLM by an entry that is not of this catalog (${more})`;
  t.strictSame(report.failures, [
    says('search', `The name default_search ${entry('server_id by-hand')}`),
    says('mail', `The id ${idOf(MAIL)} ${entry(`server_id ${idOf(MAIL)}`)}`),
    says('three', `The name default_three ${entry('server_id c')}`),
    says('four', 'The name default_four is taken in LiteLLM by its configuration file (server_id d)'),
    says('five', 'The name default_five is taken in LiteLLM by the catalog other/all for default_five'),
  ]);
  t.equal(report.reason, 'Incomplete');
  it.rows.delete('k8s.tools.default.fine');
  t.strictSame([...it.rows], before);
});

t.test(
  'two catalogs on one LiteLLM leave each other alone, and --remove takes out those of one',
  async (t) => {
    const it = await settled(t, SEARCH, MAIL);
    const other = { catalog: 'other/all' };
    await run(it, [registration('other/one')], other);
    t.equal(it.rows.size, 3);
    const { report } = await run(it, [], { hash: '' });
    t.match(report, { reason: 'Applied', hash: '', counts: counts({ removed: 2 }) });
    t.strictSame([...it.rows.keys()], ['k8s.tools.other.one']);
    const again = await run(it, [], { hash: '' });
    t.match(again.report, { reason: 'Applied', counts: counts({}) });
  },
);

t.test(
  'what the configuration file has is in the way, by whatever mark: LiteLLM takes no id twice',
  async (t) => {
    const it = await standIn(t);
    const mcp_info = { managed_by: 'smooth-operator', catalog: CATALOG, source: 'default/search' };
    it.rows.set(idOf(SEARCH), foreign(idOf(SEARCH), 'default_search', { is_config: true, mcp_info }));
    const { report } = await run(it, [SEARCH]);
    const message = `The id ${idOf(SEARCH)} is taken in LiteLLM by its configuration file (server_id ${idOf(SEARCH)})`;
    t.match(report.failures, [{ reason: 'NameConflict', message }]);
    t.match((await run(it, [])).report, { reason: 'Applied', counts: { removed: 0 } });
  },
);

t.test(
  'a 500 is answered by reading back: what went in is counted, what did not is tried again',
  async (t) => {
    const it = await standIn(t);
    let isFirst = true;
    it.before = ({ method, body }, response) => {
      if (method !== 'POST' || body.server_id !== idOf(SEARCH) || !isFirst) return false;
      isFirst = false;
      it.rows.set(body.server_id, body);
      json(response, { detail: { error: 'Error creating mcp server' } }, 500);
      return true;
    };
    const { report } = await run(it, [SEARCH, MAIL]);
    t.match(report, { reason: 'Applied', counts: counts({ wanted: 2, added: 2 }) });
    t.equal(it.writes.filter(({ body }) => body.server_id === idOf(SEARCH)).length, 1);

    const other = await standIn(t);
    let posts = 0;
    other.before = ({ method }, response) => {
      if (method !== 'POST' || ++posts > 2) return false;
      json(response, {}, 500);
      return true;
    };
    t.match((await run(other, [SEARCH])).report, { reason: 'Applied', counts: { added: 1 } });
  },
);

t.test(
  'what goes between the list and its call is no failure: it is added again, or it was to go',
  async (t) => {
    const it = await settled(t, SEARCH, MAIL);
    it.before = ({ method }) => {
      if (method === 'PUT' || method === 'DELETE') it.rows.clear();
      return false;
    };
    const { report } = await run(it, [registration('default/search', { description: 'Changed.' })]);
    t.match(report, { reason: 'Applied', counts: counts({ wanted: 1, added: 1, removed: 1 }) });
    t.strictSame([...it.rows.keys()], [idOf(SEARCH)]);
  },
);

t.test(
  'one that LiteLLM refuses or never keeps is told in its own words, and the others go in',
  async (t) => {
    const it = await standIn(t);
    it.before = ({ method, body }, response) => {
      if (method !== 'POST') return false;
      const answers: Record<string, [number, unknown]> = {
        refused: [400, { detail: { error: `No such thing as sk-0123456789. ${'x'.repeat(1000)}` } }],
        invalid: [422, { detail: [{ loc: ['body', 'url'], msg: 'Not a URL', input: { auth_value: 'v' } }] }],
        broken: [500, { error: { message: `pg://me:secret@db/ ${'0f'.repeat(32)}` } }],
        html: [400, '<html>'],
      };
      const [status, value] = answers[body.server_name] ?? [];
      if (status) json(response, value, status);
      // Said to be there, and is not.
      else if (body.server_name === 'lost') json(response, body, 201);
      else return false;
      return true;
    };
    const names = ['refused', 'invalid', 'broken', 'html', 'lost', 'fine'];
    const { report } = await run(
      it,
      names.map((server_name) => registration(`default/${server_name}`, { server_name })),
    );
    t.strictSame(report.counts, counts({ wanted: 6, added: 1, failed: 5 }));
    const said = Object.fromEntries(report.failures.map(({ message, servers }) => [servers.join(), message]));
    t.match(said['default/refused'], /^No such thing as … x+… \(HTTP 400\)$/);
    t.ok(said['default/refused']!.length < 256);
    t.equal(said['default/invalid'], 'url: Not a URL (HTTP 422)');
    t.equal(said['default/broken'], 'pg://…@db/ … (HTTP 500)');
    t.equal(said['default/html'], 'HTTP 400');
    t.equal(said['default/lost'], 'LiteLLM says that it is added, and does not keep it so');
    t.equal(
      it.writes.filter(({ body }) => body.server_name === 'lost').length,
      3,
      'three tries, and no more',
    );
  },
);

t.test('a change that LiteLLM takes and does not keep ends, and says which fields', async (t) => {
  const it = await settled(t, SEARCH);
  it.before = ({ method }, response) => {
    if (method === 'PUT') json(response, {}, 202);
    return method === 'PUT';
  };
  const { report } = await run(it, [
    registration('default/search', { url: 'http://new/', transport: 'sse' }),
  ]);
  t.match(report, { reason: 'Incomplete', counts: counts({ wanted: 1, failed: 1 }) });
  t.equal(
    report.failures[0]!.message,
    'LiteLLM says that it is changed, and keeps other values of url, transport',
  );
});

t.test('a name that is freed in the same run is taken in the same run', async (t) => {
  const it = await settled(t, SEARCH, MAIL);
  // By hand, so that each has what another is to have.
  it.rows.get(idOf(SEARCH))!.server_name = it.rows.get(idOf(SEARCH))!.alias = 'free';
  it.rows.get(idOf(MAIL))!.server_name = it.rows.get(idOf(MAIL))!.alias = 'default_search';
  const { report } = await run(it, [SEARCH, MAIL]);
  t.match(report, { reason: 'Applied', counts: counts({ wanted: 2, changed: 2 }) });
});

t.test('401 and 403 end it at once, in our words alone for a key that is not known', async (t) => {
  const it = await settled(t, SEARCH);
  const unknown = await run(it, [MAIL], { adminKey: 'sk-unknown-key' });
  t.match(unknown.report, { reason: 'Unauthorized', counts: counts({ wanted: 1 }), failures: [] });
  t.equal(it.lists, 1);
  t.notMatch(JSON.stringify(unknown), 'sk-unknown-key');
  const told = await run(it, [MAIL], { adminKey: OTHER_KEY });
  t.match(told.report, { reason: 'Forbidden', message: /User is not a proxy admin/ });
  const nothing = await run(it, [], { adminKey: OTHER_KEY });
  t.match(nothing.report, { reason: 'Forbidden' }, 'who sees nothing does not say that nothing is there');
  t.equal(it.rows.size, 1);

  it.before = ({ method }, response) => {
    if (method === 'POST') json(response, { error: { message: 'expired' } }, 401);
    return method === 'POST';
  };
  it.writes.length = 0;
  const many = Array.from({ length: 40 }, (_, n) => registration(`many/s${n}`));
  const late = await run(it, many);
  t.match(late.report, { reason: 'Unauthorized', counts: { wanted: 40, added: 0 } });
  t.ok(it.writes.length < 10, 'the others are not tried');
});

t.test('429 and 503 are waited out as long as they ask, and no longer than there is time', async (t) => {
  const it = await standIn(t);
  const asked = ['0', '1', new Date(Date.now() + 1000).toUTCString(), 'soon', undefined];
  const statuses = [429, 503, 502, 504, 408];
  const times: number[] = [];
  it.before = (_call, response) => {
    times.push(performance.now());
    const status = statuses.shift();
    if (!status) return false;
    const after = asked.shift();
    json(response, { error: { message: 'busy' } }, status, after ? { 'retry-after': after } : {});
    return true;
  };
  t.match((await run(it, [SEARCH])).report, { reason: 'Applied', counts: { added: 1 } });
  t.ok(times[2]! - times[1]! >= 990);

  it.before = (_call, response) => {
    json(response, { error: { message: 'too many' } }, 429, { 'retry-after': '3600' });
    return true;
  };
  const since = performance.now();
  const { report } = await run(it, [SEARCH]);
  t.match(report, { reason: 'Unavailable', message: /^LiteLLM answers too many \(HTTP 429\)/ });
  t.ok(performance.now() - since < 10_000, 'it does not wait in vain');
});

t.test('what never answers, or answers with errors for ever, ends within the time limit', async (t) => {
  const it = await standIn(t);
  const short = { timeoutMs: 600 };
  it.before = () => true;
  t.match((await run(it, [SEARCH], short)).report, {
    reason: 'Unavailable',
    message: /^(It is not done after|LiteLLM does not answer within) 0.6 s/,
  });
  it.before = (_call, response) => {
    json(response, { detail: { error: 'Database not connected' } }, 500);
    return true;
  };
  t.match((await run(it, [SEARCH], short)).report, {
    reason: 'Unavailable',
    message: /^It is not done after 0.6 s. LiteLLM answers Database not connected \(HTTP 500\)/,
  });
  // The list is there, and no write goes through.
  it.before = ({ method }, response) => {
    if (method === 'POST') json(response, { error: 'no' }, 503);
    return method === 'POST';
  };
  t.match((await run(it, [SEARCH], short)).report, { reason: 'Unavailable', counts: counts({ wanted: 1 }) });
  const slow = await tcp(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[');
    const drip = setInterval(() => socket.write(' '), 20);
    socket.on('close', () => clearInterval(drip));
  });
  t.match((await run({ url: new URL(`http://${slow}`) }, [], short)).report, { reason: 'Unavailable' });
});

t.test('more servers than a slow LiteLLM takes in time: the next run goes on from there', async (t) => {
  const it = await standIn(t);
  it.before = ({ method, body }, response) => {
    if (method !== 'POST') return false;
    setTimeout(() => {
      it.rows.set(body.server_id, body);
      json(response, body, 201);
    }, 100);
    return true;
  };
  const many = Array.from({ length: 40 }, (_, n) => registration(`many/s${n}`));
  const { report } = await run(it, many, { timeoutMs: 500 });
  t.match(report, { reason: 'Unavailable', message: /^It is not done after 0.5 s, for LiteLLM is slow/ });
  t.ok(report.counts.added > 0 && report.counts.added < 40);
  const next = await run(it, many);
  t.equal(next.report.reason, 'Applied');
  t.ok(next.report.counts.unchanged > 0);
});

t.test('a database that is down for writes alone is not asked for each of many servers', async (t) => {
  const it = await standIn(t);
  it.before = ({ method }, response) => {
    if (method === 'POST') json(response, { detail: { error: 'Database not connected' } }, 500);
    return method === 'POST';
  };
  const many = Array.from({ length: 200 }, (_, n) => registration(`many/s${n}`));
  const { report } = await run(it, many, { timeoutMs: 1000, backoffMs: 300 });
  t.equal(report.reason, 'Unavailable');
  t.ok(it.writes.length < 60, `${it.writes.length} writes`);
});

t.test('LiteLLM restarted half-way: the rest goes in when it is back', async (t) => {
  const it = await standIn(t);
  let calls = 0;
  it.before = (_call, _response, request) => {
    const isDown = ++calls > 5 && calls < 15;
    if (isDown) request.socket.destroy();
    return isDown;
  };
  const many = Array.from({ length: 20 }, (_, n) => registration(`many/s${n}`));
  const { report } = await run(it, many);
  t.match(report, { reason: 'Applied', counts: counts({ wanted: 20, added: 20 }) });
  t.equal(it.rows.size, 20);
});

t.test('what cannot be reached, or is no LiteLLM, is told as such', async (t) => {
  const closed = await tcp(t, (socket) => socket.destroy());
  const short = { timeoutMs: 300 };
  const broken = await run({ url: new URL(`http://${closed}`) }, [SEARCH], short);
  t.match(broken.report, { reason: 'Unreachable', message: /LiteLLM breaks off/ });
  const refused = await run({ url: await nobody() }, [SEARCH], short);
  t.match(refused.report, { reason: 'Unreachable', message: /cannot be reached: ECONNREFUSED/ });

  const it = await standIn(t);
  const elsewhere = await standIn(t);
  const rows: [string, (response: Parameters<NonNullable<StandIn['before']>>[1]) => void, RegExp][] = [
    ['a page', (response) => response.end('<html></html>'), /is not JSON/],
    ['another document', (response) => json(response, { servers: [] }), /is not a list of MCP servers/],
    ['other rows', (response) => json(response, [1]), /is not a list of MCP servers/],
    [
      'no such path',
      (response) => json(response, { detail: 'Not Found' }, 404),
      /It answers Not Found \(HTTP 404\)/,
    ],
    [
      'a redirect',
      (response) => response.writeHead(307, { location: `${elsewhere.url}v1/mcp/server` }).end(),
      /It answers with a redirect \(HTTP 307\)/,
    ],
  ];
  for (const [name, answer, says] of rows) {
    it.before = (_call, response) => {
      answer(response);
      return true;
    };
    const { report } = await run(it, [SEARCH]);
    t.match(report, { reason: 'NotLiteLLM', message: says }, name);
  }
  t.equal(elsewhere.lists, 0, 'the key does not follow a redirect');
});

t.test('an answer of 100 MB is cut off, packed or not', async (t) => {
  const it = await standIn(t);
  const mebibyte = Buffer.alloc(1 << 20, ' ');
  let written = 0;
  function* mebibytes() {
    for (; written < 100; written++) yield mebibyte;
  }
  it.before = (_call, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    Readable.from(mebibytes()).pipe(response);
    return true;
  };
  const plain = await run(it, []);
  t.match(plain.report, { reason: 'NotLiteLLM', message: /has more than 32 MiB/ });
  t.ok(written < 60, `${written} MiB were written`);
  const bomb = gzipSync(Buffer.alloc(100 << 20, ' '));
  it.before = (_call, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
    return true;
  };
  t.match((await run(it, [])).report, { reason: 'NotLiteLLM', message: /has more than 32 MiB/ });
  it.before = ({ method }, response) => {
    if (method === 'POST') response.writeHead(400).end(mebibyte);
    return method === 'POST';
  };
  t.match((await run(it, [SEARCH])).report.failures, [{ reason: 'Refused', message: 'HTTP 400' }]);
});

t.test('runs that race for the same servers end right, and each server is there once', async (t) => {
  const it = await standIn(t);
  const many = Array.from({ length: 25 }, (_, n) => registration(`many/s${n}`));
  const reports = await Promise.all([1, 2, 3].map(() => run(it, many)));
  for (const { report } of reports) t.match(report.reason, /^(Applied|Superseded)$/);
  t.ok(reports.some(({ report }) => report.reason === 'Applied'));
  t.strictSame([...it.rows.keys()].sort(), many.map(idOf).sort());
});

t.test('a run that began earlier leaves the rest to a later one', async (t) => {
  const it = await settled(t, SEARCH);
  const info = it.rows.get(idOf(SEARCH))!.mcp_info;
  info.run = Date.now() + 1000;
  const { report } = await run(it, [MAIL]);
  t.match(report, { reason: 'Superseded', counts: counts({ wanted: 1 }) });
  t.strictSame([...it.rows.keys()], [idOf(SEARCH)]);
  info.run = Date.now() + 3_600_000;
  t.match(
    (await run(it, [MAIL])).report,
    { reason: 'Applied' },
    'nobody can stop all runs by a date in the future',
  );
});

t.test('a thousand servers: what failed is counted, whatever there is room for', async (t) => {
  const it = await standIn(t);
  const many = Array.from({ length: 1000 }, (_, n) => registration(`some-namespace/server-number-${n}`));
  for (const { server } of many.slice(0, 500))
    it.rows.set(`other-${server.server_id}`, foreign(`other-${server.server_id}`, server.server_name));
  const { report } = await run(it, many, { timeoutMs: 60_000 });
  t.strictSame(report.counts, counts({ wanted: 1000, added: 500, failed: 500 }));
  t.ok(Buffer.byteLength(JSON.stringify(report)) <= 4096);
  t.ok(report.failures.length > 10);
});
