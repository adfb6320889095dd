/** The service as a process of its own: sockets, TLS, files that change, signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { connect, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { authority, certify, type Pair } from './certify.ts';
import { parentOf } from './hook/fixture.ts';

const CLI = path.join(import.meta.dirname, '../src/cli.ts');

function start(env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [CLI, 'serve'], { env: { PATH: process.env.PATH, ...env } });
}

/** A running service. */
class Service {
  readonly process: ChildProcess;
  private readonly lines: Record<string, unknown>[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(env: Record<string, string>) {
    this.process = start({ HOST: '127.0.0.1', PORT: '0', ...env });
    t.teardown(() => this.process.kill('SIGKILL'));
    createInterface(this.process.stdout!).on('line', (line) => {
      this.lines.push(JSON.parse(line));
      for (const look of this.waiting) look();
    });
  }

  /** The first log line, or the one of that count, whose message matches. */
  logged(pattern: RegExp, count = 1): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.lines.filter(({ msg }) => pattern.test(String(msg)))[count - 1];
        if (!found) return;
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  get log(): string {
    return this.lines.map((line) => JSON.stringify(line)).join('\n');
  }

  /** A call by a connection of its own. */
  async call(
    url: string,
    options: {
      token?: string;
      ca?: string;
      /** The certificate of the client. */
      client?: Pair;
      body?: object;
      /** Which port, in order. */
      listener?: number;
    } = {},
  ) {
    const { msg } = await this.logged(/Server listening at/, options.listener);
    const base = /https?:\S+/.exec(String(msg))![0];
    const { token, ca, body, client } = options;
    const request = (ca ? requestHttps : requestHttp)(`${base}${url}`, {
      method: body ? 'POST' : 'GET',
      agent: false,
      ...(ca ? { ca } : {}),
      ...client,
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
    });
    request.end(body ? JSON.stringify(body) : undefined);
    const [response] = await once(request, 'response');
    const serial = ca ? (response.socket as TLSSocket).getPeerCertificate().serialNumber : '';
    let text = '';
    for await (const chunk of response) text += chunk;
    return { code: response.statusCode as number, text, serial };
  }
}

const body = { parent: parentOf() };
const folder = t.testdir({ a: {}, b: {}, c: {}, d: {}, f: {}, 'empty-token': '\n' });
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

async function anotherCa(t: Test): Promise<void> {
  const [first, second] = ['first', 'second'].map((name) => authority(at(`d/${name}`)));
  const files = {
    TLS_CERT_FILE: at('d/tls.crt'),
    TLS_KEY_FILE: at('d/tls.key'),
    TLS_CA_FILE: at('d/ca.crt'),
  };
  const install = ({ cert, key }: Pair) => {
    writeFileSync(files.TLS_CERT_FILE, cert);
    writeFileSync(files.TLS_KEY_FILE, key);
  };
  const named = ['extendedKeyUsage=serverAuth', 'subjectAltName=IP:127.0.0.1'];
  const served = first!.issue('hook', named);
  install(served);
  writeFileSync(files.TLS_CA_FILE, first!.ca);
  const service = new Service(files);
  const serial = async () => (await service.call('/healthz', { ca: first!.ca })).serial;
  await service.logged(/serves/);
  const before = await serial();

  install(second!.issue('hook', named));
  writeFileSync(files.TLS_CA_FILE, `${second!.ca}${first!.ca}`);
  const { err } = await service.logged(/cannot reload/);
  t.match(err, { message: /not signed by TLS_CA_FILE.*another CA is another revision/ });
  t.equal(await serial(), before, 'callers are shown what they know');
  install(first!.issue('hook', named));
  await service.logged(/^reloaded$/);
  t.not(await serial(), before, 'a renewed one of the CA that they know is shown');
  service.process.kill('SIGKILL');
}

async function clients(t: Test): Promise<void> {
  const [hooks, door, strange] = ['hooks', 'door', 'strange'].map((name) => authority(at(`c/${name}`)));
  const files = { TLS_CERT_FILE: at('c/tls.crt'), TLS_KEY_FILE: at('c/tls.key') };
  const ca = certify(files.TLS_CERT_FILE, files.TLS_KEY_FILE);
  const service = new Service({
    ...files,
    CLIENT_CA_FILE: hooks!.file,
    CLIENT_NAMES: 'metacontroller, metacontroller.internal',
    ADMISSION_PORT: '0',
    ADMISSION_CLIENT_CA_FILE: door!.file,
  });
  t.match(await service.logged(/serves/), { https: true, auth: false, clientCertificates: true });
  const sync = async (client?: Pair) =>
    (await service.call('/sync', { body, ca, ...(client && { client }) })).code;
  const ask = async (client?: Pair) =>
    (await service.call('/admission/validate', { body, ca, listener: 2, ...(client && { client }) })).code;

  const known = hooks!.issue('metacontroller');
  t.equal(await sync(known), 200, 'by its common name');
  const named = ['extendedKeyUsage=clientAuth', 'subjectAltName=DNS:metacontroller.internal'];
  t.equal(await sync(hooks!.issue('other', named)), 200, 'or by a DNS name');
  t.equal(await sync(hooks!.issue('', named)), 200, 'even if that is all');
  t.equal(await sync(hooks!.issue('')), 401, 'without any name');
  t.equal(await sync(), 401, 'none');
  t.equal(await sync(hooks!.issue('other')), 401, 'of another name');
  const hidden = [
    'extendedKeyUsage=clientAuth',
    'subjectAltName=email:metacontroller,URI:x:DNS:metacontroller',
  ];
  t.equal(await sync(hooks!.issue('other', hidden)), 401, 'with the name where names are not looked for');
  t.equal(await sync(strange!.issue('metacontroller')), 401, 'of another CA');
  t.equal(await sync(door!.issue('metacontroller')), 401, "of the webhook's CA");
  t.equal(await sync(hooks!.issue('metacontroller', ['extendedKeyUsage=serverAuth'])), 401, 'of a server');
  t.equal((await service.call('/healthz', { ca })).code, 200, 'probes have none');
  t.equal((await service.call('/metrics', { ca })).code, 200);

  t.equal(await ask(door!.issue('whoever')), 400, 'let in, where no name is asked for; it is no review');
  t.equal(await ask(known), 401, "of the hooks' CA");
  t.equal(await ask(), 401);
  service.process.kill('SIGKILL');
}

async function callersCa(t: Test): Promise<void> {
  const [first, next] = ['callers', 'next-callers'].map((name) => authority(at(`f/${name}`)));
  const files = {
    TLS_CERT_FILE: at('f/tls.crt'),
    TLS_KEY_FILE: at('f/tls.key'),
    CLIENT_CA_FILE: at('f/ca.crt'),
  };
  const ca = certify(files.TLS_CERT_FILE, files.TLS_KEY_FILE);
  const [before, after] = [first!.issue('metacontroller'), next!.issue('metacontroller')];
  writeFileSync(files.CLIENT_CA_FILE, first!.ca);
  const service = new Service(files);
  await service.logged(/serves/);
  const sync = async (client: Pair) => (await service.call('/sync', { body, ca, client })).code;
  t.equal(await sync(before), 200);
  t.equal(await sync(after), 401);
  t.ok(await resumed(service, before), 'a connection that goes on from an earlier one is known again');

  writeFileSync(files.CLIENT_CA_FILE, `${next!.ca}${first!.ca}`);
  await service.logged(/^reloaded$/);
  t.equal(await sync(after), 200, 'of the next CA');
  t.equal(await sync(before), 200, 'of the one before, which is still there');
  writeFileSync(files.CLIENT_CA_FILE, next!.ca);
  await service.logged(/^reloaded$/, 2);
  t.equal(await sync(before), 401, 'and no more when it has gone');
  t.notOk(await resumed(service, before), 'not even by going on from an earlier connection');
  writeFileSync(files.CLIENT_CA_FILE, 'broken');
  await service.logged(/cannot reload/);
  t.equal((service.log.match(/cannot reload/g) ?? []).length, 1, 'which is said once');
  t.equal(await sync(after), 200, 'a file without a CA changes nothing');
  service.process.kill('SIGKILL');
}

/** Session of an earlier connection that was let in, by what it called. */
let session: Buffer | undefined;

/** @returns whether a call is let in by the session of an earlier one, without showing the certificate again. */
async function resumed(service: Service, client: Pair): Promise<boolean> {
  const { msg } = await service.logged(/Server listening at/);
  const { port } = new URL(/https:\S+/.exec(String(msg))![0]);
  const text = JSON.stringify(body);
  const call = async (options: object) => {
    const socket = connect({ port: Number(port), host: '127.0.0.1', rejectUnauthorized: false, ...options });
    socket.on('session', (fresh) => {
      session = fresh;
    });
    socket.write(`POST /sync HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n`);
    socket.write(`content-length: ${text.length}\r\n\r\n${text}`);
    let said = '';
    for await (const chunk of socket) said += chunk;
    return said.startsWith('HTTP/1.1 200');
  };
  if (!session) await call(client);
  return call({ session });
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

  const ended = once(service.process, 'exit');
  service.process.kill('SIGTERM');
  await service.logged(/^draining$/);
  t.equal((await service.call('/readyz', { ca })).code, 503);
  t.equal((await service.call('/healthz', { ca })).code, 200);
  t.equal((await sync()).code, 200, 'who has not heard of it yet is answered');
  t.strictSame(await ended, [0, null]);
}

t.test('a running service', { jobs: 6 }, async (t) => {
  // At once, for they wait for timers of the service.
  await Promise.all([
    t.test('takes up a certificate and tokens that change', { buffered: true }, changes),
    t.test('survives files that become unusable, and drains on SIGTERM', { buffered: true }, endures),
    t.test('gives its parts ports of their own', { buffered: true }, ports),
    t.test('shows no certificate of a CA that its callers may not know', { buffered: true }, anotherCa),
    t.test('takes up another CA of client certificates', { buffered: true }, callersCa),
    t.test('lets in client certificates of a CA, by name', { buffered: true }, clients),
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
