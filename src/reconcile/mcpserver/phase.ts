/** One word for people: how a server is, on the whole. */
import type { MCPServerStatus, Phase } from '../../api/mcpserver.ts';
import { holdsBack, isAnswering, type Observation } from './observation.ts';
import type { Part } from './parts/part.ts';
import { isFresh } from './patience.ts';
import { IS_COMING, VERIFIED } from './verification.ts';

/** @param previous the phase that it had. */
export function phaseOf(observation: Observation, previous: Phase | undefined): Phase {
  const { problems, conflicts, missing, waiting, rollout, replicas, parts, lacksRuntime } = observation;
  const answers = isAnswering(observation);
  const fresh = isNew(observation, previous);
  if (problems.length > 0 || conflicts.length > 0 || holdsBack(observation))
    return answers ? 'Degraded' : 'Failed';
  if (missing.length > 0 || lacksRuntime) return answers ? 'Degraded' : 'Pending';
  switch (rollout.stage) {
    case 'absent':
      return waiting.length > 0 ? 'Pending' : 'Creating';
    case 'stuck':
      return answers ? 'Degraded' : 'Failed';
    case 'complete':
      if (replicas === 0) return 'Stopped';
      if (answers && rollout.available >= replicas && !parts.some(isWanting)) return 'Ready';
      return fresh && !parts.some(staysWanting) ? 'Creating' : 'Degraded';
    default:
      return fresh ? 'Creating' : 'Updating';
  }
}

function isNew({ rollout }: Observation, previous: Phase | undefined): boolean {
  return (
    rollout.stage === 'absent' || previous === undefined || previous === 'Pending' || previous === 'Creating'
  );
}

/** Whether a part is not ready and the server is not as wished without it. */
function isWanting({ counts, finding }: Part): boolean {
  return counts && finding.status !== 'True';
}

/** Whether a part is not on its way: an address that another has, or a server that did not pass. */
function staysWanting(part: Part): boolean {
  const { type, reason } = part.finding;
  return reason === 'AddressTaken' || (type === VERIFIED && isWanting(part) && !IS_COMING.has(reason));
}

/** That parts come one after the other is no news while there is nothing to be reached by them. */
export function settling(parts: Part[], previous: MCPServerStatus, now: string): Part[] {
  // Once it is said that nobody looks at it, it stays said.
  const said = previous.conditions?.some(({ reason }) => reason === 'NotSynced');
  const isPatient = isFresh(previous, now) && !said;
  const passing = new Set([
    ...(isPatient ? ['NotSynced'] : []),
    'Missing',
    'NoAddress',
    'NotAccepted',
    'Created',
    'Served',
    'Present',
    'Accepted',
  ]);
  return parts.map((part) =>
    passing.has(part.finding.reason)
      ? {
          ...part,
          finding: {
            ...part.finding,
            status: 'False',
            reason: 'Creating',
            message: 'The server has yet to answer',
          },
        }
      : part,
  );
}
