import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { mock } from 'node:test';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import { BODY_MS, LINGER_MS } from '../../src/hook/connections.ts';
import { hook, metric } from './fixture.ts';

const HEADERS = 'host: a\r\ncontent-type: application/json\r\n';
const BODY = '{"parent":1}';

/** Says this much to a hook that stops, and waits until it has said all that it has to say. */
async function say(
  t: Test,
  app: FastifyInstance,
  words: string,
): Promise<{ socket: Socket; answer: string }> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('utf8');
  socket.write(words);
  return { socket, answer: await text(socket) };
}

/** Longer than a hook takes to hear what one caller sent to it before; it leaves no connection but that one's behind. */
async function roundTrip(app: FastifyInstance): Promise<void> {
  const { port } = app.server.address() as AddressInfo;
  const headers = { connection: 'close' };
  t.equal((await fetch(`http://127.0.0.1:${port}/healthz`, { headers })).status, 200);
  while ((await connections(app)) > 1) await new Promise(setImmediate);
}

/** How many connections the hook has. */
async function connections({ server }: FastifyInstance): Promise<number> {
  return await promisify(server.getConnections.bind(server))();
}

async function closes(app: FastifyInstance): Promise<void> {
  while ((await connections(app)) > 0) await new Promise(setImmediate);
}

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
    // However slow the machine: when it is closed for lack of more is tried below.
    mock.timers.enable({ apis: ['setTimeout'] });
    t.teardown(() => mock.timers.reset());
    const start = `POST ${path} HTTP/1.1\r\n${HEADERS}content-length: ${BODY.length}\r\n\r\n`;
    const { socket, answer } = await say(t, app, start);
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${code} `));
    t.match(answer, /\r\nconnection: close\r\n/i);
    for (const letter of BODY) {
      await roundTrip(app);
      t.equal(await connections(app), 1, 'not closed yet');
      socket.write(letter);
    }
    await closes(app);
  });
}

t.test('who does not go on is not waited for, and takes no place meanwhile', async (t) => {
  const { app } = await hook({ MAX_IN_FLIGHT: '1', BODY_LIMIT_BYTES: '2000' });
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const start = `POST /sync HTTP/1.1\r\n${HEADERS}content-length: 2001\r\n\r\n{`;
  const { answer } = await say(t, app, start);
  t.match(answer, /^HTTP\/1\.1 413 /);
  t.equal(await metric(app, 'smooth_operator_hook_in_flight'), 0);
  mock.timers.tick(LINGER_MS - 1);
  await roundTrip(app);
  t.equal(await connections(app), 1);
  mock.timers.tick(1);
  await closes(app);
});

t.test('a body that does not come loses its place', async (t) => {
  const { app } = await hook();
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const start = `POST /sync HTTP/1.1\r\n${HEADERS}content-length: 1000\r\n\r\n{`;
  const said = say(t, app, start).catch(() => undefined);
  while ((await metric(app, 'smooth_operator_hook_in_flight')) !== 1) await new Promise(setImmediate);
  mock.timers.tick(BODY_MS - 1);
  await roundTrip(app);
  t.equal(await metric(app, 'smooth_operator_hook_in_flight'), 1);
  mock.timers.tick(1);
  await said;
  await closes(app);
  t.equal(await metric(app, 'smooth_operator_hook_in_flight'), 0);
});
