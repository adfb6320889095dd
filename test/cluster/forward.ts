/**
 * Loopback ports outside that lead to addresses as the node sees them. The real node has a network of its own, but unix
 * sockets are found through the file system, from any network: an agent inside (forward-agent.ts) listens on one.
 */
import { once } from 'node:events';
import net from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Forward } from './cluster.ts';
import { freePort } from './ports.ts';

export interface Forwards {
  /**
   * Without a port: to the same one that is opened outside. It is then one that the kernel hands out on neither side.
   * @param from the address that the connections come from, one of the node's own; whichever fits unless told.
   */
  open(host: string, port?: number, from?: string): Promise<Forward>;
  closeAll(): Promise<void>;
}

/** @param agent path of the agent's unix socket; without one, addresses are reached directly. */
export function forwards(agent?: string): Forwards {
  const opened = new Set<Forward>();
  return {
    async open(host, port, from) {
      const forward = await listen(
        (outside) => {
          const target = port ?? outside;
          if (!agent) return net.connect(addressed(host, target, from));
          const inside = net.connect({ path: agent, allowHalfOpen: true });
          inside.write(`${[host, target, from].filter(Boolean).join(' ')}\n`);
          return inside;
        },
        port === undefined ? await freePort() : 0,
      );
      opened.add(forward);
      return forward;
    },
    async closeAll() {
      await Promise.all([...opened].map((each) => each.close()));
    },
  };
}

/** Options of a connection: with `from`, of one that comes from that address of this machine. */
export function addressed(host: string, port: number, from?: string): net.TcpNetConnectOpts {
  return { host, port, allowHalfOpen: true, ...(from && { localAddress: from }) };
}

/** The hosts of a /24: what can be the `from` of a forward, where the node takes the whole range for its own. */
export function addressesOf(range: string): string[] {
  const start = range.replace(/0\/24$/, '');
  return Array.from({ length: 254 }, (_, index) => `${start}${index + 1}`);
}

async function listen(connect: (outside: number) => net.Socket, at: number): Promise<Forward> {
  const connections = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    connections.add(client);
    client.once('close', () => connections.delete(client));
    join(client, connect(port));
  });
  server.listen(at, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    async close() {
      for (const each of connections) each.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Lets two connections speak to each other. Where one breaks, the other does. */
export function join(one: net.Socket, other: net.Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const)
    pipeline(from, to).catch(() => {
      one.destroy();
      other.destroy();
    });
}
