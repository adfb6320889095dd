import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { poll, replaceable, supervise } from './process.ts';

const folder = () => mkdtempSync(path.join(tmpdir(), 'smooth-test-'));
const alive = (pid: number) => existsSync(`/proc/${pid}/exe`);

t.test('down asks guests, kills components, and leaves no folder', async (t) => {
  const dir = folder();
  const supervisor = await supervise({ dir });
  const component = await supervisor.startComponent('component', 'sleep', ['100']);
  const script = 'trap "exit 7" TERM; echo ready; while :; do sleep 0.01; done';
  const guest = await supervisor.start('guest', 'sh', ['-c', script], { env: { GREETING: 'hi' } });
  await supervisor.until('the trap is set', async () => readFileSync(guest.log, 'utf8') === 'ready\n');
  await supervisor.down();
  t.equal(await guest.exited, 7);
  t.equal(await component.exited, null);
  t.notOk(existsSync(dir));
});

t.test('whoever waits hears of a component that ended', async (t) => {
  const supervisor = await supervise({ dir: folder() });
  await supervisor.startComponent('broken', 'sh', ['-c', 'echo no such flag; exit 3']);
  await t.rejects(
    supervisor.until('the impossible', async () => false),
    /broken ended with 3:\nno such flag/,
  );
  await supervisor.down();
});

t.test('a component that is stopped on purpose is no failure, and is brought back as it was', async (t) => {
  const supervisor = await supervise({ dir: folder() });
  const start = () => supervisor.startComponent('component', 'sh', ['-c', 'echo $$; exec sleep 100']);
  const first = await start();
  const component = replaceable(first, start);
  const pids = async () => (await first.output()).trim().split('\n').map(Number);
  await supervisor.until('it runs', async () => (await pids())[0] === first.pid);
  await component.start();
  component.pause();
  const state = () => readFileSync(`/proc/${first.pid}/stat`, 'utf8').split(' ')[2];
  await supervisor.until('it is stopped', async () => state() === 'T');
  component.resume();
  await supervisor.until('it goes on', async () => state() !== 'T');
  t.same(await pids(), [first.pid], 'what runs is left as it is');
  await component.stop('SIGKILL');
  await component.stop('SIGKILL');
  await component.start();
  await supervisor.until('another runs', async () => (await pids()).length === 2);
  t.ok(alive((await pids())[1]!));
  await supervisor.down();
});

t.test('a killed owner leaves nothing, not even the children of its children', async (t) => {
  const dir = folder();
  const module = path.join(import.meta.dirname, 'process.ts');
  const owner = `
    const { supervise } = await import(${JSON.stringify(module)});
    const supervisor = await supervise({ dir: ${JSON.stringify(dir)} });
    const family = 'sleep 100 & echo $!; wait';
    const { log } = await supervisor.start('family', 'sh', ['-c', family]);
    console.log(log);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', owner], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [log] = await once(child.stdout, 'data');
  const file = String(log).trim();
  await poll('the grandchild runs', async () => /\d\n/.test(readFileSync(file, 'utf8')), 10);
  const grandchild = Number(readFileSync(file, 'utf8'));
  t.ok(alive(grandchild));
  child.kill('SIGKILL');
  await poll('the folder is gone', async () => !existsSync(dir), 10);
  t.notOk(alive(grandchild));
});
