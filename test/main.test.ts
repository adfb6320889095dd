/** The service as a process of its own: sockets, files that change, signals. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { authority, certify } from './certify.ts';
import { parentOf } from './hook/fixture.ts';
import { Service, start } from './service.ts';

const body = { parent: parentOf() };
const folder = t.testdir({ a: {}, b: {}, 'empty-token': '\n' });
const at = (name: string) => path.join(folder, name);

async function changes(t: Test): Promise<void> {
  const files = {
    TLS_CERT_FILE: at('a/tls.crt'),
    TLS_KEY_FILE: at('a/tls.key'),
    TOKEN_FILE: at('a/token'),
    PREVIOUS_TOKEN_FILE: at('a/previous'),
  };
  const first = certify(files.TLS_CERT_FILE, files.TLS_KEY_FILE);
  writeFileSync(files.TOKEN_FILE, 'first-token\n');
  const service = new Service(files);
  const codeFor = async (token: string | undefined, ca: string) =>
    (await service.call('/sync', { body, ca, ...(token ? { token } : {}) })).code;
  t.match(await service.logged(/serves/), { https: true, auth: true });
  t.equal(await codeFor('first-token', first), 200);
  t.equal(await codeFor(undefined, first), 401);
  t.equal(await codeFor('next-token', first), 401);
  const { serial } = await service.call('/healthz', { ca: first });

  const next = certify(files.TLS_CERT_FILE, files.TLS_KEY_FILE);
  writeFileSync(files.PREVIOUS_TOKEN_FILE, 'first-token');
  writeFileSync(files.TOKEN_FILE, 'next-token');
  await service.logged(/^reloaded$/, 2);
  const after = await service.call('/healthz', { ca: next });
  t.equal(after.code, 200);
  t.not(after.serial, serial, 'the new certificate is shown');
  t.equal(await codeFor('next-token', next), 200);
  t.equal(await codeFor('first-token', next), 200, 'the token before, while the rotation lasts');
  t.equal(await codeFor('other-token', next), 401);
  const [, end] = /^smooth_operator_certificate_expiry_timestamp_seconds (\d+)$/m.exec(
    (await service.call('/metrics', { ca: next })).text,
  )!;
  t.equal(Number(end), Date.parse(new X509Certificate(next).validTo) / 1000, 'and its end is in the metrics');
  t.notMatch(service.log, /first-token|next-token|PRIVATE KEY/);
  service.process.kill('SIGKILL');
}

async function ports(t: Test): Promise<void> {
  const service = new Service({ ADMISSION_PORT: '0', METRICS_PORT: '0' });
  await service.logged(/serves/);
  const codes = async (index: number) => {
    const all = { '/sync': body, '/admission/validate': body, '/metrics': undefined, '/docs': undefined };
    const entries = Object.entries({ ...all, '/healthz': undefined, '/other': undefined }).map(
      async ([url, sent]) => [
        url,
        (await service.call(url, { ...(sent ? { body: sent } : {}), listener: index })).code,
      ],
    );
    return Object.fromEntries(await Promise.all(entries));
  };
  const none = {
    '/sync': 404,
    '/admission/validate': 404,
    '/metrics': 404,
    '/docs': 404,
    '/healthz': 200,
    '/other': 404,
  };
  t.strictSame(await codes(1), { ...none, '/sync': 200 }, 'the hooks');
  t.strictSame(
    await codes(2),
    { ...none, '/admission/validate': 400 },
    'the webhook, which takes reviews alone',
  );
  t.strictSame(await codes(3), { ...none, '/metrics': 200, '/docs': 200 }, 'metrics and documentation');
  t.equal((service.log.match(/Server listening at/g) ?? []).length, 3, 'and nothing else');
  service.process.kill('SIGKILL');
}

async function endures(t: Test): Promise<void> {
  const files = { TLS_CERT_FILE: at('b/tls.crt'), TLS_KEY_FILE: at('b/tls.key'), TOKEN_FILE: at('b/token') };
  const ca = certify(files.TLS_CERT_FILE, files.TLS_KEY_FILE);
  writeFileSync(files.TOKEN_FILE, 'only-token');
  const service = new Service({ ...files, REVISION: 'r1' });
  t.match(await service.logged(/serves/), { revision: 'r1' });
  writeFileSync(files.TLS_KEY_FILE, 'broken');
  await service.logged(/cannot reload/);
  const sync = () => service.call('/sync?rev=r1', { body, ca, token: 'only-token' });
  t.equal((await sync()).code, 200, 'with the certificate and token of before');

  const [, host, port] = /https:\/\/(\S+):(\d+)/.exec(
    String((await service.logged(/Server listening at/)).msg),
  )!;
  await once(connectTls({ host, port: Number(port), ca }), 'secureConnect');
  await once(connect({ host, port: Number(port) }), 'connect');
  const ended = once(service.process, 'exit');
  service.process.kill('SIGTERM');
  await service.logged(/^draining$/);
  t.equal((await service.call('/readyz', { ca })).code, 503);
  t.equal((await service.call('/healthz', { ca })).code, 200);
  t.equal((await sync()).code, 200, 'who has not heard of it yet is answered');
  t.strictSame(await ended, [0, null]);
}

t.test('a running service', { jobs: 3 }, async (t) => {
  // At once, for they wait for timers of the service.
  await Promise.all([
    t.test('takes up a certificate and tokens that change', { buffered: true }, changes),
    t.test('survives files that become unusable, and drains on SIGTERM', { buffered: true }, endures),
    t.test('gives its parts ports of their own', { buffered: true }, ports),
  ]);
});

t.test('what cannot be used is refused at the start, by its name', async (t) => {
  const pair = { TLS_CERT_FILE: at('e.crt'), TLS_KEY_FILE: at('e.key') };
  certify(pair.TLS_CERT_FILE, pair.TLS_KEY_FILE);
  const strange = authority(at('strange')).file;
  const cases: [Record<string, string>, RegExp][] = [
    [{ PORT: 'http' }, /^PORT="http": must be a whole number/],
    [{ TOKEN_FILE: at('nowhere') }, /^TOKEN_FILE=.*nowhere: cannot be read: ENOENT/],
    [{ TOKEN_FILE: at('empty-token') }, /^TOKEN_FILE=.*the file is empty/],
    [{ ...pair, TLS_CA_FILE: strange }, /^TLS_CERT_FILE=.*: not signed by TLS_CA_FILE=/],
    [{ ...pair, TLS_CA_FILE: at('empty-token') }, /^TLS_CA_FILE=.*: no certificate/],
    [{ TLS_CERT_FILE: at('empty-token'), TLS_KEY_FILE: at('empty-token') }, /TLS_CERT_FILE/],
  ];
  await Promise.all(
    cases.map(async ([env, message]) => {
      const child = start({ HOST: '127.0.0.1', PORT: '0', ...env });
      let said = '';
      child.stderr!.on('data', (chunk) => {
        said += chunk;
      });
      const [code] = await once(child, 'close');
      t.match(said, message);
      t.equal(code, 2, Object.keys(env).join());
    }),
  );
});
