import { PassThrough } from 'node:stream';
import t from 'tap';
import { SECRET_VALUE } from '../reconcile/golden.ts';
import { hook, metric, parentOf, post, sync } from './fixture.ts';

const REJECTED = (reason: string) => `smooth_operator_hook_rejected_total{reason="${reason}"}`;

t.test('without tokens nobody is asked for one', async (t) => {
  const { app } = await hook();
  t.equal((await app.inject(sync())).statusCode, 200);
});

t.test('a caller shows a token that is accepted', async (t) => {
  const { app, tokens } = await hook({}, ['current', 'previous']);
  const codeFor = async (authorization: string | undefined, url = '/sync') =>
    (await app.inject(post(url, { parent: parentOf() }, authorization ? { authorization } : {}))).statusCode;
  const refused = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    'Bearer current ',
    'Basic current',
    'current',
  ];
  t.equal(await codeFor('Bearer current'), 200);
  t.equal(await codeFor('bearer current'), 200, 'the scheme in any case');
  t.equal(await codeFor('Bearer previous'), 200, 'the one before, during a rotation');
  t.equal(await codeFor('Bearer current', '/customize'), 200);
  for (const one of refused) t.equal(await codeFor(one), 401, `${one}`);
  t.equal(await codeFor(undefined, '/customize'), 401);
  t.equal(await metric(app, REJECTED('unauthorized')), 9);

  const response = await app.inject(sync());
  t.equal(response.headers['www-authenticate'], 'Bearer');
  t.strictSame(response.json(), { error: 'a valid bearer token is needed' });

  tokens.replace(['next']);
  t.equal(await codeFor('Bearer next'), 200, 'after a rotation');
  t.equal(await codeFor('Bearer current'), 401);
  tokens.replace([]);
  t.equal(await codeFor('Bearer next'), 401, 'no token at all lets nobody in');
  t.equal(await codeFor('Bearer '), 401);
});

t.test('who has no token does not get as far as the body', async (t) => {
  const { app } = await hook({}, ['current']);
  t.equal((await app.inject(post('/sync', '{"broken'))).statusCode, 401);
});

t.test('health, metrics and documents ask for no token', async (t) => {
  const { app } = await hook({ REVISION: 'r1' }, ['current']);
  for (const url of ['/healthz', '/readyz', '/metrics', '/docs/json']) {
    t.equal((await app.inject(url)).statusCode, 200, url);
  }
});

t.test('a call of another revision is asked to come again, for a hook of that revision', async (t) => {
  const { app } = await hook({ REVISION: 'v1-abc' });
  const call = (query: string) => app.inject({ ...sync(), url: `/sync${query}` });
  t.equal((await call('?rev=v1-abc')).statusCode, 200);
  for (const query of ['', '?rev=', '?rev=v1-ab', '?rev=v1-abc&rev=v1-abc', '?REV=v1-abc']) {
    const response = await call(query);
    t.equal(response.statusCode, 429, query);
    t.match(response.headers['retry-after'], /^[1-9]\d*$/, 'whole seconds');
  }
  t.equal(await metric(app, REJECTED('revision')), 5);
  const { app: any } = await hook();
  t.equal(
    (await any.inject({ ...sync(), url: '/sync?rev=whatever' })).statusCode,
    200,
    'without REVISION all are answered',
  );
});

t.test('calls beyond MAX_IN_FLIGHT are asked to come again', async (t) => {
  const { app } = await hook({ MAX_IN_FLIGHT: '1' });
  const body = new PassThrough();
  const first = app.inject({ ...sync(), payload: body });
  body.write('{"parent":');
  while ((await metric(app, 'smooth_operator_hook_in_flight')) !== 1) await new Promise(setImmediate);
  const second = await app.inject(sync());
  t.equal(second.statusCode, 429);
  t.equal(second.headers['retry-after'], '1');
  t.equal((await app.inject('/healthz')).statusCode, 200, 'health is answered all the same');
  t.equal(await metric(app, REJECTED('overload')), 1);
  body.end(`${JSON.stringify(parentOf())}}`);
  t.equal((await first).statusCode, 200);
  t.equal((await app.inject(sync())).statusCode, 200, 'and then the next');
  t.equal(await metric(app, 'smooth_operator_hook_in_flight'), 0);
});

