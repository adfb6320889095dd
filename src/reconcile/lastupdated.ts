/** When a status last said something new. */
import { canonical } from '../children/canonical.ts';

/**
 * @param status without `lastUpdated`, in canonical form.
 * @param previous the status that the parent carries.
 * @returns RFC 3339: `now` where anything differs, else the time from before.
 */
export function lastUpdated(status: object, previous: { lastUpdated?: string }, now: string): string {
  const { lastUpdated: before, ...rest } = previous;
  if (before === undefined) return now;
  const text = JSON.stringify(status);
  // The API server sorts its maps as canonical form does, so that sorting again is only for other callers.
  return JSON.stringify(rest) === text || JSON.stringify(canonical(rest)) === text ? before : now;
}
