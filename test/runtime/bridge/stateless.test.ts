/** Requests of 2026-07-28, in front of a process that does not know the revision. */
import t from 'tap';
import { answerOf, bridgeTo, eventsOf, serverWith, textOf } from './harness.ts';

t.test('server/discover is made of what the process says to initialize', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const { status, message } = await bridge.stateless('server/discover', {}, 'd');
  t.equal(status, 200);
  t.match(message, {
    id: 'd',
    result: {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: { tools: { listChanged: true } },
      instructions: 'Be careful.',
      ttlMs: 0,
      cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'bad-server', version: '1.0.0' } },
    },
  });
});

t.test('results say what the revision wants them to say', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const tools = await bridge.stateless('tools/list');
  t.match(tools.message.result, { resultType: 'complete', ttlMs: 0, cacheScope: 'private', tools: Array });
  const call = await bridge.stateless('tools/call', { name: 'echo', arguments: { text: 'x' } });
  t.same(call.message.result, { resultType: 'complete', content: [{ type: 'text', text: 'x' }] });
});

t.test('all requests share one process, with ids that may be alike', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const call = (text: string, ms: number) =>
    bridge.stateless('tools/call', { name: 'slow', arguments: { text, ms } });
  const answers = await Promise.all([call('a', 200), call('b', 10), call('c', 100)]);
  t.same(answers.map(textOf), ['a', 'b', 'c']);
  const pids = await Promise.all([1, 2].map(() => bridge.stateless('tools/call', { name: 'pid' })));
  t.equal(textOf(pids[0]!), textOf(pids[1]!));
});

t.test('a process that cannot bear to be asked before initialize is asked that alone', async (t) => {
  const bridge = await bridgeTo(t, serverWith('--strict'));
  await bridge.ready();
  t.equal(textOf(await bridge.stateless('tools/call', { name: 'echo', arguments: { text: 'x' } })), 'x');
  const strict = await bridge.session();
  t.equal(textOf(await strict.call('echo', { text: 'y' })), 'y');
});

t.test('what the revision refuses', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const { body, headers } = bridge.modern('tools/call', { name: 'echo', arguments: {} }, 9);
  const meta = body.params._meta as Record<string, unknown>;
  const without = (key: string) => ({
    ...body,
    params: { ...body.params, _meta: { ...meta, [key]: undefined } },
  });
  const prefix = 'io.modelcontextprotocol/';
  const rows: [string, object, Record<string, string>, number, number][] = [
    ['no version', without(`${prefix}protocolVersion`), headers, 400, -32602],
    ['no capabilities', without(`${prefix}clientCapabilities`), headers, 400, -32602],
    ['no envelope', { ...body, params: { name: 'echo' } }, headers, 400, -32602],
    [
      'another version in the header',
      body,
      { ...headers, 'mcp-protocol-version': '2025-11-25' },
      400,
      -32020,
    ],
    ['another method in the header', body, { ...headers, 'mcp-method': 'tools/list' }, 400, -32020],
    ['another name in the header', body, { ...headers, 'mcp-name': 'other' }, 400, -32020],
    ['no name in the header', body, { ...headers, 'mcp-name': '' }, 400, -32020],
  ];
  for (const [what, sent, sentHeaders, status, code] of rows) {
    const answer = await bridge.post(sent, sentHeaders);
    t.match(answer, { status, message: { id: 9, error: { code } } }, what);
  }
  const future = {
    ...body,
    params: { ...body.params, _meta: { ...meta, [`${prefix}protocolVersion`]: 'v999' } },
  };
  t.match(await bridge.post(future, { ...headers, 'mcp-protocol-version': 'v999' }), {
    status: 400,
    message: { id: 9, error: { code: -32022, data: { supported: ['2026-07-28'], requested: 'v999' } } },
  });
  for (const method of ['initialize', 'ping', 'logging/setLevel', 'no/such']) {
    const answer = await bridge.stateless(method, {}, 'gone');
    t.match(answer, { status: 404, message: { id: 'gone', error: { code: -32601 } } }, method);
  }
  const encoded = { ...headers, 'mcp-name': `=?base64?${Buffer.from('echo').toString('base64')}?=` };
  t.equal((await bridge.post(body, encoded)).status, 200, 'a name may be encoded');
  const notification = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
  t.equal((await bridge.post(notification, { 'mcp-protocol-version': '2026-07-28' })).status, 202);
});

t.test('messages of the log reach a request that wants them', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const args = { name: 'log', arguments: { data: 'hello' } };
  const wanted = await bridge.stateless('tools/call', {
    ...args,
    _meta: { 'io.modelcontextprotocol/logLevel': 'debug' },
  });
  t.match(wanted.messages, [{ method: 'notifications/message' }, { id: 1 }]);
  t.equal((await bridge.stateless('tools/call', args)).messages.length, 1, 'and no other');
});

t.test('the server cannot ask a client that stands alone', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const { message } = await bridge.stateless('tools/call', { name: 'ask', arguments: { message: 'Who?' } });
  t.match(message.error, { code: -32601, message: /no client that could be asked/ });
});

t.test('changes are told on the streams that listen for them', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const { body, headers } = bridge.modern(
    'subscriptions/listen',
    {
      notifications: {
        toolsListChanged: true,
        promptsListChanged: true,
        resourceSubscriptions: ['test://a'],
      },
    },
    'sub',
  );
  const stop = new AbortController();
  const events = eventsOf(await bridge.fetch(body, headers, { signal: stop.signal }));
  const subscription = { _meta: { 'io.modelcontextprotocol/subscriptionId': 'sub' } };
  t.same((await events.next()).value, {
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: {
      notifications: { toolsListChanged: true, resourceSubscriptions: ['test://a'] },
      ...subscription,
    },
  });
  await bridge.stateless('tools/call', { name: 'updated', arguments: { uri: 'test://b' } });
  await bridge.stateless('tools/call', { name: 'changed' });
  t.match((await events.next()).value, { method: 'notifications/tools/list_changed', params: subscription });
  await bridge.stateless('tools/call', { name: 'updated', arguments: { uri: 'test://a' } });
  t.match((await events.next()).value, { params: { uri: 'test://a', ...subscription } });
  await bridge.stateless('tools/call', { name: 'die', arguments: { code: 1 } });
  t.match((await events.next()).value, { id: 'sub', result: { resultType: 'complete' } });
  t.match(await events.next(), { done: true }, 'the stream ends in good order with the process');
  stop.abort();

  const nothing = bridge.modern(
    'subscriptions/listen',
    { notifications: { promptsListChanged: true } },
    'none',
  );
  t.equal((await answerOf(await bridge.fetch(nothing.body, nothing.headers))).messages.length, 2);
  const unsaid = await bridge.stateless('subscriptions/listen', {}, 'unsaid');
  t.match(unsaid.message, { id: 'unsaid', error: { code: -32602 } });
});

t.test('a client that goes cancels its request', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { idleMs: 300, keepAliveMs: 20 });
  await bridge.ready();
  const { body, headers } = bridge.modern('tools/call', { name: 'silent' });
  const gone = new AbortController();
  // It begins with a sign that somebody is there, and the process is: the call is in flight.
  await bridge.fetch(body, headers, { signal: gone.signal });
  gone.abort();
  await bridge.logged(/ended with exit code 0/);
  t.pass('nothing is in flight any more, so that the process ends as idle');
});