t.test('a hook whose event loop lags asks calls to come again, and does nothing for them', async (t) => {
  const { app } = await hook({ MAX_EVENT_LOOP_DELAY_MS: '10' });
  const { app: patient } = await hook({ MAX_EVENT_LOOP_DELAY_MS: '0' });
  const call = (url: string, payload: unknown) => {
    const until = Date.now() + 50;
    while (Date.now() < until);
    return app.inject(post(url, payload, { connection: 'close' }));
  };
  const worked = async () =>
    (await app.inject('/metrics')).body.match(/^smooth_operator_hook_calls_total.*/gm);
  const late = Date.now() + 20_000;
  let response = await call('/sync', { parent: parentOf() });
  while (response.statusCode === 200 && Date.now() < late)
    response = await call('/sync', { parent: parentOf() });
  t.equal(response.statusCode, 429);
  t.equal(response.headers['retry-after'], '1');
  t.equal((await patient.inject(sync())).statusCode, 200, 'unless it has no limit');
  const before = await worked();
  for (const url of ['/sync', '/customize']) {
    for (const payload of [{ parent: parentOf() }, '{', {}]) {
      t.equal((await call(url, payload)).statusCode, 429);
    }
  }
  t.strictSame(await worked(), before);
  t.equal(await metric(app, REJECTED('overload')), 7);
  t.equal(await metric(app, 'smooth_operator_hook_in_flight'), 0);
});

t.test('many large bodies at once are not taken in all', async (t) => {
  const { app } = await hook({ BODY_LIMIT_BYTES: '100000' });
  const open = [new PassThrough(), new PassThrough()].map((body) => {
    body.write('{"parent":');
    return { body, answer: app.inject({ ...sync(), payload: body }) };
  });
  while ((await metric(app, 'smooth_operator_hook_in_flight')) !== 2) await new Promise(setImmediate);
  t.equal(
    (await app.inject(sync())).statusCode,
    429,
    'two of unknown length may become as large as they like',
  );
  for (const { body, answer } of open) {
    body.end(`${JSON.stringify(parentOf())}}`);
    t.equal((await answer).statusCode, 200);
  }
  t.equal((await app.inject(sync())).statusCode, 200, 'and then the next');
});

t.test('a stopping hook is not ready, and still answers', async (t) => {
  let ready = true;
  const { app } = await hook({}, undefined, () => ready);
  t.equal((await app.inject('/readyz')).statusCode, 200);
  ready = false;
  t.equal((await app.inject('/readyz')).statusCode, 503);
  t.equal((await app.inject('/healthz')).statusCode, 200);
  const last = await app.inject(sync());
  t.equal(last.statusCode, 200);
  t.equal(last.headers.connection, 'close', 'and asks its callers to connect to another');
});

t.test('nothing secret is logged or answered by mistake', async (t) => {
  const { app, log } = await hook({}, ['s3cr3t-token', 's3cr3t-before']);
  const authorization = { authorization: 'Bearer s3cr3t-token' };
  const value = 's3cr3t-value';
  const spec = { image: 'acme/search:1', env: [{ name: 'A', value }], args: [value] };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'default' },
    data: { token: Buffer.from(SECRET_VALUE).toString('base64') },
  };
  const related = { 'Secret.v1': { 'default/keys': secret } };
  const calls = [
    post('/sync', { parent: parentOf('search', spec), related }, authorization),
    post('/sync', { parent: parentOf('search', { ...spec, image: '' }), related }, authorization),
    post('/sync', { parent: { ...parentOf('search', spec), kind: 'Other' }, related }, authorization),
    post('/sync', { parent: { ...parentOf('search', spec), metadata: {} }, related }, authorization),
    post('/sync', `{"parent": {"spec": {"env": "${value}" `, authorization),
    post('/sync', { parent: parentOf('search', spec) }, { authorization: 'Bearer s3cr3t-guess' }),
    post('/customize', { parent: parentOf('search', spec), related }, authorization),
  ];
  for (const call of calls) {
    const { statusCode, body } = await app.inject(call);
    t.notMatch(body, 's3cr3t-token');
    t.notMatch(body, SECRET_VALUE);
    t.notMatch(body, secret.data.token);
    if (statusCode !== 200) t.notMatch(body, value, 'a refusal repeats no input');
  }
  t.match(log(), '"msg":"synced"');
  for (const text of ['s3cr3t', SECRET_VALUE, secret.data.token]) t.notMatch(log(), text);
});
