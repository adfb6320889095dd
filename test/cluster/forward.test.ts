import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { addressesOf, forwards } from './forward.ts';
import { poll } from './process.ts';

/** Answers after its client has finished speaking: only half-open connections get there. */
const server = net.createServer({ allowHalfOpen: true }, async (socket) => {
  const from = socket.remoteAddress === '127.0.0.1' ? '' : ` from ${socket.remoteAddress}`;
  socket.end(`heard ${await text(socket)}${from}`);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as net.AddressInfo;
t.teardown(() => server.close());

async function say(through: number, words: string): Promise<string> {
  const socket = net.connect({ host: '127.0.0.1', port: through, allowHalfOpen: true });
  socket.end(words);
  return text(socket);
}

for (const way of ['directly', 'through the agent']) {
  t.test(`forwards ${way}`, async (t) => {
    let agent: string | undefined;
    if (way !== 'directly') {
      // Not below the checkout, for the path of a socket has at most 107 characters.
      const folder = mkdtempSync(path.join(tmpdir(), 'smooth-forward-'));
      t.teardown(() => rmSync(folder, { recursive: true }));
      agent = path.join(folder, 'agent.sock');
      const script = path.join(import.meta.dirname, 'forward-agent.ts');
      const child = spawn(process.execPath, [script, agent], { stdio: 'inherit' });
      t.teardown(() => child.kill());
      // A socket is in the file system a moment before anybody may connect to it.
      const listens = () =>
        new Promise<boolean>((resolve) => {
          const socket = net.connect(agent!, () => {
            socket.destroy();
            resolve(true);
          });
          socket.on('error', () => resolve(false));
        });
      await poll('the agent listens', listens, 60);
    }
    const { open, closeAll } = forwards(agent);
    const forward = await open('127.0.0.1', port);
    t.equal(await say(forward.port, 'one'), 'heard one');
    t.same(await Promise.all(['two', 'three'].map((words) => say(forward.port, words))), [
      'heard two',
      'heard three',
    ]);

    const elsewhere = addressesOf('127.1.0.0/24')[2]!;
    const { port: another } = await open('127.0.0.1', port, elsewhere);
    t.equal(await say(another, 'three'), 'heard three from 127.1.0.3');

    const nobody = await open('127.0.0.1', 1);
    await t.rejects(
      new Promise((resolve, reject) =>
        http.get({ port: nobody.port, agent: false }, resolve).on('error', reject),
      ),
      'what nobody answers inside breaks outside',
    );
    t.equal(await say(forward.port, 'still'), 'heard still');
    await closeAll();
    await t.rejects(say(forward.port, 'closed'));
  });
}
