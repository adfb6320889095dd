/** Processes that do what they should not. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { poll } from '../../cluster/process.ts';
import { bridgeTo, runs, serverWith, textOf } from './harness.ts';

t.test('one that dies in a call answers it at once, with its exit code and last words', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const silent = session.call('silent', {}, 'other');
  const { status, message } = await session.call('die', { code: 3 });
  t.equal(status, 200);
  t.match(message, {
    id: 1,
    error: {
      code: -32603,
      message: "the server's process ended with exit code 3; its last words: is full",
      data: { exitCode: 3, signal: null, stderr: ['the disk', 'is full'] },
    },
  });
  t.match((await silent).message, { id: 'other', error: { code: -32603 } }, 'and all that were in flight');
  t.equal((await session.call('pid')).status, 404, 'its session is over');
  t.ok(textOf(await (await bridge.session()).call('pid')), 'and a new one works');
  t.equal(await bridge.metric('mcp_bridge_child_exits_total{code="3"}'), 1);
});

t.test('one that dies at its start makes the bridge not ready, and says why', async (t) => {
  const bridge = await bridgeTo(t, serverWith('--dead'));
  await bridge.logged(/cannot be started/);
  const ready = await fetch(`${bridge.url}/readyz`);
  t.equal(ready.status, 503);
  t.equal(await ready.text(), "the server's process ended with exit code 7; its last words: no license key");
  t.equal((await fetch(`${bridge.url}/healthz`)).status, 200, 'a restart of the bridge would not help');
  const refused = await bridge.post({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} });
  t.equal(refused.status, 503);
  t.match(refused.headers.get('retry-after'), /^\d+$/);
  t.match(refused.message.error?.message, /exit code 7/);
  const { headers, body } = bridge.modern('tools/list');
  t.equal((await bridge.post(body, headers)).status, 503);
});

t.test('of its last words those are told that say why', async (t) => {
  const script = "throw new Error('no license key')";
  const bridge = await bridgeTo(t, [process.execPath, '-e', script]);
  await bridge.logged(/cannot be started/);
  t.match(
    await (await fetch(`${bridge.url}/readyz`)).text(),
    /exit code 1; its last words: Error: no license key$/,
  );
});

t.test('an error is told, and not what a program explains below it', async (t) => {
  const words = `ImportError: no git\n${'One way to have it.\n'.repeat(12)}raise: for an error`;
  const bridge = await bridgeTo(t, [
    process.execPath,
    '-e',
    `console.error(${JSON.stringify(words)}); process.exitCode = 1`,
  ]);
  await bridge.logged(/cannot be started/);
  t.match(await (await fetch(`${bridge.url}/readyz`)).text(), /its last words: ImportError: no git$/);
});

t.test('a program that is not there', async (t) => {
  const bridge = await bridgeTo(t, ['/nowhere/server']);
  await bridge.logged(/cannot be started/);
  t.match(
    await (await fetch(`${bridge.url}/readyz`)).text(),
    /could not be started: spawn \/nowhere\/server ENOENT/,
  );
});

t.test('one that never answers initialize', async (t) => {
  const bridge = await bridgeTo(t, serverWith('--never'), { startMs: 300 });
  const { message } = await bridge.post({ jsonrpc: '2.0', id: 5, method: 'initialize', params: {} });
  t.match(message, { id: 5, error: { code: -32603, message: /did not answer initialize within 0.3 s/ } });
  await bridge.logged(/cannot be started/);
  t.equal((await fetch(`${bridge.url}/readyz`)).status, 503);
});

t.test('one that never answers a call', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { requestMs: 200, idleMs: 400 });
  const session = await bridge.session();
  t.match((await session.call('silent')).message, { id: 1, error: { code: -32603, message: /in time/ } });
});

t.test('one that ignores the end of its stdin and SIGTERM is ended with what it started', async (t) => {
  const bridge = await bridgeTo(t, serverWith('--deaf'), { graceMs: 600 });
  const session = await bridge.session();
  const pid = Number(textOf(await session.call('pid')));
  const grandchild = Number(textOf(await session.call('fork')));
  const group = groupOf(grandchild);
  t.equal(group, pid, 'it is of the same group');
  await session.delete();
  await poll('the end of the group', async () => !groupIsThere(pid), 10);
  t.notOk(runs(pid));
});

t.test('what a process leaves behind is ended when it dies', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { graceMs: 600 });
  const session = await bridge.session();
  const pid = Number(textOf(await session.call('pid')));
  await session.call('fork');
  await session.call('die', { code: 1 });
  await poll('the end of the group', async () => !groupIsThere(pid), 10);
});

t.test('words on stdout that are no message are told once, and what follows works', async (t) => {
  const bridge = await bridgeTo(t, serverWith('--banner'));
  const session = await bridge.session();
  t.equal(textOf(await session.call('noise')), 'quiet again');
  t.equal(textOf(await session.call('noise')), 'quiet again');
  const told = bridge.log.filter(({ msg, session }) => session && /no message of MCP/.test(String(msg)));
  t.equal(told.length, 1);
  t.match(told[0], { line: 'Welcome to the server' });
});

t.test('a second answer to one request reaches nobody', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const { messages } = await session.call('twice');
  t.equal(messages.length, 1);
  t.equal(textOf(await session.call('echo', { text: 'next' })), 'next');
  const old = await bridge.session({}, '2025-03-26');
  const call = (id: string, name: string, args: object) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: args },
  });
  const batch = [call('a', 'twice', {}), call('b', 'slow', { text: 'last', ms: 100 })];
  const both = await bridge.post(batch, old.headers);
  t.strictSame(
    both.messages.map(({ id }) => id),
    ['a', 'b'],
    'nor does it stand for the answer to another of a batch',
  );
});

t.test('a flood of stderr slows nobody down, and the log has the session but not its id', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  t.equal(textOf(await session.call('flood', { bytes: 100_000_000 })), 'flooded');
  const lines = bridge.log.filter(({ stream }) => stream === 'stderr');
  t.ok(lines.length >= 100 && lines.length < 2_000, `${lines.length} lines`);
  t.ok(lines.every(({ msg }) => String(msg).length <= 2_000));
  t.match(lines[0], { session: /^[0-9a-f]{8}$/, pid: Number });
  t.notMatch(JSON.stringify(bridge.log), session.headers['mcp-session-id']!);
});

t.test('one that asks its client more than a thousand things at once is told', async (t) => {
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  const { message, messages } = await session.call('nag', { times: 1_001 });
  t.match(message.result, {
    content: [{ text: /"code":-32603,"message":"too many requests wait for the client"/ }],
  });
  t.equal(messages.filter(({ method }) => method === 'roots/list').length, 1_000);
});

t.test('an answer that is too long is told, and costs nobody else anything', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { maxMessageBytes: 100_000 });
  const session = await bridge.session();
  const slow = session.call('slow', { text: 'unharmed', ms: 200 });
  const { message } = await session.call('big', { bytes: 200_000 }, 'large');
  t.match(message, { id: 'large', error: { code: -32603, message: /longer than the bridge forwards/ } });
  t.equal(textOf(await slow), 'unharmed');
  t.equal(textOf(await session.call('big', { bytes: 90_000 }))?.length, 90_000);
});

t.test('a process has the environment of the bridge', async (t) => {
  process.env.BRIDGE_TEST = 'inherited';
  t.teardown(() => delete process.env.BRIDGE_TEST);
  const bridge = await bridgeTo(t, serverWith());
  const session = await bridge.session();
  t.equal(textOf(await session.call('environment', { name: 'BRIDGE_TEST' })), 'inherited');
});

function groupOf(pid: number): number {
  // The fifth field, after a name in parentheses that may hold anything.
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[2]);
}

function groupIsThere(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A server that does something and then goes on for ever, without ever answering again. */
const SERVER = `const rl = require('readline').createInterface({ input: process.stdin });
const send = (message, then) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n', then);
rl.on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'x', version: '1' } };
  if (method === 'initialize') send({ id, result });
  else if (params?.name) ({
    stdin: () => { send({ id, result: {} }); rl.close(); process.stdin.destroy(); require('fs').closeSync(0); },
    stdout: () => send({ id, result: {} }, () => require('fs').closeSync(1)),
    words: () => { process.stderr.write('earlier\\nfatal: no license', () => process.exit(3)); },
    answer: () => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result: {} }), () => process.exit(0)),
    helper: () => {
      const { pid } = require('child_process').spawn('sleep', ['300'], { detached: true, stdio: 'inherit' });
      send({ id, result: { pid } });
    },
  })[params.name]?.();
});
process.stdin.on('end', () => process.exit(0));
setInterval(() => {}, 1000);`;
const server: [string, ...string[]] = [process.execPath, '-e', SERVER];

