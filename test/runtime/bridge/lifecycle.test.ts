/** How many sessions and processes there are, and when they end. */
import t from 'tap';
import { poll } from '../../cluster/process.ts';
import { answerOf, bridgeTo, runs, serverWith, textOf } from './harness.ts';

const INITIALIZE = { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} };

t.test('more sessions than allowed are told when to come again', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { maxSessions: 2 });
  const [one] = await Promise.all([bridge.session(), bridge.session()]);
  const refused = await bridge.post({ jsonrpc: '2.0', id: 'third', method: 'initialize', params: {} });
  t.match(refused, { status: 503, message: { id: 'third', error: { message: /2 sessions are open/ } } });
  t.match(refused.headers.get('retry-after'), /^\d+$/);
  t.equal(await bridge.metric('mcp_bridge_refused_total{reason="sessions"}'), 1);
  await one.delete();
  t.ok(await bridge.session(), 'and one that ends makes room');
});

t.test(
  'where there is no room, the session that was not used longest gives way after a minute',
  async (t) => {
    const bridge = await bridgeTo(t, serverWith(), { maxSessions: 2, keepAliveMs: 20 });
    const longest = await bridge.session();
    const recent = await bridge.session();
    const params = { name: 'slow', arguments: { text: 'in time', ms: 500 } };
    // It begins with a sign that somebody is there, when the call is in flight.
    const busy = await bridge.fetch({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }, longest.headers);
    await recent.call('pid');
    t.equal((await bridge.post(INITIALIZE)).status, 503, 'not before');
    const { now } = Date;
    t.teardown(() => {
      Date.now = now;
    });
    Date.now = () => now() + 61_000;
    t.ok(await bridge.session());
    t.equal(textOf(await answerOf(busy)), 'in time', 'one that waits for an answer does not give way');
    t.equal((await longest.call('pid')).status, 200);
    t.equal((await recent.call('pid')).status, 404, 'but the other does');
  },
);

t.test('sessions whose processes do not end are counted until they do', async (t) => {
  const bridge = await bridgeTo(t, serverWith('--deaf'), { maxSessions: 1, graceMs: 3_000 });
  for (const _ of ['one', 'another']) await (await bridge.session()).delete();
  const refused = await bridge.post(INITIALIZE);
  t.match(refused, { status: 503, message: { error: { message: /processes of 2 sessions that are over/ } } });
  await poll('room again', async () => (await bridge.post(INITIALIZE)).status === 200, 20);
});

t.test('an idle session ends with its process, and its quiet stream with it', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { idleMs: 200 });
  const session = await bridge.session();
  const pid = Number(textOf(await session.call('pid')));
  const stream = session.stream();
  t.match(await stream.next(), { done: true });
  await poll('the end of the process', async () => !runs(pid), 10);
  t.equal((await session.call('pid')).status, 404);
  await poll('the end of all processes', async () => (await bridge.metric('mcp_bridge_children')) === 0, 10);
});

t.test('a session that waits for an answer is not idle', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { idleMs: 100 });
  const session = await bridge.session();
  t.equal(textOf(await session.call('slow', { text: 'at last', ms: 600 })), 'at last');
});

t.test('a quiet stream says that it is there', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { keepAliveMs: 50 });
  const session = await bridge.session();
  const response = await bridge.fetch(
    undefined,
    { ...session.headers, accept: 'text/event-stream' },
    {
      method: 'GET',
      body: null,
    },
  );
  const { value } = await response.body!.getReader().read();
  t.equal(Buffer.from(value!).toString(), ': keep-alive\n\n');
  const call = await session.call('slow', { text: 'later', ms: 200 });
  t.match(call.headers.get('content-type'), 'text/event-stream', 'and so does an answer that takes long');
  t.equal(textOf(call), 'later');
  const { headers } = session;
  const patient = await bridge.post(
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'slow', arguments: { text: 'json', ms: 200 } },
    },
    { ...headers, accept: 'application/json' },
  );
  t.match(patient.headers.get('content-type'), 'application/json', 'but not to whom takes no stream');
});

