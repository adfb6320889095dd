/** What the bridge refuses before anything reaches a process. */
import http from 'node:http';
import t from 'tap';
import { guardOf } from '../../../src/runtime/bridge/guard.ts';
import { userOf } from '../../../src/runtime/bridge/user.ts';
import { bridgeTo, serverWith, textOf } from './harness.ts';

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

t.test('what is no message, or is for nobody', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { maxRequestBytes: 10_000 });
  const { headers } = await bridge.session();
  const id = headers['mcp-session-id']!;
  const token = (progressToken: unknown) => ({ ...PING, params: { _meta: { progressToken } } });
  const long = { ...PING, params: { text: 'x'.repeat(10_000) } };
  const rows: [string, unknown, Record<string, string>, number, number][] = [
    ['no JSON', '{"jsonrpc":', headers, 400, -32700],
    ['no message', '17', headers, 400, -32600],
    ['no JSON-RPC', { id: 1, method: 'ping' }, headers, 400, -32600],
    ['an id that is a fraction', { ...PING, id: 1.5 }, headers, 400, -32600],
    ['an id that is null', { ...PING, id: null }, headers, 400, -32600],
    ['params that are a list', { ...PING, params: [] }, headers, 400, -32600],
    ['two ids', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', headers, 400, -32600],
    ['two methods', '{"jsonrpc":"2.0","id":1,"method":"a","method":"ping"}', headers, 400, -32600],
    [
      'a notification that wants an answer',
      { ...PING, method: 'notifications/cancelled' },
      headers,
      400,
      -32600,
    ],
    ['an id that is too long', { ...PING, id: 'x'.repeat(2_000) }, headers, 400, -32600],
    ['a method that is too long', { ...PING, method: 'x'.repeat(2_000) }, headers, 400, -32600],
    ['a progress token that is too long', token('x'.repeat(2_000)), headers, 400, -32600],
    ['a progress token that is an object', token({}), headers, 400, -32600],
    ['more levels than readers can follow', `${'['.repeat(257)}${']'.repeat(257)}`, headers, 400, -32700],
    ['a batch that is too long', Array(101).fill({}), headers, 400, -32600],
    ['neither session nor initialize', PING, {}, 400, -32000],
    ['a session that is not there', PING, { 'mcp-session-id': `${id}0` }, 404, -32001],
    ['initialize once more', { ...PING, method: 'initialize' }, headers, 400, -32600],
    ['a revision that is not known', PING, { ...headers, 'mcp-protocol-version': '2020-01-01' }, 400, -32000],
    ['a body that is too long', long, headers, 413, -32000],
    ['another type', PING, { ...headers, 'content-type': 'text/plain' }, 415, -32000],
  ];
  for (const [what, body, sent, status, code] of rows) {
    t.match(await bridge.post(body, sent), { status, message: { error: { code } } }, what);
  }
  const bytes = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"\xff"}', 'latin1');
  const response = await bridge.fetch(undefined, headers, { body: bytes });
  t.equal(response.status, 400, 'what is no UTF-8 would end a server that reads strictly');
  t.same((await bridge.post(PING, headers)).message.result, {}, 'the session is none the worse for it');
});

t.test(
  'a member that some readers take for one that the bridge replaces is refused by its name',
  async (t) => {
    const bridge = await bridgeTo(t, serverWith());
    const { headers } = await bridge.session();
    const rows: [string, string][] = [
      ['"ID":2', 'id'],
      [String.raw`"\u0049d":2`, 'id'],
      ['"Method":"x"', 'method'],
      ['"param\u017f":{}', 'params'],
      ['"JSONRPC":"1.0"', 'jsonrpc'],
      ['"Result":{}', 'result'],
      ['"ERROR":{}', 'error'],
      ['"params":{"_Meta":{}}', '_meta'],
      ['"params":{"_meta":{"progresstoken":1}}', 'progressToken'],
      ['"params":{"_meta":{"progressTo\u212aen":1}}', 'progressToken'],
      ['"params":{"_meta":{"progre\u017f\u017fToken":1}}', 'progressToken'],
    ];
    for (const [member, name] of rows) {
      const body = `{"jsonrpc":"2.0","id":1,"method":"ping",${member}}`;
      const { status, message } = await bridge.post(body, headers);
      t.match({ status, message }, { status: 400, message: { error: { code: -32600 } } }, member);
      t.match(message.error?.message, new RegExp(`the member ".*" differs from ${name} in case only`));
    }
    const cancel = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestID":1}}';
    t.match(
      (await bridge.post(cancel, headers)).message.error?.message,
      /"requestID" differs from requestId/,
    );
    const call = { name: 'echo', Name: 'x', arguments: { ID: 1, text: 'hello' } };
    const refused = await bridge.post({ ...PING, method: 'tools/call', params: call }, headers);
    t.match(refused.message.error?.message, /"Name" differs from name/);
    const params = { name: 'echo', arguments: { ID: 1, Method: 'x', text: 'hello' } };
    const answer = await bridge.post({ ...PING, method: 'tools/call', params }, headers);
    t.equal(textOf(answer), 'hello', 'arguments may have any names');
  },
);