for (const stream of ['stdin', 'stdout']) {
  t.test(`one that closes its ${stream} alone has ended`, async (t) => {
    const bridge = await bridgeTo(t, server);
    const session = await bridge.session();
    t.same((await session.call(stream)).message.result, {});
    // What comes before the bridge knows gets an error; what comes after finds no session.
    const { status, message } = await session.call('silent');
    if (status === 200) t.match(message.error?.message, new RegExp(`closed its ${stream} and `));
    else t.equal(status, 404);
    await bridge.logged(new RegExp(`closed its ${stream} and `));
  });
}

t.test('its last line counts without an end', async (t) => {
  const bridge = await bridgeTo(t, server);
  const failed = await (await bridge.session()).call('words');
  t.match(failed.message.error, { message: /its last words: fatal: no license/, data: { exitCode: 3 } });
  await bridge.logged(/^fatal: no license$/);
  t.same((await (await bridge.session()).call('answer')).message.result, {});
});

t.test('what left its group does not hold the ends of its pipes', async (t) => {
  const bridge = await bridgeTo(t, server);
  const pipes = () => process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;
  const before = pipes();
  const session = await bridge.session();
  const { pid } = (await session.call('helper')).message.result as { pid: number };
  t.teardown(() => process.kill(pid, 'SIGKILL'));
  await session.delete();
  await bridge.logged(/the server's process ended/);
  t.ok(runs(pid), 'it is nobody of ours');
  await poll('the pipes', async () => pipes() <= before, 10);
});

t.test('what it says of its own accord keeps no session that nobody uses', async (t) => {
  const bridge = await bridgeTo(t, serverWith(), { idleMs: 1_000 });
  const session = await bridge.session();
  await session.call('chat');
  const told: unknown[] = [];
  for await (const { method } of session.stream()) told.push(method);
  t.ok(told.includes('notifications/message'), 'its stream heard it, and has ended');
  t.equal((await session.call('pid')).status, 404);
});
