/** Many requests to the API server, as fast as Metacontroller itself is allowed to send them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FAST } from '../../test/e2e/operator.ts';

/** Runs a request for each item in order: at most 20 at once, and after a first burst at most 500 a second. */
export async function inFlight<T>(items: readonly T[], send: (item: T) => Promise<unknown>): Promise<void> {
  const began = performance.now();
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) {
      const due = began + (Math.max(0, index - FAST.burst) / FAST.qps) * 1000;
      if (due > performance.now()) await sleep(due - performance.now());
      await send(item);
    }
  };
  await Promise.all(Array.from({ length: FAST.workers }, worker));
}
