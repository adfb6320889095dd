/** The registry as a process among others: what the kubelet, browsers and changing files make of it. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { poll } from '../../cluster/process.ts';
import { listed, namesIn, registry, registryOf, write } from './harness.ts';

/** A folder as the kubelet mounts a ConfigMap: the files are links through `..data`, which is replaced at once. */
function configMapVolume(t: Test, name: string) {
  const folder = t.testdir({});
  let version = 0;
  const update = (content: string) => {
    const data = `..2026_${++version}`;
    mkdirSync(path.join(folder, data));
    writeFileSync(path.join(folder, data, name), content);
    symlinkSync(data, path.join(folder, '..data_tmp'));
    renameSync(path.join(folder, '..data_tmp'), path.join(folder, '..data'));
    if (version === 1) symlinkSync(path.join('..data', name), path.join(folder, name));
    else rmSync(path.join(folder, `..2026_${version - 1}`), { recursive: true });
  };
  return { file: path.join(folder, name), update };
}

t.test('a changed ConfigMap is served without a restart', async (t) => {
  const { file, update } = configMapVolume(t, 'registry.json');
  update(JSON.stringify({ servers: [listed('aa')] }));
  const { get } = await registry(t, [file]);
  t.strictSame(namesIn(await get('/v0.1/servers')), ['aa']);
  // Of the same length, as a mere size would not tell.
  update(JSON.stringify({ servers: [listed('bb')] }));
  await poll('the change is served', async () => namesIn(await get('/v0.1/servers'))[0] === 'bb', 10);
});

t.test('a document that is none leaves the good one in place, and is told once', async (t) => {
  const { file, update } = configMapVolume(t, 'registry.json');
  update(JSON.stringify({ servers: [listed('aa')] }));
  const { get, log } = await registry(t, [file]);
  const told = () => log.filter(({ msg }) => /not read/.test(msg));
  update('{"servers": [{}]}');
  await poll('it is told', async () => told().length > 0, 10);
  t.match(told()[0]!.msg, /^document not read: \/servers\/0\/.*; what was read before is served on$/);
  t.strictSame(namesIn(await get('/v0.1/servers')), ['aa']);
  t.equal((await get('/readyz')).status, 200);
  rmSync(file);
  await poll('that it is gone is told too', async () => told().length > 1, 10);
  t.strictSame(namesIn(await get('/v0.1/servers')), ['aa']);
  symlinkSync(path.join('..data', 'registry.json'), file);
  update(JSON.stringify({ servers: [listed('cc')] }));
  await poll('the next good one is served', async () => namesIn(await get('/v0.1/servers'))[0] === 'cc', 10);
  t.equal(told().length, 2);
});

t.test('it is ready once each of its files has been read', async (t) => {
  const folder = t.testdir({});
  const files = ['one.json', 'two.json'].map((name) => path.join(folder, name));
  write(files[0]!, [listed('aa'), listed('bb')]);
  const { get } = await registry(t, files);
  t.equal((await get('/healthz')).status, 200);
  const before = await get('/readyz');
  t.equal(before.status, 503);
  t.match(before.text, /two\.json: ENOENT/);
  t.match(await get('/v0.1/servers'), { status: 503, body: { title: 'Service Unavailable' } });
  const later = { ...listed('bb').server, description: 'moved' };
  write(files[1]!, [listed('bb', { server: later, updatedAt: '2026-11-30T13:00:00Z' }), listed('cc')]);
  await poll('it is ready', async () => (await get('/readyz')).status === 200, 10);
  const all = await get('/v0.1/servers');
  t.strictSame(namesIn(all), ['aa', 'bb', 'cc'], 'what is in two files is there once');
  t.equal(all.body.servers[1].server.description, 'moved');
});

t.test('web pages may read it', async (t) => {
  const { get } = await registryOf(t, [listed('aa')]);
  for (const at of ['/v0.1/servers', '/v0.1/servers/com.example%2Faa/versions/latest']) {
    t.equal((await get(at)).headers.get('access-control-allow-origin'), '*');
    const { status, headers } = await get(at, { method: 'OPTIONS' });
    t.equal(status, 204);
    t.equal(headers.get('access-control-allow-origin'), '*');
    t.equal(headers.get('access-control-allow-methods'), 'GET, OPTIONS');
    t.equal(headers.get('access-control-allow-headers'), 'Authorization, Content-Type');
  }
});

t.test('nobody can write', async (t) => {
  const { get } = await registryOf(t, [listed('aa')]);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const answer = await get('/v0.1/servers', { method });
    t.match(answer, { status: 405, body: { title: 'Method Not Allowed' } }, method);
    t.equal(answer.headers.get('allow'), 'GET, OPTIONS');
  }
});

t.test('a request that is too long is refused, and the next is answered', async (t) => {
  const { get } = await registryOf(t, [listed('aa')]);
  t.equal((await get(`/v0.1/servers?search=${'aa'.repeat(20_000)}`)).status, 431);
  t.equal((await get('/v0.1/servers')).status, 200);
});

t.test('on its way out it says so, answers whoever has not heard, and closes connections', async (t) => {
  const { url, get, stop } = await registryOf(t, [listed('aa')]);
  await get('/healthz');
  const stopped = stop(300);
  t.match(await get('/readyz'), { status: 503, text: 'draining' });
  const answer = await get('/v0.1/servers');
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('connection'), 'close');
  // One that is in the middle of asking is no reason to wait for ever.
  const slow = request(`${url}/v0.1/servers`, { headers: { expect: '100-continue' } });
  slow.on('response', (response) => text(response)).on('error', () => {});
  slow.end();
  await stopped;
  await t.rejects(get('/healthz'));
});
