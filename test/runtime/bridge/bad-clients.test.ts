/** Clients that do what they should not. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { poll } from '../../cluster/process.ts';
import { bridgeTo, eventsOf, type Harness, serverWith, textOf } from './harness.ts';

const MEBIBYTE = 1024 * 1024;

/** A POST of which only so much is sent. @param length that it claims to have. */
async function posting(
  t: Test,
  bridge: Harness,
  headers: Record<string, string>,
  body: string | Buffer,
  length = body.length,
): Promise<Socket> {
  const { hostname, port, host } = new URL(bridge.url);
  const socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  socket.on('error', () => {});
  const all = { host, 'content-type': 'application/json', 'content-length': `${length}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  await once(socket, 'connect');
  socket.write(`POST /mcp HTTP/1.1\r\n${lines.join('')}\r\n`);
  socket.write(body);
  return socket;
}

t.test('one that vanishes in the middle of its message is no error of ours', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const socket = await posting(t, bridge, session.headers, '{"jsonrpc":', 1000);
  // What was sent first is read first.
  t.equal(textOf(await session.call('echo', { text: 'between' })), 'between');
  socket.resetAndDestroy();
  t.equal(textOf(await session.call('slow', { text: 'after', ms: 100 })), 'after');
  t.strictSame(
    bridge.log.filter(({ level }) => Number(level) >= 40),
    [],
  );
});

t.test('one that does not read is cut off, and its session goes on', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const params = {
    name: 'progress',
    arguments: { steps: 400_000 },
    _meta: { progressToken: 'p'.repeat(100) },
  };
  const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
  const accept = 'application/json, text/event-stream';
  const socket = await posting(t, bridge, { ...session.headers, accept }, call);
  // The process does one thing after the other: it has said all of it when it answers this.
  t.equal(textOf(await session.call('echo', { text: 'on' })), 'on');
  const read = await text(socket);
  t.match(read, /^HTTP\/1.1 200 /);
  t.notMatch(read, /"result"/, 'its answer would have come last');
});

t.test('more bodies at once than there is memory for are refused, and it is given back', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const { headers } = await bridge.session();
  const part = Buffer.alloc(4 * MEBIBYTE - 1, ' ');
  for (const round of ['first', 'second']) {
    const sockets = await Promise.all(
      Array.from({ length: 17 }, () => posting(t, bridge, headers, part, 4 * MEBIBYTE)),
    );
    const answers = sockets.map(async (socket) => String((await once(socket, 'data'))[0]));
    t.match(await Promise.race(answers), /^HTTP\/1.1 503 .*too much is being read at once/s, round);
    for (const socket of sockets) socket.destroy();
    await poll(
      'room',
      async () => (await bridge.post({ jsonrpc: '2.0', id: 1, method: 'ping' }, headers)).status === 200,
      10,
    );
  }
});

t.test('one that asks more than a thousand things at once is told', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session({}, '2025-03-26');
  const batches = Array.from({ length: 10 }, (_, tens) =>
    Array.from({ length: 100 }, (_, id) => ({
      jsonrpc: '2.0',
      id: 100 * tens + id,
      method: 'tools/call',
      params: { name: 'silent' },
    })),
  );
  const streams = await Promise.all(batches.map((batch) => bridge.fetch(batch, session.headers)));
  const { message } = await session.call('silent', {}, 1_000);
  t.match(message, { id: 1_000, error: { code: -32603, message: '1000 requests are in flight already' } });
  await session.delete();
  let answered = 0;
  for (const stream of streams) for await (const { error } of eventsOf(stream)) if (error) answered++;
  t.equal(answered, 1_000, 'and the others are answered as the session ends');
});

t.test('what a process does not read is refused, and what it was sent before is not lost', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const pid = Number(textOf(await session.call('pid')));
  process.kill(pid, 'SIGSTOP');
  t.teardown(() => process.kill(pid, 'SIGCONT'));
  const said = 'x'.repeat(3 * MEBIBYTE);
  const answers = Array.from({ length: 8 }, (_, id) => session.call('echo', { text: said }, id));
  const { message } = await Promise.race(answers);
  t.match(message.error, { code: -32603, message: 'the server does not read what it is sent' });
  process.kill(pid, 'SIGCONT');
  const all = await Promise.all(answers);
  const echoed = all.filter((answer) => textOf(answer) === said);
  t.ok(echoed.length >= 5, `${echoed.length} of them`);
  t.equal(textOf(await session.call('echo', { text: 'on' })), 'on');
});
