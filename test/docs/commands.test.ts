/** Every command of the docs is run: here, by `commands.e2e.ts`, or by what the table names. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { parse } from 'yaml';
import { ELSEWHERE, HERE, PATIENT, ROOT, SCRIPTS, shownCommands } from './commands.ts';

const shown = shownCommands();
const scripted = Object.values(SCRIPTS)
  .flat()
  .map((line) => line.replace(/^setsid (.*) & \w+=\$!$/, '$1'));

t.test('every command is in a list, and every entry of a list is a command', async (t) => {
  for (const { file, command } of shown) {
    t.ok(command in HERE || scripted.includes(command) || command in ELSEWHERE, `${file}: ${command}`);
  }
  const commands = shown.map(({ command }) => command);
  for (const command of [...Object.keys(HERE), ...Object.keys(ELSEWHERE)])
    t.ok(commands.includes(command), command);
});

t.test('what is run elsewhere is there', async (t) => {
  for (const [command, { file, words }] of Object.entries(ELSEWHERE)) {
    t.ok(readFileSync(path.join(ROOT, file), 'utf8').includes(words), `${file}: ${command}`);
  }
});

t.test('the manifest of the README is the example', async (t) => {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const manifest = /^```yaml\n(.*?)^```$/ms.exec(readme)![1]!;
  t.strictSame(parse(manifest), parse(readFileSync(path.join(ROOT, 'examples/minimal.yaml'), 'utf8')));
});

t.test('what is run here gives what is shown', async (t) => {
  const bin = mkdtempSync(path.join(tmpdir(), 'npx-'));
  // As npx does in a clone that is built, but from the source.
  const npx = path.join(bin, 'npx');
  writeFileSync(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' '${ROOT}/src/cli.ts' "$@"\n`);
  chmodSync(npx, 0o755);
  const env = {
    PATH: `${bin}${path.delimiter}${process.env.PATH}`,
    HOST: '127.0.0.1',
    PORT: '0',
    ...PATIENT,
  };
  const service = spawn('npx', ['smooth-operator', 'serve'], { cwd: ROOT, env });
  t.teardown(async () => {
    service.kill('SIGKILL');
    await once(service, 'exit');
    rmSync(bin, { recursive: true });
  });
  const port = await portOf(service);

  for (const { command, output } of shown.filter(({ command }) => command in HERE)) {
    if (command === 'npx smooth-operator serve') continue;
    const { code, text } = await shell(command.replace('localhost:8080', `127.0.0.1:${port}`), env);
    t.equal(code, HERE[command], command);
    for (const line of output) t.ok(text.split('\n').includes(line), line);
    if (command.startsWith('curl')) {
      t.match(JSON.parse(text), { status: { phase: 'Creating' }, children: [{}, {}, {}] });
    }
  }
});

async function portOf(service: ChildProcess): Promise<string> {
  for await (const line of createInterface(service.stdout!)) {
    const port = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port) return port;
  }
  throw new Error('the service ended');
}

function shell(command: string, env: Record<string, string>): Promise<{ code: unknown; text: string }> {
  return new Promise((resolve) =>
    execFile('sh', ['-c', command], { cwd: ROOT, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, text: stdout + stderr }),
    ),
  );
}
