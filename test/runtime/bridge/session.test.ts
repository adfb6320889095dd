/** Sessions with a process each. */
import t from 'tap';
import { poll } from '../../cluster/process.ts';
import { bridgeTo, type Message, runs, serverWith, textOf } from './harness.ts';

t.test('each session has a process, which ends with it', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const [one, other] = await Promise.all([bridge.session(), bridge.session()]);
  const pid = Number(textOf(await one.call('pid')));
  const otherPid = Number(textOf(await other.call('pid')));
  t.not(pid, otherPid);
  t.ok(runs(pid));
  t.equal((await one.delete()).status, 200);
  await poll('the end of the process', async () => !runs(pid), 10);
  t.equal((await one.call('pid')).status, 404, 'the session is gone');
  t.equal(Number(textOf(await other.call('pid'))), otherPid, 'and the other goes on');
  t.equal((await one.delete()).status, 404);
});

t.test('an id comes back as it was given, and numbers keep their digits', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  for (const id of ['a"\\é', 0, -7, '1', 9007199254740991]) {
    const { message } = await session.call('echo', { text: 'x' }, id);
    t.equal(message.id, id);
  }
  const body = '{\n "jsonrpc": "2.0",\r\n "id": "spaced", "method": "ping" }';
  t.same((await bridge.post(body, session.headers)).message, { jsonrpc: '2.0', id: 'spaced', result: {} });
});

t.test('two requests in flight with one id get an answer each', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const answers = await Promise.all([
    session.call('slow', { text: 'first', ms: 300 }, 1),
    session.call('slow', { text: 'second', ms: 10 }, 1),
    session.call('slow', { text: 'third', ms: 150 }, 1),
  ]);
  t.same(answers.map(textOf), ['first', 'second', 'third']);
  t.ok(answers.every(({ message }) => message.id === 1));
});

t.test('progress reaches the request that asked for it, by the token that it gave', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const [one, other] = await Promise.all([
    session.call('progress', { steps: 2 }, 1, { progressToken: 'same' }),
    session.call('progress', { steps: 3 }, 1, { progressToken: 'same' }),
  ]);
  const heard = ({ messages }: { messages: Message[] }) =>
    messages.slice(0, -1).map(({ params }) => [params!.progressToken, params!.progress, params!.total]);
  t.same(heard(one), [
    ['same', 1, 2],
    ['same', 2, 2],
  ]);
  t.same(heard(other), [
    ['same', 1, 3],
    ['same', 2, 3],
    ['same', 3, 3],
  ]);
  const silent = await session.call('progress', { steps: 1 });
  t.equal(silent.messages.length, 1, 'nobody who gave no token hears any');
  t.match(silent.headers.get('content-type'), 'application/json', 'and an answer alone is JSON');
});

t.test('what the server says of its own accord goes to the only request in flight', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const { messages } = await session.call('log', { data: 'hello' });
  t.match(messages, [{ method: 'notifications/message', params: { data: 'hello' } }, { id: 1 }]);
});

t.test("the server's request is answered by the session that it went to, once", async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const [session, other] = await Promise.all([bridge.session(), bridge.session()]);
  const stream = session.stream();
  const opened = stream.next();
  const answer = session.call('ask', { message: 'How many?' });
  // Not before the stream is open, or the request's own carries it.
  const response = await bridge
    .fetch({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'silent' } }, session.headers, {
      signal: AbortSignal.timeout(50),
    })
    .catch(() => undefined);
  t.notOk(response);
  const forged = { id: 1, result: { action: 'accept', content: { forged: true } } };
  t.equal((await other.send(forged)).status, 202, 'it is taken');
  t.equal((await session.send({ id: 99, result: {} })).status, 202);
  t.equal((await session.send({ id: 1, result: { action: 'decline' } })).status, 202);
  t.equal(textOf(await answer), '{"action":"decline"}');
  t.equal((await session.send({ id: 1, result: { action: 'accept' } })).status, 202, 'once more');
  t.equal(textOf(await session.call('responses')), '1', 'and only the right one reaches the server, once');
  await session.delete();
  await opened;
});

t.test('what was said while nobody listened is kept for the stream', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  t.equal((await session.call('changedAfterwards')).messages.length, 1);
  t.equal((await session.call('pid')).messages.length, 1, 'another request has nothing to do with it');
  t.match(await session.stream().next(), { value: { method: 'notifications/tools/list_changed' } });
});

t.test('a stream gets what belongs to no request', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const first = session.stream();
  const heard = first.next();
  await bridge.logged(/begins/);
  await session.call('changed');
  t.match(await heard, { value: { method: 'notifications/tools/list_changed' } });
  const second = session.stream();
  const next = second.next();
  t.match(await first.next(), { done: true }, 'a newer stream takes the place of the older');
  await session.call('updated', { uri: 'test://a' });
  t.match(await next, { value: { method: 'notifications/resources/updated' } });
  await session.delete();
  t.match(await second.next(), { done: true }, 'and ends with its session');
});

t.test('a request that its client cancels is not answered, and the server is told', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const call = session.call('silent', {}, 'mine');
  await poll(
    'the request in flight',
    async () => {
      await session.send({ method: 'notifications/cancelled', params: { requestId: 'mine' } });
      return Promise.race([
        call.then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, 20, false)),
      ]);
    },
    5,
  );
  t.same((await call).messages, []);
  t.equal(textOf(await session.call('echo', { text: 'on' })), 'on');
});

t.test('a client that vanishes is missed by nobody', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const gone = AbortSignal.timeout(50);
  const call = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'slow', arguments: { text: 'late', ms: 100 } },
  };
  await t.rejects(bridge.fetch(call, session.headers, { signal: gone }));
  t.equal(textOf(await session.call('slow', { text: 'here', ms: 150 })), 'here');
});

t.test('a batch is for the revision that had them', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const batch = [
    { jsonrpc: '2.0', id: 'a', method: 'ping' },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 'b', method: 'nothing' },
  ];
  const old = await bridge.session({}, '2025-03-26');
  const { status, messages } = await bridge.post(batch, old.headers);
  t.equal(status, 200);
  t.same(new Set(messages.map(({ id }) => id)), new Set(['a', 'b']));
  t.equal((await bridge.post([batch[1]], old.headers)).status, 202);
  const current = await bridge.session();
  t.match(await bridge.post(batch, current.headers), { status: 400, message: { error: { code: -32600 } } });
  t.match(await bridge.post([], current.headers), { status: 400, message: { error: { code: -32600 } } });
});
