/** The figures of a result that reports are made of, in words. */
import type { Cpu } from './cpu.ts';
import type { Phase, Result } from './measure.ts';
import type { Fleet } from './servers.ts';

export const PHASES = [
  ['creation', 'creation'],
  ['change', 'image change'],
] as const;
export type PhaseKey = (typeof PHASES)[number][0];

export const rounded = (value: number) => String(Math.round(value * 100) / 100);

export const total = (counts: Record<string, number>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** @returns seconds of a phase, with what was missing at the limit. */
export function secondsOf(phase: Phase | undefined, limit: number): string {
  if (!phase) return 'not begun';
  const { seconds, pending } = phase;
  return seconds === undefined ? `> ${limit} (${pending} missing)` : seconds.toFixed(1);
}

/** @returns the same with its unit. */
export function duration(phase: Phase | undefined, limit: number): string {
  return phase?.seconds === undefined ? secondsOf(phase, limit) : `${secondsOf(phase, limit)} s`;
}

/** @returns CPU milliseconds per server; undefined where it has no such process, or the phase was not begun. */
export function cpuPerServer(
  result: Result,
  phase: PhaseKey | 'settled',
  ...who: (keyof Cpu)[]
): number | undefined {
  const spent = result[phase];
  const isThere = who.every((one) => (one !== 'metacontroller' && one !== 'hook') || result.peak[one]);
  if (!spent || !isThere) return undefined;
  return (who.reduce((sum, one) => sum + spent.cpu[one], 0) * 1000) / result.fleet.servers;
}

/** @returns the same as text. */
export function cpuOf(...asked: Parameters<typeof cpuPerServer>): string {
  return cpuPerServer(...asked)?.toFixed(1) ?? '-';
}

export const inWords = ({ servers, namespaces }: Fleet) => `${servers} servers in ${spreadOver(namespaces)}`;

export const spreadOver = (namespaces: number) => `${namespaces} namespace${namespaces === 1 ? '' : 's'}`;
