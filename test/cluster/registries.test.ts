import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { mirrorOf, registry } from './registries.ts';

async function listen(t: Test, handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A mirror of one server that is both registries, and of one more that only has files. */
async function start(t: Test) {
  const asked: string[] = [];
  const files = await listen(t, (request, response) => {
    asked.push(
      `${request.url} ${request.headers.authorization ?? 'by anybody'} ${request.headers.range ?? ''}`.trim(),
    );
    response.end('the file');
  });
  const pages: Record<string, [type: string, (origin: string) => string]> = {
    '/npm/@acme%2fsearch': [
      'application/json',
      (origin) => `{"homepage": "https://acme.com/","dist":{"tarball":"${origin}/npm/search.tgz"}}`,
    ],
    '/simple/search/': ['application/json', () => `{"files":[{"url":"${files}/search.whl"}]}`],
    '/simple/older/': ['text/html', () => '<a href="../../packages/older.whl#sha256=01">older.whl</a>'],
  };
  const upstream = await listen(t, (request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? 'by anybody'}`);
    const [type, text] = pages[request.url!] ?? ['text/plain', () => 'the file'];
    response.setHeader('content-type', type);
    response.end(text(`http://${request.headers.host}`));
  });
  const npm = { url: `${upstream}/npm/`, authorization: 'Bearer ours' };
  const mirror = await listen(t, mirrorOf({ npm, pypi: registry(`${upstream}/simple`) }));
  const get = async (url: string, init?: RequestInit) => {
    const response = await fetch(new URL(url, mirror), init);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  };
  return { asked, files, get, mirror, upstream };
}

t.test('the files of a registry are had through the mirror', async (t) => {
  const { asked, get, mirror, upstream } = await start(t);
  const { text, type } = await get('/npm/@acme%2fsearch');
  t.equal(type, 'application/json');
  const { homepage, dist } = JSON.parse(text);
  t.equal(homepage, 'https://acme.com/', 'what is no file stays as it is');
  t.equal(dist.tarball, `${mirror}/files/http/${new URL(upstream).host}/npm/search.tgz`);
  t.equal((await get(dist.tarball)).text, 'the file');
  t.strictSame(asked, ['/npm/@acme%2fsearch Bearer ours', '/npm/search.tgz Bearer ours']);
});

t.test('so are those on another host, which hears of no credentials, in JSON and in a page', async (t) => {
  const { asked, files, get, mirror, upstream } = await start(t);
  const [{ url }] = JSON.parse((await get('/pypi/search/')).text).files;
  t.equal(url, `${mirror}/files/http/${new URL(files).host}/search.whl`);
  await get(url, { headers: { range: 'bytes=0-3' } });
  t.equal(asked.at(-1), '/search.whl by anybody bytes=0-3');
  const { text } = await get('/pypi/older/');
  t.match(text, `href="${mirror}/files/http/${new URL(upstream).host}/packages/older.whl#sha256=01"`);
});

t.test('nothing else is', async (t) => {
  const { asked, files, get } = await start(t);
  t.equal(
    (await get(`/files/http/${new URL(files).host}/search.whl`)).status,
    404,
    'before a registry names it',
  );
  t.equal((await get('/npm/@acme%2fsearch', { method: 'POST' })).status, 404);
  t.equal((await get('/')).status, 404);
  t.strictSame(asked, []);
});

t.test('a registry that is down is an error of the mirror', async (t) => {
  const none = registry('http://127.0.0.1:9');
  const mirror = await listen(t, mirrorOf({ npm: none, pypi: none }));
  t.intercept(console, 'error', { value: () => {} });
  t.equal((await fetch(`${mirror}/npm/search`)).status, 502);
});

t.test('credentials in an address are told apart from it', async (t) => {
  t.strictSame(registry('https://me:let%20me@pypi.acme.com/simple'), {
    url: 'https://pypi.acme.com/simple/',
    authorization: `Basic ${btoa('me:let me')}`,
  });
  t.strictSame(registry('https://pypi.acme.com/simple/'), { url: 'https://pypi.acme.com/simple/' });
});
