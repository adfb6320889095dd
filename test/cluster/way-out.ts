/** On the node: whoever connects to HOST:PORT there reaches the unix socket of a process outside. `way-out.ts HOST PORT SOCKET` */
import net from 'node:net';
import { join } from './forward.ts';

const [host, port, socket] = process.argv.slice(2) as [string, string, string];

net
  .createServer({ allowHalfOpen: true }, (inside) =>
    join(inside, net.connect({ path: socket, allowHalfOpen: true })),
  )
  .listen(Number(port), host, () => console.log(`listens at ${host}:${port}`));