t.test('methods and paths of HTTP', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const { headers } = await bridge.session();
  const status = async (init: RequestInit, path = '/mcp') =>
    (await fetch(`${bridge.url}${path}`, init)).status;
  t.equal(
    await status({ method: 'GET', headers: { accept: 'text/event-stream' } }),
    405,
    'a stream of no session',
  );
  t.equal(await status({ method: 'DELETE' }), 405);
  t.equal(await status({ method: 'PUT', headers }), 405);
  t.equal(await status({ method: 'GET', headers: { ...headers, accept: 'application/json' } }), 406);
  t.equal(await status({}, '/'), 404);
  t.equal(await status({}, '/healthz?x=1'), 200);
});

t.test('a web page with a name of its own for this machine is refused', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const asked = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const request = http.request(`${bridge.url}/mcp`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      request.on('error', reject).end();
    });
  t.equal(await asked({ host: 'evil.example' }), 403);
  t.equal(await asked({ host: 'evil.example' }), 403, 'and is so when it asks again');
  t.equal(await asked({ origin: 'http://evil.example' }), 403);
  t.equal(await asked({ origin: 'http://localhost:3000' }), 415, 'and one of this machine is not');
});

t.test('a page of an allowed host may call from a browser, and no other', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { allowedHosts: ['app.example', '127.0.0.1'] });
  const origin = 'https://app.example';
  const asks = (from: string) =>
    fetch(`${bridge.url}/mcp`, {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,mcp-session-id',
      },
    });
  const preflight = await asks(origin);
  t.equal(preflight.status, 204);
  t.match(Object.fromEntries(preflight.headers), {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': 'content-type,mcp-session-id',
    vary: 'Origin',
  });
  const { initialized } = await bridge.session({ origin });
  t.equal(initialized.headers.get('access-control-allow-origin'), origin);
  t.match(initialized.headers.get('access-control-expose-headers'), /Mcp-Session-Id/);
  const gone = await bridge.post(PING, { origin, 'mcp-session-id': 'x' });
  t.equal(gone.status, 404);
  t.equal(gone.headers.get('access-control-allow-origin'), origin, 'the page may read why not');
  t.equal((await asks('https://other.example')).status, 403);
  const local = await asks('http://localhost:3000');
  t.equal(local.status, 405);
  t.equal(local.headers.get('access-control-allow-origin'), null, 'this machine is not in the list');
});

t.test('which hosts may be asked for', async (t) => {
  const at = (host: string, allowed: string[], headers: http.IncomingHttpHeaders) =>
    guardOf(host, allowed)(headers) === undefined;
  const service = 'files.default.svc.cluster.local';
  t.ok(at('127.0.0.1', [], { host: 'localhost:8080' }));
  t.ok(at('::1', [], { host: '[::1]:8080' }));
  t.notOk(at('127.0.0.1', [], { host: service }));
  t.ok(at('127.0.0.1', [service], { host: `${service}:8080` }));
  t.ok(at('0.0.0.0', [], { host: service }), 'in a pod every name of the Service is one');
  t.notOk(
    at('0.0.0.0', [], { host: service, origin: 'https://evil.example' }),
    'but no page of another site',
  );
  t.notOk(at('0.0.0.0', [], { host: service, origin: 'null' }));
  t.ok(at('0.0.0.0', ['Chat.example'], { host: 'chat.example', origin: 'https://chat.example:8443' }));
  t.notOk(at('0.0.0.0', ['chat.example'], { host: service }), 'a list is a list');
  t.ok(at('127.0.0.1', ['*'], { host: service, origin: 'https://any.example' }));
});

t.test('a session is for the one who began it', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const token = (sub: string, nonce: number) =>
    `Bearer x.${Buffer.from(JSON.stringify({ iss: 'https://id', sub, nonce })).toString('base64url')}.y`;
  const session = await bridge.session({ authorization: token('ann', 1) });
  const as = async (authorization?: string) => {
    const { authorization: _, ...headers } = session.headers;
    return (await bridge.post(PING, authorization === undefined ? headers : { ...headers, authorization }))
      .status;
  };
  t.equal(await as(token('ann', 1)), 200);
  t.equal(await as(token('ann', 2)), 200, 'with a renewed token too');
  t.equal(await as(token('bob', 1)), 404);
  t.equal(await as('Bearer opaque'), 404);
  t.equal(await as(), 404);
  const theirs = { ...session.headers, authorization: token('bob', 1), accept: 'text/event-stream' };
  for (const method of ['GET', 'DELETE']) {
    const { status } = await bridge.fetch(undefined, theirs, { method, body: null });
    t.equal(status, 404, `nor may another user ${method === 'GET' ? 'listen to it' : 'end it'}`);
  }
  t.equal(await as(token('ann', 1)), 200);
  t.equal(userOf({ 'x-user': 'ann', authorization: 'a' }, 'x-user'), userOf({ 'x-user': 'ann' }, 'x-user'));
  t.not(userOf({ authorization: 'Basic a' }, undefined), userOf({ authorization: 'Basic b' }, undefined));
});

t.test('numbers of a request reach the server digit for digit', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const { headers } = await bridge.session();
  const body =
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"\\u00e9 1.0"}}}';
  t.equal(textOf(await bridge.post(body, headers)), 'é 1.0');
});
