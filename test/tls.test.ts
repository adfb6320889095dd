/** The service as a process of its own: whose certificate it shows, and whose it takes. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { connect } from 'node:tls';
import t, { type Test } from 'tap';
import { authority, certify, type Pair } from './certify.ts';
import { parentOf } from './hook/fixture.ts';
import { Service } from './service.ts';

const body = { parent: parentOf() };
const folder = t.testdir({ c: {}, d: {}, f: {} });
const at = (name: string) => path.join(folder, name);

async function anotherCa(t: Test): Promise<void> {
  const [first, second] = ['first', 'second'].map((name) => authority(at(`d/${name}`)));
  const files = {
    TLS_CERT_FILE: at('d/tls.crt'),
    TLS_KEY_FILE: at('d/tls.key'),
    TLS_CA_FILE: at('d/ca.crt'),
    CLIENT_CA_FILE: at('d/callers.crt'),
  };
  const install = ({ cert, key }: Pair) => {
    writeFileSync(files.TLS_CERT_FILE, cert);
    writeFileSync(files.TLS_KEY_FILE, key);
  };
  const named = ['extendedKeyUsage=serverAuth', 'subjectAltName=IP:127.0.0.1'];
  const served = first!.issue('hook', named);
  install(served);
  writeFileSync(files.TLS_CA_FILE, first!.ca);
  writeFileSync(files.CLIENT_CA_FILE, first!.ca);
  const service = new Service(files);
  const client = first!.issue('caller');
  const sync = async () => (await service.call('/sync', { body, ca: first!.ca, client })).code;
  const serial = async () => (await service.call('/healthz', { ca: first!.ca })).serial;
  await service.logged(/serves/);
  const before = await serial();

  install(second!.issue('hook', named));
  writeFileSync(files.TLS_CA_FILE, `${second!.ca}${first!.ca}`);
  const { err } = await service.logged(/cannot reload/);
  t.match(err, { message: /not signed by TLS_CA_FILE.*another CA is another revision/ });
  t.equal(await serial(), before, 'callers are shown what they know');
  t.equal(await sync(), 200);
  writeFileSync(files.CLIENT_CA_FILE, second!.ca);
  await service.logged(/^reloaded$/);
  t.equal(await sync(), 401, 'and a CA of callers that changes meanwhile is heeded all the same');
  writeFileSync(files.TLS_CERT_FILE, `${second!.issue('hook', named).cert}${first!.ca}`);
  await service.logged(/cannot reload/, 2);
  install(first!.issue('hook', named));
  await service.logged(/^reloaded$/, 2);
  t.not(await serial(), before, 'a renewed one of the CA that they know is shown');
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
    LOG_LEVEL: 'debug',
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
  for (const why of ['"error":"none"', '"names":["other"]', '"error":"UNABLE_TO_VERIFY_LEAF_SIGNATURE"']) {
    t.ok(service.log.includes(why), `the log says ${why}`);
  }
  t.equal(await ask(), 401);
  service.process.kill('SIGKILL');
}

t.test('a running service', { jobs: 3 }, async (t) => {
  // At once, for they wait for timers of the service.
  await Promise.all([
    t.test('shows no certificate of a CA that its callers may not know', { buffered: true }, anotherCa),
    t.test('takes up another CA of client certificates', { buffered: true }, callersCa),
    t.test('lets in client certificates of a CA, by name', { buffered: true }, clients),
  ]);
});
