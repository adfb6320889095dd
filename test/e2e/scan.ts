/** `node scan.ts ADDRESS`: writes the TCP ports that something listens on, as a JSON list. Meant for addresses of pods, from their node. */
import net from 'node:net';

const AT_ONCE = 200;
const LAST = 65535;
const [, , address] = process.argv;
const open: number[] = [];
let next = 1;

await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next <= LAST) {
      const port = next++;
      if (await listens(port)) open.push(port);
    }
  }),
);
console.log(JSON.stringify(open.sort((a, b) => a - b)));

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Without a time limit, which a busy machine would take for an answer: a pod on the node refuses at once.
    const socket = net.connect({ host: address!, port });
    const end = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });
}
