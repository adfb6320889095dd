/** What the operator is held to beside the small stub, and whether it keeps it. */
import { rounded } from './figures.ts';
import type { Result } from './measure.ts';

/** As a multiple of what the small stub takes with the same strategy, flags and workers. */
interface Limits {
  creation: { seconds: number; cpu?: number };
  change: { seconds: number; cpu?: number };
  /** CPU per server of the larger of GROWTH's fleets, as a multiple of the smaller's. */
  growth: number;
}

export const LIMITS: Record<string, Limits | undefined> = {
  ours: { creation: { seconds: 1.25 }, change: { seconds: 1.4 }, growth: 2 },
  lean: { creation: { seconds: 1.15, cpu: 1.5 }, change: { seconds: 1.2, cpu: 1.5 }, growth: 1.3 },
};

/** The sizes of fleet that the limits of growth are for. */
export const GROWTH = { from: 100, to: 1000 };

/**
 * Writes per server, without pods. A new server is its children, a status while it starts and another once it is there; of a
 * new image the Deployment is told, and both statuses. What a server says when it is asked is one status more.
 */
export const WRITES = {
  creation: ({ children, asks }: Pick<Result, 'children' | 'asks'>) =>
    children && children + 2 + Number(asks),
  change: ({ children, asks }: Pick<Result, 'children' | 'asks'>) => children && 1 + 2 + Number(asks),
};

/** @returns a figure as it is shown, with its limit where it has one. */
export function judged(value: number | undefined, limit: number | undefined): string {
  if (value === undefined) return '-';
  if (limit === undefined) return rounded(value);
  if (value <= limit) return `${rounded(value)} (≤ ${limit}: met)`;
  // What is missed by too little to show in the figure is missed all the same.
  const by = rounded(value - limit);
  return `${rounded(value)} (≤ ${limit}: missed by ${by === '0' ? 'less than 0.01' : by})`;
}
