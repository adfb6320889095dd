/**
 * A machine of network.ts, in a pod or outside the cluster. It listens at every port that another one may try, so that
 * "closed" never means that nobody listens, and it tries what it is told to, by HTTP at its control port.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import net from 'node:net';
import { json } from 'node:stream/consumers';
import { attempt, type Target } from './network-attempt.ts';

export const CONTROL_PORT = 7000;
/** By what the suites take them for. Each is open by TCP, the last two by UDP too. */
export const PORTS = { mcp: 8080, metrics: 9090, other: 8081, next: 5433, database: 5432, dns: 5353 };

/** Turns a question for a name into an answer that has none. */
function answerTo(question: Buffer): Buffer {
  question[2]! |= 0x80;
  return question;
}

// Arguments are more ports for TCP.
if (import.meta.main) {
  for (const port of [...Object.values(PORTS), ...process.argv.slice(2).map(Number)]) {
    net.createServer((socket) => socket.on('error', () => {}).end()).listen(port);
  }
  for (const port of [PORTS.database, PORTS.dns]) {
    const socket = createSocket('udp4').bind(port);
    socket.on('message', (question, from) => socket.send(answerTo(question), from.port, from.address));
  }
  createServer(async (request, response) => {
    const targets = (await json(request)) as Target[];
    response.end(JSON.stringify(await Promise.all(targets.map(attempt))));
  }).listen(CONTROL_PORT);
  process.on('SIGTERM', () => process.exit());
}
