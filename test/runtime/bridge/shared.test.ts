/** One process for all sessions. */
import t from 'tap';
import { bridgeTo, type RawSession, serverWith, textOf } from './harness.ts';

t.test('all sessions reach one process, and none of them ends it', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { sessions: 'shared' });
  const [one, other] = await Promise.all([bridge.session(), bridge.session({}, '2025-06-18')]);
  t.match(one.initialized.message.result, {
    protocolVersion: '2025-11-25',
    serverInfo: { name: 'bad-server' },
  });
  t.match(
    other.initialized.message.result,
    { protocolVersion: '2025-06-18' },
    'each by the revision it asked for',
  );
  const pid = textOf(await one.call('pid'));
  t.equal(textOf(await other.call('pid')), pid);
  t.equal(
    textOf(await bridge.stateless('tools/call', { name: 'pid' })),
    pid,
    'and those without a session too',
  );
  await one.delete();
  t.equal((await one.call('pid')).status, 404);
  t.equal(textOf(await other.call('pid')), pid);
});

t.test('its end is no end of the sessions', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { sessions: 'shared' });
  const session = await bridge.session();
  const pid = textOf(await session.call('pid'));
  t.match((await session.call('die', { code: 2 })).message.error, { code: -32603, data: { exitCode: 2 } });
  const next = textOf(await session.call('pid'));
  t.ok(next && next !== pid, 'another process answers');
});

t.test('each hears of its own requests and resources alone', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { sessions: 'shared' });
  const [one, other] = await Promise.all([bridge.session(), bridge.session()]);
  for (const [session, uri] of [
    [one, 'test://one'],
    [other, 'test://other'],
    [one, 'test://both'],
    [other, 'test://both'],
  ] as const) {
    t.same(
      (await session.send({ id: 1, method: 'resources/subscribe', params: { uri } })).message.result,
      {},
    );
  }
  t.same(
    (await one.send({ id: 1, method: 'resources/unsubscribe', params: { uri: 'test://both' } })).message
      .result,
    {},
  );
  const subscribed = async (session: RawSession) => textOf(await session.call('subscribed'));
  t.equal(await subscribed(one), 'test://both,test://one,test://other', 'what the other still wants stays');
  const [ones, others] = [one.stream(), other.stream()];
  const heard = Promise.all([ones.next(), others.next()]);
  const both = await Promise.all([
    one.call('progress', { steps: 1 }, 1, { progressToken: 'a' }),
    other.call('progress', { steps: 1 }, 1, { progressToken: 'a' }),
  ]);
  for (const { messages } of both)
    t.equal(messages.filter(({ params }) => params?.progressToken === 'a').length, 1);
  for (const uri of ['test://both', 'test://other', 'test://one']) await other.call('updated', { uri });
  const [first, second] = await heard;
  t.match(first.value, { params: { uri: 'test://one' } });
  t.match(second.value, { params: { uri: 'test://both' } });
  t.match((await others.next()).value, { params: { uri: 'test://other' } });
  await other.delete();
  t.equal(await subscribed(one), 'test://one', 'what nobody wants any more goes');
  await one.delete();
});

t.test('a session is subscribed to a thousand resources and no more', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { sessions: 'shared' });
  const session = await bridge.session();
  const ask = (method: string, number: number) =>
    session.send({ id: number, method: `resources/${method}`, params: { uri: `test://${number}` } });
  for (let number = 0; number < 1_000; number++) await ask('subscribe', number);
  t.same((await ask('subscribe', 7)).message.result, {}, 'one that it has already');
  const refusal = { code: -32000, message: '1000 resources are subscribed to already' };
  t.match((await ask('subscribe', 1_000)).message.error, refusal);
  await ask('unsubscribe', 3);
  t.same((await ask('subscribe', 1_000)).message.result, {});
});

t.test('ten thousand sessions cost no process', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { sessions: 'shared', maxSessions: 10_000 });
  await bridge.ready();
  const before = await bridge.metric('mcp_bridge_child_starts_total');
  let left = 10_000;
  const open = async () => {
    while (left-- > 0) await bridge.session();
  };
  await Promise.all(Array.from({ length: 16 }, open));
  t.equal(await bridge.metric('mcp_bridge_sessions'), 10_000);
  t.equal(await bridge.metric('mcp_bridge_child_starts_total'), before);
  t.equal((await bridge.post({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} })).status, 503);
});
