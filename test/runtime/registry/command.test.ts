/** `smooth-runtime registry` as a process of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { listed, write } from './harness.ts';

const MAIN = path.resolve(import.meta.dirname, '../../../src/runtime/main.ts');

async function started(t: Test, args: string[]) {
  const child = spawn(process.execPath, [MAIN, 'registry', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit').then(([code]) => code as number);
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
    if (/listens/.test(msg)) return { url: `http://127.0.0.1:${port}`, port, child, exit };
  }
  throw new Error('it ended before it listened');
}

function ended(...args: string[]): Promise<{ code: unknown; output: string }> {
  return new Promise((resolve) =>
    execFile(process.execPath, [MAIN, 'registry', ...args], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    ),
  );
}

t.test('it serves until it is told to stop', async (t) => {
  const file = path.join(t.testdir({}), 'registry.json');
  write(file, [listed('aa')]);
  const { url, port, child, exit } = await started(t, ['--file', file, '--port', '0']);
  t.match(await (await fetch(`${url}/v0.1/servers`)).json(), { metadata: { count: 1 } });
  const second = await ended('--file', file, '--port', String(port));
  t.equal(second.code, 1);
  t.match(second.output, /cannot listen at 127\.0\.0\.1, port \d+: .*EADDRINUSE/);
  child.kill('SIGINT');
  t.equal(await exit, 0);
});

t.test('wrong use is told with the usage', async (t) => {
  const cases: [string[], RegExp][] = [
    [[], /^--file is missing/],
    [['--file', 'aa'], /^--port is missing/],
    [['--file', 'aa', '--port', '65536'], /^--port 65536: must be a whole number from 0 to 65535/],
    [['--file', 'aa', '--port', '80', '--write'], /--write/],
    [['--port', '80', ...Array.from({ length: 65 }, () => ['--file', 'aa']).flat()], /^--file: at most 64/],
  ];
  for (const [args, words] of cases) {
    const { code, output } = await ended(...args);
    t.equal(code, 2);
    t.match(output, words);
    t.match(output, /smooth-runtime registry --file PATH --port PORT/);
  }
});
