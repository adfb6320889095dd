/** A port on loopback that leads to one of a pod, through the API server, by the rights of a kubeconfig. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
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

/** A connection that the API server refuses is closed at once: who connects sees that nobody answers. */
export async function forward(kubeConfig: KubeConfig, { namespace, pod, port }: PodPort): Promise<Forward> {
  const portForward = new PortForward(kubeConfig);
  const sockets = new Set<Socket>();
  const join = async (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    try {
      const tunnel = await portForward.portForward(namespace, pod, [port], socket, null, socket);
      if (typeof tunnel === 'function') return;
      tunnel.onclose = () => socket.end();
      socket.once('close', () => tunnel.close());
    } catch {
      socket.destroy();
    }
  };
  const server = createServer((socket) => void join(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
