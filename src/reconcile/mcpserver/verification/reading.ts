/** What has come of the pod that asks a server what it is. What it says came from a stranger: nothing is told as it came. */
import { readVerification, type Verification } from '../../../api/verification.ts';
import { VERIFIER } from '../../../children/verification.ts';
import { exitOf, hasEnded, type Pod, timeOf } from '../pods/pod.ts';
import { reportOf } from '../pods/report.ts';
import { words } from '../pods/words.ts';

export type Reading =
  /** It runs, or has yet to: what keeps it, in a sentence; empty where nothing does that is known of. */
  | { state: 'open'; trouble: string }
  | { state: 'answered'; at: string; found: Verification }
  /** It ended without an answer: how, in a sentence. */
  | { state: 'failed'; at: string; trouble: string };

/** @returns when the container that asks ended; undefined while it has not. */
export function endOf(pod: Pod | undefined): string | undefined {
  const finished = stateOf(pod)?.terminated?.finishedAt;
  return finished && timeOf(finished);
}

function stateOf(pod: Pod | undefined) {
  return pod?.status?.containerStatuses?.find(({ name }) => name === VERIFIER)?.state;
}

/** @param now RFC 3339. */
export function readingOf(pod: Pod, now: string): Reading {
  const { metadata, status } = pod;
  const name = `Pod ${metadata.namespace}/${metadata.name}`;
  // Of a sidecar that somebody has put beside it, the pod may go on.
  const end = stateOf(pod)?.terminated;
  const at = timeOf(end?.finishedAt, status?.startTime, metadata.creationTimestamp) ?? now;
  if (end) {
    const read = readVerification(end.message ?? '');
    if ('verification' in read) return { state: 'answered', at, found: read.verification };
    return { state: 'failed', at, trouble: `${name} ended with ${exitOf(end)}: ${read.problem}` };
  }
  if (hasEnded(pod)) {
    const said = [status?.reason, words(status?.message)].filter(Boolean).join(': ');
    return { state: 'failed', at, trouble: `${name} was ended${said ? `: ${said}` : ' without a reason'}` };
  }
  return { state: 'open', trouble: reportOf([pod], undefined, now).trouble?.message ?? '' };
}