t.test('a spare process is there before a session wants it, and another one after', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { spare: 1 });
  await bridge.ready();
  const starts = async () => bridge.metric('mcp_bridge_child_starts_total');
  t.equal(await starts(), 2, 'one that proves that it can be started, and the spare one');
  await bridge.session();
  t.equal(await starts(), 3);
});

t.test('a spare process that ends at once is started again when another one has answered', async (t) => {
  const bridge = await bridgeTo(t, serverWith('--impatient'), { spare: 1 });
  const exits = (code: number) => bridge.metric(`mcp_bridge_child_exits_total{code="${code}"}`);
  await poll('the end of three spare ones', async () => (await exits(5)) >= 3, 30);
  t.ok((await exits(0)) >= 2, 'two have shown in between that it can be started');
  t.equal((await fetch(`${bridge.url}/readyz`)).status, 200);
});

t.test('a server that starts again is taken back', async (t) => {
  const folder = t.testdir({});
  const script = `test -e ${folder}/works && exec "$@"; echo not yet >&2; exit 4`;
  const bridge = await bridgeTo(t, ['sh', '-c', script, 'sh', ...serverWith()]);
  await bridge.logged(/cannot be started.*exit code 4/);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${folder}/works`, '');
  await bridge.ready();
  await bridge.logged(/can be started again/);
  t.ok(await bridge.session());
});

t.test('the shared process is started again, later and later if it dies again and again', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const die = () => bridge.stateless('tools/call', { name: 'die', arguments: { code: 1 } });
  t.match(await die(), { status: 200, message: { error: { code: -32603 } } });
  t.match(await die(), { status: 200, message: { error: { code: -32603 } } }, 'at once after the first time');
  const refused = await die();
  t.equal(refused.status, 503);
  t.equal(refused.headers.get('retry-after'), '1');
  t.equal((await fetch(`${bridge.url}/readyz`)).status, 200, 'for it can be started');
});

t.test(
  'a stop lets finish what is in flight, takes no new sessions, and leaves nothing behind',
  async (t) => {
    const bridge = await bridgeTo(t, serverWith('--deaf'), { spare: 1, graceMs: 1_500 });
    await bridge.ready();
    const session = await bridge.session();
    const pid = Number(textOf(await session.call('pid')));
    const stateless = Number(textOf(await bridge.stateless('tools/call', { name: 'pid' })));
    const stream = session.stream();
    const ended = stream.next();
    const call = session.call('slow', { text: 'finished', ms: 300 });
    // For so long it goes on anyway, so that the call is there before it looks.
    const stopped = bridge.stop(250);
    const ready = await fetch(`${bridge.url}/readyz`);
    t.equal(await ready.text(), 'draining');
    const refused = await bridge.post(INITIALIZE);
    t.match(refused, { status: 503, message: { error: { message: /about to end/ } } });
    t.equal(textOf(await call), 'finished');
    t.match(await ended, { done: true });
    await stopped;
    t.notOk(runs(pid) || runs(stateless), 'deaf ones are told SIGKILL');
    t.equal(bridge.log.filter(({ msg }) => /was ended by SIGKILL/.test(String(msg))).length, 3);
  },
);

t.test('a stop leaves time for processes to end, however long it would wait for latecomers', async (t) => {
  const bridge = await bridgeTo(t, serverWith('--deaf'), { spare: 1, graceMs: 1_500 });
  await bridge.ready();
  await bridge.stop(600_000);
  t.match(
    bridge.log.filter(({ msg }) => /was ended by SIGKILL/.test(String(msg))),
    [{}],
  );
});

t.test('many sessions come and go, and nothing of them is left', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { maxSessions: 8, spare: 0 });
  await bridge.ready();
  for (let round = 0; round < 5; round++) {
    const sessions = await Promise.all(Array.from({ length: 8 }, () => bridge.session()));
    await Promise.all(sessions.map((session) => session.delete()));
    t.equal(await bridge.metric('mcp_bridge_sessions'), 0);
    await poll('the end of the processes', async () => (await bridge.metric('mcp_bridge_children')) <= 1, 20);
  }
  t.equal(await bridge.metric('mcp_bridge_child_exits_total{code="0"}'), 40);
});
