import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';

/**
 * A free port on loopback for a process that cannot be given port 0. From below the range that the kernel hands out by
 * itself, at random: between our look and its use neither a client's connection nor another cluster is likely to take it.
 */
export async function freePort(): Promise<number> {
  const [ephemeral = 32768] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .split(/\s/)
    .map(Number);
  const lowest = 10_000;
  const span = Math.max(ephemeral - lowest, 1000);
  for (;;) {
    const port = lowest + Math.floor(Math.random() * span);
    const server = net.createServer();
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
      return port;
    } catch {
      // Taken: another one.
    }
  }
}
