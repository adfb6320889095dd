/**
 * What `smooth-runtime roll` ends with, the termination message of its pod: whether one Deployment carries the digest of what it
 * is to load.
 */
import { type Static, Type } from '@sinclair/typebox';
import { printable } from './printable.ts';
import { OneOf } from './schema.ts';
import { readMessage } from './terminationmessage.ts';

/** Every reason, with what to do. */
export const ROLL_REASONS = {
  Stamped: { remedy: '' },
  Forbidden: {
    remedy: 'Let the ServiceAccount patch this Deployment: docs/catalog.md has the Role',
  },
  NotFound: {
    remedy: 'Set litellm.file.rollout.deployment to the Deployment of LiteLLM, in the same namespace',
  },
  Refused: { remedy: 'See what refuses changes of this Deployment' },
  Unreachable: { remedy: 'See whether a NetworkPolicy keeps the pod from the API server' },
} as const;

export type RollReason = keyof typeof ROLL_REASONS;

export const RollReport = Type.Object({
  reason: OneOf(Object.keys(ROLL_REASONS) as RollReason[], { description: 'How it ended, in one word.' }),
  message: Type.String({ maxLength: 512, description: 'What was done, or what is in the way.' }),
});

export type RollReport = Static<typeof RollReport>;

/** @param message of any length. */
export function rollReport(reason: RollReason, message: string): RollReport {
  return { reason, message: printable(message, 512) };
}

/** @returns the report that a termination message holds, bounded and printable, or in one sentence why it holds none. */
export function readRollReport(text: string): { report: RollReport } | { problem: string } {
  const read = readMessage(RollReport, text);
  return 'problem' in read ? read : { report: read.document };
}
