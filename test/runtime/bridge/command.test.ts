/** The command as a process of its own, and its copy for an image that has nothing. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { startedFrom } from '../../../src/runtime/bridge/copy.ts';
import { poll } from '../../cluster/process.ts';
import { Harness, serverWith } from './harness.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const COMMAND = path.join(ROOT, 'src/runtime/main.ts');

/**
 * Without the hooks into modules that the runner puts into NODE_OPTIONS of all that is started from it: the compiler does not
 * start with them, and in another root they are not there.
 */
const CLEAN = ['-u', 'NODE_OPTIONS'];
const run = (command: string[]) => execFileSync('env', [...CLEAN, ...command], { cwd: ROOT, stdio: 'pipe' });

/** Starts a bridge and waits until it listens. */
async function started(t: Test, command: string[], args: string[]) {
  const child = spawn('env', [...CLEAN, ...command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const log: Record<string, unknown>[] = [];
  const lines = createInterface({ input: child.stdout });
  const listening = Promise.withResolvers<number>();
  lines.on('line', (line) => {
    const entry = JSON.parse(line) as Record<string, unknown>;
    log.push(entry);
    if (/listens/.test(String(entry.msg))) listening.resolve(Number(entry.port));
  });
  const exit = once(child, 'exit').then(([code]) => code as number);
  void exit.then((code) => listening.reject(new Error(`it ended with ${code} before it listened`)));
  return { url: `http://127.0.0.1:${await listening.promise}`, child, log, exit };
}

t.test('it serves until it is told to stop, and takes its processes with it', async (t) => {
  const args = ['bridge', '--port', '0', '--', ...serverWith()];
  const { url, child, log, exit } = await started(t, [process.execPath, COMMAND], args);
  t.equal((await fetch(`${url}/healthz`)).status, 200);
  child.kill('SIGINT');
  t.equal(await exit, 0);
  t.match(log.at(-1), { code: 0, time: /^\d{4}-/ });
});

t.test('no client ends it for want of memory', async (t) => {
  const memory = ['--max-semi-space-size=2', '--max-old-space-size=64'];
  const args = ['bridge', '--port', '0', '--sessions', 'shared', '--', ...serverWith()];
  const { url, log, child, exit } = await started(t, [process.execPath, ...memory, COMMAND], args);
  const bridge = new Harness({ port: Number(new URL(url).port), stop: async () => {} }, log);
  await bridge.ready();
  // None of them is longer than a message may be; as values they are a hundred megabytes.
  const many = `[${'{},'.repeat(1_390_000)}{}]`;
  t.equal((await bridge.post(many)).status, 400, 'many messages');
  const within = await bridge.post(`{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":${many}}}`);
  t.equal(within.status, 400, 'many values, of nobody that has a session');
  const { headers } = await bridge.session();
  const long = 'x'.repeat(4_000_000);
  const hanging = new AbortController();
  for (let id = 1; id <= 20; id++) {
    const params = { name: 'hang', arguments: { long }, _meta: { progressToken: id } };
    const call = JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params });
    // The stream begins with the progress that the server tells of: it has read the call.
    const { status } = await bridge.fetch(call, headers, { signal: hanging.signal });
    t.equal(status, 200, 'a long call that is not answered yet');
  }
  for (const [id, method] of ['resources/subscribe', 'resources/unsubscribe'].entries()) {
    for (const times of Array(10).keys()) {
      const params = { uri: `${times}${long}` };
      t.equal((await bridge.post({ jsonrpc: '2.0', id, method, params }, headers)).status, 400, method);
    }
  }
  t.equal((await fetch(`${url}/readyz`)).status, 200);
  hanging.abort();
  child.kill('SIGINT');
  t.equal(await exit, 0);
});

t.test('a port that is taken', async (t) => {
  const { url } = await started(
    t,
    [process.execPath, COMMAND],
    ['bridge', '--port', '0', '--', ...serverWith()],
  );
  const port = new URL(url).port;
  const second = spawn(process.execPath, [COMMAND, 'bridge', '--port', port, '--', ...serverWith()]);
  const [said, [code]] = await Promise.all([text(second.stdout), once(second, 'exit')]);
  t.match(said, /cannot listen at 127.0.0.1, port \d+.*EADDRINUSE/);
  t.equal(code, 1);
});

t.test('wrong use', async (t) => {
  const child = spawn(process.execPath, [COMMAND, 'bridge', '--port', '1'], { stdio: 'ignore' });
  t.equal((await once(child, 'exit'))[0], 2);
});

const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root' };
const compiled = path.join(ROOT, 'src/runtime/dist/runtime/main.js');
const folder = path.join(t.testdir({}), 'bridge');

t.test('the copy runs from its own folder, with its own libraries', async (t) => {
  // As the image has it: the compiled command, and beside it the bridge in one file.
  run(['npm', 'run', 'build', '--workspace=src/runtime']);
  run([process.execPath, compiled, 'copy-bridge', folder]);
  t.same(readdirSync(folder).sort(), ['bridge.mjs', 'lib', 'node']);
  t.ok(readdirSync(path.join(folder, 'lib')).includes('ld.so'));
  const bridge = await started(t, startedFrom(folder), ['--port', '0', '--', ...serverWith()]);
  t.equal((await fetch(`${bridge.url}/healthz`)).status, 200);
  bridge.child.kill('SIGINT');
  t.equal(await bridge.exit, 0);
});

t.test('it runs in a root that has nothing else, as a user that owns nothing', asRoot, async (t) => {
  const root = t.testdir({});
  cpSync(folder, path.join(root, 'bridge'), { recursive: true });
  const chroot = ['chroot', '--userspec=65532:65532', root, ...startedFrom('/bridge')];
  // Of programs there is only this one: Node.js itself stands in for the server.
  const server = [...startedFrom('/bridge').slice(0, 4), '-e', TINY_SERVER];
  const { url, child, exit } = await started(t, chroot, ['--port', '0', '--', ...server]);
  await poll('readiness', async () => (await fetch(`${url}/readyz`)).ok, 20);
  child.kill('SIGINT');
  t.equal(await exit, 0);
});

t.test('a volume that is mounted noexec is told', asRoot, async (t) => {
  const script = 'mount -t tmpfs -o noexec none "$1" && exec "$2" "$3" copy-bridge "$1/bridge"';
  const args = ['--mount', 'sh', '-c', script, 'sh', t.testdir({}), process.execPath, compiled];
  const child = spawn('env', [...CLEAN, 'unshare', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  t.equal(code, 1);
  t.match(said, /mounted noexec/);
});

const TINY_SERVER = `
const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'tiny', version: '1' } };
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  const answer = method === 'initialize' ? { result } : { error: { code: -32601, message: 'no' } };
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
}).on('close', () => process.exit(0));`;
