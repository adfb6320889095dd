/** When a stopping service may close its listeners. */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import timers from 'node:timers/promises';

/**
 * In milliseconds. Calls come until every kube-proxy has heard that the pod goes, which is a second or two on a quiet
 * cluster: `atLeast` for those who hear late and have not called yet, and then until nobody has called for `quiet`.
 */
export const DRAIN_MS = { atLeast: 5_000, quiet: 1_000, atMost: 15_000 };

/**
 * @param servers whose calls count, from now on. Calls are POSTs: probes and scrapes go on for as long as the pod is there.
 * @returns what, once the service stops, resolves when no more calls are to be expected, or `atMost` has passed.
 */
export function drainOf(servers: readonly EventEmitter[]): () => Promise<void> {
  let calledAt = 0;
  for (const server of servers) {
    server.on('request', ({ method }: IncomingMessage) => {
      if (method === 'POST') calledAt = Date.now();
    });
  }
  return async () => {
    const end = Date.now() + DRAIN_MS.atMost;
    let rest = DRAIN_MS.atLeast;
    while (rest > 0) {
      await timers.setTimeout(rest);
      rest = Math.min(calledAt + DRAIN_MS.quiet, end) - Date.now();
    }
  };
}
