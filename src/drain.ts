/** When a stopping service may close its listeners. */
import timers from 'node:timers/promises';

/**
 * In milliseconds. Calls come until every kube-proxy has heard that the pod goes, which is a second or two on a quiet
 * cluster: `atLeast` for those who hear late and have not called yet, and then until nobody has called for `quiet`.
 */
export const DRAIN_MS = { atLeast: 5_000, quiet: 1_000, atMost: 15_000 };

/**
 * @param lastCall when the last call came, in milliseconds since the epoch; 0 for never.
 * @returns when no more are to be expected, or `atMost` has passed.
 */
export async function drained(lastCall: () => number): Promise<void> {
  const end = Date.now() + DRAIN_MS.atMost;
  let rest = DRAIN_MS.atLeast;
  while (rest > 0) {
    await timers.setTimeout(rest);
    const now = Date.now();
    rest = Math.min(lastCall() + DRAIN_MS.quiet, end) - now;
  }
}
