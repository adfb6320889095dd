/** A stdio server behind streamable HTTP: its parts put together, and how they end. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { Front } from './front.ts';
import { Health } from './health.ts';
import { Metrics } from './metrics.ts';
import type { BridgeOptions } from './options.ts';
import { keepAlive } from './reply.ts';
import { Sessions } from './sessions.ts';
import { Shared } from './shared.ts';
import { Stateless } from './stateless.ts';

const MOST_SWEEP_MS = 5_000;
/** So often is looked whether everything in flight is answered. */
const LOOK_MS = 50;
/** Peers that are gone without a word are looked for after so long. */
const PROBE_PEERS_AFTER_MS = 30_000;
const KEEP_CONNECTIONS_MS = 75_000;
/** Of the time to end: how much of it those in flight may take. The rest is for the processes. */
const SHARE_IN_FLIGHT = 0.4;

export interface Bridge {
  port: number;
  /**
   * Takes no new sessions, lets finish what is in flight, and ends.
   * @param lingerMs how long it goes on for those who have not heard yet, if the grace period has room for it.
   */
  stop(lingerMs: number): Promise<void>;
}

/** @throws an error of the system's if it cannot listen there. */
export async function startBridge(options: BridgeOptions, log: Logger): Promise<Bridge> {
  const metrics = new Metrics();
  const shared = new Shared(options, metrics, log, () => health.doubt());
  const health: Health = new Health(async () => {
    await shared.prove();
    sessions.prepare();
  }, log);
  const sessions = new Sessions(options, shared, health, metrics, log);
  const stateless = new Stateless(shared, metrics);
  const front = new Front(options, { sessions, stateless, health, metrics, log });
  const server = createServer(
    { keepAlive: true, keepAliveInitialDelay: PROBE_PEERS_AFTER_MS, noDelay: true },
    front.handle,
  );
  // Longer than proxies keep a connection that they may use again: none is closed as a request comes.
  server.keepAliveTimeout = KEEP_CONNECTIONS_MS;
  // The server's own start takes longest, so it comes first.
  health.doubt();
  const end = async () => {
    health.stop();
    await Promise.all([sessions.stop(), shared.stop()]);
  };
  try {
    server.listen(options.port, options.host);
    await once(server, 'listening');
  } catch (error) {
    await end();
    throw error;
  }
  const stopKeepingAlive = keepAlive(options.keepAliveMs);
  const sweep = setInterval(
    () => {
      const now = Date.now();
      sessions.sweep(now);
      shared.sweep(now);
    },
    Math.min(options.idleMs / 4, MOST_SWEEP_MS),
  );
  sweep.unref();

  return {
    port: (server.address() as AddressInfo).port,
    async stop(lingerMs) {
      front.draining = true;
      const begin = Date.now();
      const last = begin + options.graceMs * SHARE_IN_FLIGHT;
      while (Date.now() < last && (front.busy || Date.now() < begin + lingerMs)) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      clearInterval(sweep);
      server.close();
      await end();
      stopKeepingAlive();
      server.closeAllConnections();
    },
  };
}
