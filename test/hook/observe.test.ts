import t from 'tap';
import { hook, metric, parentOf, post, sync } from './fixture.ts';

t.test('metrics count every call, and no label grows with the servers', async (t) => {
  const { app } = await hook();
  await app.inject(sync());
  const lines = async () =>
    (await app.inject('/metrics')).body.split('\n').filter((line) => line.startsWith('smooth_'));
  const before = await lines();
  for (let index = 0; index < 50; index++) await app.inject(sync(parentOf(`server-${index}`)));
  await app.inject(sync(parentOf('bad', { image: 'No Image' })));
  await app.inject(post('/customize', { parent: parentOf('other') }));
  const after = await lines();
  const calls = (hookName: string, result: string) =>
    metric(app, `smooth_operator_hook_calls_total{kind="MCPServer",hook="${hookName}",result="${result}"}`);
  t.equal(await calls('sync', 'ok'), 51);
  t.equal(await calls('sync', 'invalid'), 1);
  t.equal(await calls('customize', 'ok'), 1);
  t.equal(await metric(app, 'smooth_operator_hook_duration_seconds_count{kind="MCPServer",hook="sync"}'), 52);
  t.equal(await metric(app, 'smooth_operator_hook_payload_bytes_count{direction="response"}'), 52);
  t.equal(await metric(app, 'smooth_operator_hook_in_flight'), 0);
  t.notMatch(after.join('\n'), /server-\d|search|bad|other|default/, 'no name of a server or namespace');
  t.ok(after.length - before.length < 20, 'more series come from more kinds of calls alone');
});

t.test('a call that failed is counted as such', async (t) => {
  const { app } = await hook();
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const call = JSON.stringify({ parent: parentOf('search', { image: 'acme/search:1', deep: 'HERE' }) });
  t.equal((await app.inject(post('/sync', call.replace('"HERE"', deep)))).statusCode, 400);
  t.equal(
    await metric(app, 'smooth_operator_hook_calls_total{kind="MCPServer",hook="sync",result="error"}'),
    1,
  );
});

t.test('the log says at info what is new, and at debug what is not', async (t) => {
  const { app, log } = await hook();
  const first = await app.inject(sync());
  await app.inject(sync({ ...parentOf(), status: first.json().status }));
  const lines = log()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'synced');
  t.strictSame(
    lines.map(({ level, kind, namespace, name, phase, children }) => [
      level,
      kind,
      namespace,
      name,
      phase,
      children,
    ]),
    [
      [30, 'MCPServer', 'default', 'search', 'Creating', 3],
      [20, 'MCPServer', 'default', 'search', 'Creating', 3],
    ],
  );
});

t.test('the hooks are described in OpenAPI', async (t) => {
  const { app } = await hook();
  const response = await app.inject('/docs/json');
  t.equal(response.statusCode, 200);
  const document = response.json();
  t.match(document.openapi, /^3\./);
  t.match(document.info, { title: 'smooth-operator', version: '0.0.0' });
  for (const path of ['/sync', '/customize']) {
    const { post: operation } = document.paths[path];
    t.type(operation.summary, 'string');
    const { schema } = operation.requestBody.content['application/json'];
    t.ok(schema.properties.parent.properties.metadata.properties.name, `${path} shows its body`);
    t.strictSame(Object.keys(operation.responses).sort(), ['200', '4XX']);
  }
  for (const path of ['/healthz', '/readyz', '/metrics']) t.ok(document.paths[path].get.summary, path);
  t.notMatch(response.body, '"$ref"', 'nothing to resolve');
  t.equal((await app.inject('/docs/')).statusCode, 200, 'and shown to people');
});
