import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { mock } from 'node:test';
import t from 'tap';
import { DRAIN_MS, drainOf } from '../src/drain.ts';
import { hook, parentOf } from './hook/fixture.ts';

/** @returns after how many milliseconds listeners are closed where requests come at these times after the signal. */
async function closesAfter(requests: number[], method = 'POST'): Promise<number> {
  const servers = [new EventEmitter(), new EventEmitter()];
  const start = Date.now();
  const coming = requests.toSorted((a, b) => a - b);
  let isDrained = false;
  drainOf(servers)().then(() => {
    isDrained = true;
  });
  while (!isDrained) {
    mock.timers.tick(50);
    while (coming[0]! <= Date.now() - start) {
      coming.shift();
      servers[coming.length % 2]!.emit('request', { method });
    }
    await new Promise(setImmediate);
  }
  return Date.now() - start;
}

t.test('calls are taken until no more are to be expected', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.now() });
  t.teardown(() => mock.timers.reset());
  const { atLeast, quiet, atMost } = DRAIN_MS;
  t.equal(await closesAfter([]), atLeast, 'where none comes');
  t.equal(await closesAfter([200, 1_000]), atLeast, 'where they have ended');
  t.equal(await closesAfter([atLeast - 300]), atLeast - 300 + quiet, 'where one came late');
  t.equal(await closesAfter([4_900, 5_800, 6_700]), 6_700 + quiet, 'where they end late');
  const all = Array.from({ length: 400 }, (_, index) => index * 50);
  t.equal(await closesAfter(all), atMost, 'where they never end');
  t.equal(await closesAfter(all, 'GET'), atLeast, 'where only probes and scrapes come');
});

t.test('a call that arrives while the listener closes is answered', async (t) => {
  const { app } = await hook();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
  });
  const body = JSON.stringify({ parent: parentOf() });
  const start = 'POST /sync HTTP/1.1\r\nhost: a\r\n';
  const rest = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  socket.write(start + rest + start);
  await once(socket, 'data');
  const closed = app.close();
  while (app.server.listening) await new Promise(setImmediate);
  said = '';
  socket.write(rest);
  await once(socket, 'end');
  t.match(said, /^HTTP\/1\.1 200 OK\r\n/);
  t.match(said, /\r\nconnection: close\r\n/i, 'and told to connect elsewhere');
  await closed;
});
