import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';

/**
 * Below what the kernel hands out by itself (ip(7), ip_local_port_range) and what Services of type NodePort get, and above
 * the kubelet's and kube-proxy's own (10248 to 10256): what is free here may have to be free on the real node as well.
 */
const LOWEST = 11_000;
const HIGHEST = 29_999;

/**
 * A free port on loopback for a process that cannot be given port 0. It is this process's as long as that lives: a port that
 * is only found free may be found free twice, where clusters start side by side and their processes take seconds to listen.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if ((await reserved(port)) && (await free(port))) return port;
  }
}

/**
 * By an abstract socket (unix(7)) of the port's name, of which there is one on a machine: whoever runs these tests beside us
 * asks the same, nothing is left in a file system, and the kernel takes it back when its process ends.
 */
async function reserved(port: number): Promise<boolean> {
  return (await listening({ path: `\0smooth-operator/port/${port}` })) !== undefined;
}

async function free(port: number): Promise<boolean> {
  const server = await listening({ port, host: '127.0.0.1' });
  server?.close();
  if (server) await once(server, 'close');
  return server !== undefined;
}

/** Undefined where somebody else does already. */
async function listening(where: net.ListenOptions): Promise<net.Server | undefined> {
  const server = net.createServer().unref().listen(where);
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  );
}
