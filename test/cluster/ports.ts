import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';

/** Below what the kernel hands out by itself (ip(7), ip_local_port_range) and what Services of type NodePort get. */
const LOWEST = 10_000;
const HIGHEST = 29_999;

/**
 * A free port on loopback for a process that cannot be given port 0. At random from a range of which nobody else takes
 * any: between our look and its use neither a client's connection nor another cluster is likely to take it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST + 1);
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
