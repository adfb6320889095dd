import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { connectTo } from './connect-to.ts';

const server = http.createServer(async (request, response) => {
  if (request.url === '/nothing') return response.writeHead(204).end();
  if (request.url === '/events') return response.write('first'); // and it never ends
  const { host, 'x-words': words } = request.headers;
  response.end(JSON.stringify({ host, words, url: request.url, body: await text(request) }));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
t.teardown(() => {
  server.closeAllConnections();
  server.close();
});
const ask = connectTo((server.address() as AddressInfo).port);

t.test('a request keeps the name of its host', async (t) => {
  const init = { method: 'POST', headers: { 'X-Words': 'some' }, body: 'hello' };
  const response = await ask('http://search.example.com/mcp?a=b', init);
  t.strictSame(await response.json(), {
    host: 'search.example.com',
    words: 'some',
    url: '/mcp?a=b',
    body: 'hello',
  });
});

t.test('an answer without a body is one', async (t) => {
  const response = await ask('http://search.example.com/nothing');
  t.equal(response.status, 204);
  t.equal(await response.text(), '');
});

t.test('an answer comes while it is made, and can be given up', async (t) => {
  const abort = new AbortController();
  const response = await ask(new URL('http://search.example.com/events'), { signal: abort.signal });
  const reader = response.body!.getReader();
  t.equal(new TextDecoder().decode((await reader.read()).value), 'first');
  abort.abort();
  await t.rejects(reader.read());
});
