import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { freePort } from './ports.ts';

/** One after another, each long done with by then: 300 of 19,000 would bring one twice by chance in nine runs of ten. */
const MANY = 300;

async function many(): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < MANY) ports.push(await freePort());
  return ports;
}

t.test('a port is handed out once, though nobody listens at it yet', async (t) => {
  t.equal(new Set(await many()).size, MANY);
});

t.test('no other process is handed it either', async (t) => {
  const ours = new Set(await many());
  const module = path.join(import.meta.dirname, 'ports.ts');
  const script = `const { freePort } = await import(${JSON.stringify(module)});
    console.log(JSON.stringify(await Promise.all(Array.from({ length: ${MANY} }, freePort))));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const theirs = JSON.parse(stdout) as number[];
  t.equal(theirs.length, MANY);
  t.strictSame(
    theirs.filter((port) => ours.has(port)),
    [],
  );
});
