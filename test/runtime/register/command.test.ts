/** `smooth-runtime register` as a process: files, flags, report and exit status. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { type Registrations, readReport } from '../../../src/api/registrations.ts';
import { certify } from '../../certify.ts';
import { https } from '../verify/servers.ts';
import { ADMIN_KEY, answering, foreign, standIn } from './litellm.ts';

const MAIN = path.resolve(import.meta.dirname, '../../../src/runtime/main.ts');

function run(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, [MAIN, 'register', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );
}

const server = (name: string) => ({
  server_id: `k8s.tools.default.${name}`,
  server_name: `default_${name}`,
  url: `http://${name}.default.svc.cluster.local/mcp`,
  transport: 'http' as const,
  mcp_access_groups: ['search-users'],
  allowed_tools: [],
});

const part = (more: Partial<Registrations> = {}): Registrations => ({
  catalog: 'tools/all',
  part: 1,
  parts: 1,
  servers: [{ source: 'default/search', server: server('search') }],
  ...more,
});

const KEY = { LITELLM_ADMIN_KEY: ADMIN_KEY };

t.test('files in, entries out: what was written, the report, and exit status 0', async (t) => {
  const it = await standIn(t);
  const mail = { source: 'default/mail', server: server('mail') };
  const folder = t.testdir({
    'a.json': JSON.stringify(part({ parts: 2 })),
    'b.json': JSON.stringify(part({ part: 2, parts: 2, servers: [mail] })),
    key: `${ADMIN_KEY}\n`,
  });
  const [a, b, key, message] = ['a.json', 'b.json', 'key', 'message'].map((name) => path.join(folder, name));
  const files = ['--url', `${it.url}/`, '--file', b!, '--file', a!];
  const { code, stdout, stderr } = await run([
    ...files,
    '--key-file',
    key!,
    '--termination-message',
    message!,
  ]);
  t.equal(stderr, '');
  t.equal(code, 0);
  const lines = stdout.trim().split('\n');
  t.strictSame(lines.slice(0, 2).sort(), [
    'added default/mail (k8s.tools.default.mail)',
    'added default/search (k8s.tools.default.search)',
  ]);
  t.strictSame(lines.slice(2), ['Applied: LiteLLM has 2 of 2 servers: 2 added, 0 changed, 0 removed.']);
  const read = readReport(readFileSync(message!, 'utf8'));
  t.match(read, { report: { reason: 'Applied', hash: /^[0-9a-f]{32}$/, counts: { wanted: 2, added: 2 } } });
  t.equal(it.rows.size, 2);

  const removed = await run(['--url', it.url.href, '--remove', 'tools/all', '-o', 'json'], KEY);
  t.equal(removed.code, 0);
  t.match(JSON.parse(removed.stdout), { reason: 'Applied', counts: { removed: 2 } });
  t.equal(it.rows.size, 0);
});

t.test('what did not come out well: exit status 1, and who is concerned', async (t) => {
  const it = await standIn(t);
  it.rows.set('x', foreign('x', 'default_search'));
  const folder = t.testdir({ 'a.json': JSON.stringify(part()) });
  const file = path.join(folder, 'a.json');
  const { code, stdout } = await run(['--url', it.url.href, '--file', file, '--key-env', 'OTHER'], {
    OTHER: ADMIN_KEY,
  });
  t.equal(code, 1);
  t.match(
    stdout,
    /^NameConflict default\/search: The name default_search is taken .*\nIncomplete: LiteLLM has 0 of 1/,
  );
  const unknown = await run(['--url', it.url.href, '--file', file], { LITELLM_ADMIN_KEY: 'sk-somebody' });
  t.equal(unknown.code, 1);
  t.match(unknown.stdout, /^Unauthorized: /);
  t.notMatch(unknown.stdout + unknown.stderr, 'sk-somebody');
});

t.test('a document that is not whole: nothing is asked, and the report says why', async (t) => {
  const it = await standIn(t);
  const folder = t.testdir({ 'a.json': JSON.stringify(part({ parts: 2 })) });
  const [file, message] = [path.join(folder, 'a.json'), path.join(folder, 'message')];
  const args = ['--url', it.url.href, '--file', file, '--termination-message', message];
  const other = await run([...args, '--hash', 'h2'], KEY);
  t.equal(other.code, 1);
  t.match(other.stdout, /^InvalidDocument: the files are not the document h2, or not all of it\./);
  const { code, stdout } = await run(args, KEY);
  t.equal(code, 1);
  t.match(stdout, /^InvalidDocument: the files are not the parts 1 to 2 of the document/);
  t.match(readReport(readFileSync(message, 'utf8')), { report: { reason: 'InvalidDocument', hash: '' } });
  t.equal(it.lists, 0);
});

t.test('TLS: a certificate is accepted by a CA of NODE_EXTRA_CA_CERTS alone', async (t) => {
  const folder = t.testdir({ 'a.json': JSON.stringify(part()) });
  const [cert, key, file] = ['cert', 'key', 'a.json'].map((name) => path.join(folder, name));
  const pair = { cert: certify(cert!, key!), key: readFileSync(key!, 'utf8') };
  const it = await standIn(t);
  const url = `https://${await https(t, pair, answering(it))}`;
  const args = ['--url', url, '--file', file!];
  const refused = await run(args, KEY);
  t.equal(refused.code, 1);
  t.match(refused.stdout, /^Unreachable: TLS with LiteLLM fails: DEPTH_ZERO_SELF_SIGNED_CERT/);
  const accepted = await run(args, { ...KEY, NODE_EXTRA_CA_CERTS: cert! });
  t.equal(accepted.code, 0, accepted.stdout);
});

t.test('wrong use: what is wrong, the usage, and exit status 2', async (t) => {
  const it = await standIn(t);
  const url = ['--url', it.url.href];
  const file = ['--file', '/does/not/exist'];
  const rows: [string[], Record<string, string>, RegExp][] = [
    [[], KEY, /^register: give --file for each part of the document, or --remove/],
    [[...url, ...file, '--remove', 'a'], KEY, /^register: give --file/],
    [file, KEY, /^register: give --url/],
    [['--url', 'litellm', ...file], KEY, /^--url: must be a URL with http or https/],
    [['--url', 'http://me:secret@litellm', ...file], KEY, /^--url: must be of the proxy alone/],
    [['--url', 'http://litellm/?key=secret', ...file], KEY, /^--url: must be of the proxy alone/],
    [[...url, ...file], {}, /^--key-env LITELLM_ADMIN_KEY: there is no admin key in it/],
    [[...url, ...file, '--key-env', 'OTHER'], KEY, /^--key-env OTHER: there is no admin key in it/],
    [[...url, ...file, '--key-file', '/does/not/exist'], KEY, /^--key-file \/does\/not\/exist: ENOENT/],
    [[...url, ...file, '--key-file', 'a', '--key-env', 'B'], KEY, /^--key-env and --key-file: give one/],
    [[...url, ...file], { LITELLM_ADMIN_KEY: 'secret key' }, /must be one word of printable ASCII/],
    [[...url, ...file, '--timeout', 'soon'], KEY, /^--timeout soon: must be/],
    [[...url, ...file, '-o', 'yaml'], KEY, /^--output yaml: must be text or json/],
    [[...url, ...file, '--mood'], KEY, /--mood/],
  ];
  for (const [args, env, says] of rows) {
    const { code, stdout, stderr } = await run(args, env);
    t.equal(code, 2, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, says);
    t.match(stderr, 'smooth-runtime register --url URL');
    t.notMatch(stderr, 'secret');
  }
  t.equal(it.lists, 0);
});
