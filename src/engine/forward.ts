/** A port on loopback that leads to one of a pod, through the API server, by the rights of a kubeconfig. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type KubeConfig, PortForward } from '@kubernetes/client-node';

export interface PodPort {
  namespace: string;
  pod: string;
  port: number;
}

export interface Forward {
  /** `HOST:PORT`. */
  address: string;
  close(): void;
}

/**
 * A connection that the API server refuses is closed at once: who connects sees that nobody answers.
 * @param target where a new connection is to lead: pods come and go.
 * @param localPort of loopback; another one that is free where it is taken.
 */
export async function forward(
  kubeConfig: KubeConfig,
  target: () => Promise<PodPort>,
  localPort = 0,
): Promise<Forward> {
  const portForward = new PortForward(kubeConfig);
  const sockets = new Set<Socket>();
  const join = async (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    try {
      const { namespace, pod, port } = await target();
      const tunnel = await portForward.portForward(namespace, pod, [port], socket, null, socket);
      if (typeof tunnel === 'function') return;
      tunnel.onclose = () => socket.end();
      socket.once('close', () => tunnel.close());
    } catch {
      socket.destroy();
    }
  };
  const server = createServer((socket) => void join(socket));
  await listen(server, localPort);
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await listen(server, 0);
  }
}
