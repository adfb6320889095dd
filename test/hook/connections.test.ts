import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { mock } from 'node:test';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { LINGER_MS } from '../../src/hook/connections.ts';
import { hook, metric } from './fixture.ts';

const HEADERS = 'host: a\r\ncontent-type: application/json\r\n';
const BODY = '{"parent":1}';

/** Says this much to a hook that stops, and waits for an answer. */
async function say(
  t: Test,
  app: FastifyInstance,
  words: string,
): Promise<{ socket: Socket; answer: string }> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
  socket.write(words);
  const [answer] = await once(socket, 'data');
  return { socket, answer };
}

const roundTrip = (app: FastifyInstance) =>
  fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/healthz`).then((response) =>
    response.text(),
  );

t.test('a connection is kept for longer than callers keep theirs, used before or not', async (t) => {
  const { app } = await hook();
  const byGo = 90_000;
  for (const bound of ['keepAliveTimeout', 'requestTimeout', 'headersTimeout'] as const) {
    t.ok(app.server[bound] > byGo, bound);
  }
});

for (const [what, path, code] of [
  ['of another revision', '/sync?rev=a', 429],
  ['without a token', '/sync?rev=b', 401],
  ['to nowhere', '/nowhere', 404],
] as const) {
  t.test(`a call ${what} is refused at once, and may be said to the end`, async (t) => {
    const { app } = await hook({ REVISION: 'b' }, ['token'], () => false);
    const start = `POST ${path} HTTP/1.1\r\n${HEADERS}content-length: ${BODY.length}\r\n\r\n`;
    const { socket, answer } = await say(t, app, start);
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${code} `));
    t.match(answer, /\r\nconnection: close\r\n/i);
    const ended = once(socket, 'end');
    for (const letter of BODY) {
      // Longer than it takes to hear that the connection is closed.
      await roundTrip(app);
      t.notOk(socket.readableEnded);
      socket.write(letter);
    }
    await ended;
  });
}

t.test('who does not go on is not waited for, and takes no place meanwhile', async (t) => {
  const { app } = await hook({ MAX_IN_FLIGHT: '1', BODY_LIMIT_BYTES: '2000' });
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const start = `POST /sync HTTP/1.1\r\n${HEADERS}content-length: 2001\r\n\r\n{`;
  const { socket, answer } = await say(t, app, start);
  t.match(answer, /^HTTP\/1\.1 413 /);
  t.equal(await metric(app, 'smooth_operator_hook_in_flight'), 0);
  mock.timers.tick(LINGER_MS - 1);
  await roundTrip(app);
  t.notOk(socket.readableEnded);
  mock.timers.tick(1);
  await once(socket, 'end');
});
