/** Whether one machine gets through to another: what runs wherever the attempt is to come from. */
import { NODATA, NOTFOUND } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import net from 'node:net';

export interface Target {
  protocol: 'TCP' | 'UDP';
  /** An address. */
  host: string;
  port: number;
  /** The address to come from, where the machine has several. */
  from?: string;
}

/** Longer than an answer takes on a machine that is busy; what is closed refuses at once. */
const PATIENCE_MS = 5000;

/** @returns whether there is a way: a connection by TCP, by UDP an answer to a question for a name. */
export function attempt(target: Target): Promise<boolean> {
  return target.protocol === 'TCP' ? connects(target) : answers(target);
}

function connects({ host, port, from }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host, port, timeout: PATIENCE_MS, ...(from && { localAddress: from }) };
    const socket = net.connect(options);
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
    socket.on('timeout', () => end(false));
  });
}

async function answers({ host, port }: Target): Promise<boolean> {
  const resolver = new Resolver({ timeout: PATIENCE_MS, tries: 1 });
  resolver.setServers([`${host}:${port}`]);
  return resolver.resolve4('kubernetes.default.svc.cluster.local').then(
    () => true,
    // That there is no such name is an answer, too.
    ({ code }) => code === NODATA || code === NOTFOUND,
  );
}
