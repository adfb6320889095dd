/** `smooth-runtime verify` as a process: flags, output and exit status. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { readVerification } from '../../../src/api/verification.ts';
import { http, mcp } from './servers.ts';

const MAIN = path.resolve(import.meta.dirname, '../../../src/runtime/main.ts');

interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}

function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) =>
    execFile(process.execPath, [MAIN, 'verify', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    ),
  );
}

t.test('a server that is Verified: what it offers, and exit status 0', async (t) => {
  const at = await http(t, mcp({ prompts: [{ name: 'ask' }] }));
  const { code, stdout, stderr } = await run([`http://${at}/mcp`]);
  t.equal(code, 0);
  t.equal(stderr, '');
  t.strictSame(stdout.split('\n'), [
    'Verified: It speaks MCP 2025-11-25 and offers 1 tool, 1 prompt, 0 resources.',
    'server: small 1.0.0',
    'tools (1): search',
    'prompts (1): ask',
    '',
  ]);
});

t.test('any other reason: exit status 1, and the same document in the termination message', async (t) => {
  const at = await http(t, mcp({ tools: [] }));
  const file = path.join(t.testdir(), 'message');
  const { code, stdout } = await run([`http://${at}/mcp`, '-o', 'json', '--termination-message', file]);
  t.equal(code, 1);
  const found = JSON.parse(stdout);
  t.match(found, { reason: 'NoTools', server: { name: 'small' } });
  t.strictSame(readVerification(readFileSync(file, 'utf8')), { verification: found });
});

t.test('headers come from flags, variables and mounted Secrets, and are told nowhere', async (t) => {
  const open = mcp();
  const seen: unknown[] = [];
  const at = await http(t, (request, response) => {
    const { authorization, 'x-key': key, 'x-team': team } = request.headers;
    seen.push([authorization, key, team]);
    open(request, response);
  });
  const folder = t.testdir({ Authorization: 'Bearer from-a-file\n', '..data': {} });
  const flags = ['--header', 'X-Team: search: all', '--header-env', 'X-Key=KEY', '--headers-from', folder];
  const { code, stdout, stderr } = await run([`http://${at}/mcp`, ...flags], { KEY: 'from-a-variable' });
  t.equal(code, 0, stdout);
  t.ok(seen.length > 3);
  for (const one of seen) t.strictSame(one, ['Bearer from-a-file', 'from-a-variable', 'search: all']);
  t.notMatch(stdout + stderr, /from-a-/);
});

t.test('a header that cannot be sent is told in the termination message, without its value', async (t) => {
  const rows: [name: string, value: string, says: RegExp][] = [
    ['Authorization', 'Bearer secret\nmore', /Authorization: it must be .* on one line/],
    ['X-Key', 'secret €', /X-Key: it must be/],
    ['Content-Length', '5', /Content-Length: leave it out/],
    ['transfer-encoding', 'chunked', /transfer-encoding: leave it out/],
  ];
  for (const [name, value, says] of rows) {
    // The path is told, and of a long one there is no room for more.
    const folder = mkdtempSync(path.join(tmpdir(), 'h-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    writeFileSync(path.join(folder, name), value);
    const file = path.join(t.testdir(), 'message');
    const flags = ['--headers-from', folder, '--termination-message', file];
    t.equal((await run(['http://127.0.0.1:1/mcp', ...flags])).code, 2);
    const read = readVerification(readFileSync(file, 'utf8'));
    t.match(read, { problem: says });
    t.notMatch(JSON.stringify(read), 'secret');
  }
});

t.test('wrong use: what is wrong, the usage, and exit status 2', async (t) => {
  const url = 'http://127.0.0.1:1/mcp';
  const rows: [string[], RegExp][] = [
    [[], /^verify: which URL\?/],
    [[url, url], /what is this\?/],
    [['search'], /^search: must be a URL with http or https/],
    [['file:///etc/passwd'], /must be a URL with http or https/],
    [['http://me:secret@search/mcp'], /^the URL holds credentials: give them with --header/],
    [[url, '--transport', 'stdio'], /^--transport stdio: must be http or sse/],
    [[url, '--timeout', '0'], /^--timeout 0: must be a number of seconds/],
    [[url, '--timeout', 'soon'], /^--timeout soon: must be/],
    [[url, '-o', 'yaml'], /^--output yaml: must be text or json/],
    [[url, '--header', 'secret'], /^--header: must be 'NAME: VALUE'/],
    [[url, '--header', 'X-Key: secret\nvalue'], /^--header X-Key: it must be/],
    [[url, '--header-env', 'X-Key=NOT_SET'], /^--header-env X-Key=NOT_SET: must be/],
    [[url, '--headers-from', '/does/not/exist'], /^--headers-from \/does\/not\/exist: /],
    [[url, '--connect-to', 'there'], /^--connect-to there: must be HOST:PORT/],
    [[url, '--mood'], /--mood/],
  ];
  for (const [args, says] of rows) {
    const { code, stdout, stderr } = await run(args);
    t.equal(code, 2, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, says);
    t.match(stderr, 'smooth-runtime verify URL');
    t.notMatch(stderr, 'secret');
  }
});
