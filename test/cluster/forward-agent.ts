/**
 * The inner half of forward.ts: each connection's first line names a host, a port and perhaps the address to come from;
 * the rest is theirs. What breaks inside looks alike outside, a connection that ends: the log tells it apart.
 */
import net from 'node:net';
import { addressed, join } from './forward.ts';

const longestAddress = 300;

net
  .createServer({ allowHalfOpen: true }, (outside) => {
    let head = Buffer.alloc(0);
    outside.on('error', () => outside.destroy());
    outside.on('data', function read(chunk: Buffer) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\n');
      if (end < 0 && head.length > longestAddress) outside.destroy();
      if (end < 0) return;
      outside.pause().off('data', read);
      const [host = '', port, from] = head.toString('utf8', 0, end).split(' ');
      if (head.length > end + 1) outside.unshift(head.subarray(end + 1));
      const inside = net.connect(addressed(host, Number(port), from));
      inside.on('error', (error) => {
        const at = new Date().toISOString();
        console.error(`${at} ${host}:${port}: ${error.message}`);
      });
      join(outside, inside);
    });
  })
  .listen(process.argv[2]);
