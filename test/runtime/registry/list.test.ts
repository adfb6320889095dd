/** What a client of the list API may ask, and what it gets. */
import t from 'tap';
import { listed, namesIn, registryOf } from './harness.ts';

const GONE = listed('gone', { status: 'deleted', updatedAt: '2026-11-30T15:00:00Z' });
const NEW = listed('new', { updatedAt: '2026-11-30T14:00:00Z' });

t.test('the list is in order of names, each with what the registry knows of it', async (t) => {
  const { get } = await registryOf(t, [listed('bb'), listed('aa'), GONE]);
  const { status, body, headers } = await get('/v0.1/servers');
  t.equal(status, 200);
  t.equal(headers.get('content-type'), 'application/json');
  t.strictSame(body, {
    servers: [listed('aa'), listed('bb')].map(({ server }) => ({
      server,
      _meta: {
        'io.modelcontextprotocol.registry/official': {
          status: 'active',
          statusChangedAt: '2026-11-30T12:00:00Z',
          publishedAt: '2026-11-30T12:00:00Z',
          updatedAt: '2026-11-30T12:00:00Z',
          isLatest: true,
        },
      },
    })),
    metadata: { count: 2 },
  });
  t.strictSame((await get('/v0/servers')).body, body, 'the same at the version that moves');
});

t.test('pages: by cursors that go into a URL as they are', async (t) => {
  const names = Array.from({ length: 7 }, (_, index) => `s${index}`);
  const { get } = await registryOf(
    t,
    names.map((name) => listed(name)),
  );
  const seen: string[] = [];
  let next = '';
  for (let page = 0; page < 3; page++) {
    const answer = await get(`/v0.1/servers?limit=3${next}`);
    seen.push(...namesIn(answer));
    const { nextCursor, count } = answer.body.metadata;
    t.equal(count, page < 2 ? 3 : 1);
    t.equal(nextCursor === undefined, page === 2, 'the last page has none');
    if (nextCursor) t.equal(encodeURIComponent(nextCursor), nextCursor);
    next = `&cursor=${nextCursor}`;
  }
  t.strictSame(seen, names);
  t.strictSame(namesIn(await get('/v0.1/servers?limit=2&cursor=no-sense')), ['s0', 's1']);
  const whole = await get('/v0.1/servers?limit=7');
  t.strictSame(whole.body.metadata, { count: 7 }, 'no next page that would be empty');
});

t.test('filters', async (t) => {
  const { get } = await registryOf(t, [listed('search'), listed('team-a.Research'), NEW, GONE]);
  const cases: [string, string[]][] = [
    ['search=search', ['search', 'team-a.Research']],
    ['search=RESEARCH', ['team-a.Research']],
    ['search=nothing', []],
    ['version=latest', ['new', 'search', 'team-a.Research']],
    ['version=1.0.0-20261130120000&search=new', ['new']],
    ['version=2.0.0', []],
    ['updated_since=2026-11-30T13:00:00Z', ['gone', 'new']],
    ['updated_since=2026-11-30T16:30:00%2B02:00', ['gone']],
    ['include_deleted=true&search=gone', ['gone']],
    ['include_deleted=false&search=gone', []],
  ];
  for (const [query, names] of cases)
    t.strictSame(namesIn(await get(`/v0.1/servers?${query}`)), names, query);
});

t.test('what makes no sense is refused', async (t) => {
  const { get } = await registryOf(t, []);
  const cases: [string, number][] = [
    ['limit=0', 422],
    ['limit=101', 422],
    ['limit=ten', 422],
    ['limit=', 422],
    ['updated_since=yesterday', 400],
    ['updated_since=2026-13-01T00:00:00Z', 400],
    ['updated_since=2026-11-30T12:00:00Z&include_deleted=false', 400],
    ['include_deleted=maybe', 422],
  ];
  for (const [query, status] of cases) {
    const answer = await get(`/v0.1/servers?${query}`);
    t.equal(answer.status, status, query);
    t.equal(answer.headers.get('content-type'), 'application/problem+json');
    t.equal(answer.headers.get('access-control-allow-origin'), '*', 'also for a page that asks');
    t.match(answer.body, { title: String, status, detail: String });
  }
});

t.test('one server: its name is one encoded segment', async (t) => {
  const { get } = await registryOf(t, [listed('team-a.search'), GONE]);
  const at = '/v0.1/servers/com.example%2Fteam-a.search/versions';
  t.strictSame(namesIn(await get(at)), ['team-a.search']);
  const { server } = listed('team-a.search');
  for (const version of ['latest', server.version])
    t.strictSame((await get(`${at}/${version}`)).body.server, server);
  const missing = [
    '/v0.1/servers/com.example/team-a.search/versions',
    '/v0.1/servers/com.example%2Fteam-a.search',
    `${at}/2.0.0`,
    `${at}/latest/more`,
    '/v0.1/servers/com.example%2Fother/versions',
    '/v0.1/servers/com.example%2Fgone/versions/latest',
    '/v0.1/servers/__proto__/versions',
    '/v0.1/',
    '/v2/servers',
  ];
  for (const path of missing)
    t.match(await get(path), { status: 404, body: { title: 'Not Found', status: 404 } }, path);
  t.equal((await get('/v0.1/servers/com.example%2Fother/versions')).body.detail, 'Server not found');
  t.equal((await get('/v0.1/servers/%E0%A4%A/versions')).status, 400);
  const gone = '/v0.1/servers/com.example%2Fgone/versions/latest?include_deleted=true';
  t.match((await get(gone)).body._meta, {
    'io.modelcontextprotocol.registry/official': { status: 'deleted' },
  });
});
