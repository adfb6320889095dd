/** The conditions of every server, before their times are known; those of its parts come from `parts.ts`. */
import type { Finding } from '../../api/condition.ts';
import type { MCPServer, Phase } from '../../api/mcpserver.ts';
import { describe } from '../contract.ts';
import { causesOf, shorten } from './message.ts';
import { holdsBack, isAnswering, isServing, type Observation } from './observation.ts';

/** Of a list of problems, each of which somebody has to find. */
const LONGEST_LIST = 16384;

/** @param trouble what keeps the server from being as wished; empty where nothing does. */
export function findings(
  parent: MCPServer,
  observation: Observation,
  phase: Phase,
  trouble: string,
): Finding[] {
  const { conflicts, applied } = observation;
  const list: Finding[] = [
    ready(observation, phase, trouble),
    progressing(observation, phase, trouble),
    specValid(observation),
    deploymentReady(parent, observation),
    serviceReady(parent, observation),
    ...observation.parts.map(({ finding }) => ({ ...finding, message: shorten(finding.message) })),
  ];
  if (applied) {
    const { reason, message } = applied;
    list.push({ type: 'ApplyStrategy', status: 'False', reason, message: shorten(message) });
  }
  if (conflicts.length > 0) {
    const names = conflicts.map(describe).join(', ');
    list.push({
      type: 'NameConflict',
      status: 'True',
      reason: 'NameTaken',
      message: `${names}: not owned by this MCPServer, left alone. Delete or rename it, or give the MCPServer another name`,
    });
  }
  return list;
}

function ready(observation: Observation, phase: Phase, trouble: string): Finding {
  const { rollout, replicas } = observation;
  if (isAnswering(observation)) {
    const message = `${Math.min(rollout.available, replicas)} of ${replicas} pods available`;
    return { type: 'Ready', status: 'True', reason: 'Available', message };
  }
  const unavailable = isServing(observation)
    ? 'NotVerified'
    : (observation.podTrouble?.reason ?? 'Unavailable');
  const reason = reasonOf(observation) ?? (replicas === 0 ? 'Stopped' : unavailable);
  const message = phase === 'Stopped' ? 'replicas is 0' : shorten(trouble || 'no pod is available');
  return { type: 'Ready', status: 'False', reason, message };
}

function progressing(observation: Observation, phase: Phase, trouble: string): Finding {
  const { rollout } = observation;
  const reason = reasonOf(observation);
  const type = 'Progressing';
  if (reason === 'ChildMissing' || reason === 'WaitingForSecret') {
    return { type, status: 'True', reason, message: shorten(trouble) };
  }
  if (reason) return { type, status: 'False', reason, message: shorten(trouble) };
  if (rollout.stage === 'complete') {
    return { type, status: 'False', reason: 'Complete', message: 'This generation is rolled out' };
  }
  return {
    type,
    status: 'True',
    reason: phase === 'Creating' ? 'Creating' : 'Updating',
    message: 'This generation is being rolled out',
  };
}

/** What stands in the way of the whole server, as one word; undefined where nothing does. */
function reasonOf(observation: Observation): string | undefined {
  const { problems, conflicts, missing, waiting, rollout, lacksRuntime } = observation;
  if (problems.length > 0) return 'InvalidSpec';
  if (conflicts.length > 0) return 'NameConflict';
  if (holdsBack(observation)) return 'ApplyStrategy';
  if (lacksRuntime) return 'NoRuntimeImage';
  if (missing.length > 0) return 'ChildMissing';
  if (waiting.length > 0 && rollout.stage !== 'complete') return 'WaitingForSecret';
  return rollout.stage === 'stuck' ? 'ProgressDeadlineExceeded' : undefined;
}

function specValid({ problems, tolerated }: Observation): Finding {
  const type = 'SpecValid';
  if (problems.length > 0) {
    return { type, status: 'False', reason: 'Invalid', message: shorten(problems.join('; '), LONGEST_LIST) };
  }
  if (tolerated.length === 0) return { type, status: 'True', reason: 'Valid', message: 'The spec is valid' };
  const message = `A new server like this would be refused by the policy; this one keeps running: ${tolerated.join('; ')}`;
  return { type, status: 'True', reason: 'Tolerated', message: shorten(message, LONGEST_LIST) };
}

function deploymentReady(parent: MCPServer, observation: Observation): Finding {
  const { rollout, replicas, podTrouble } = observation;
  const type = 'DeploymentReady';
  const target = `Deployment ${parent.metadata.namespace}/${parent.metadata.name}`;
  if (!isMade(observation)) return notMade(type, target);
  if (rollout.stage !== 'absent' && replicas === 0) {
    return { type, status: 'True', reason: 'Stopped', message: `${target}: replicas is 0` };
  }
  const available = Math.min(rollout.available, replicas);
  const causes = causesOf(observation).join('; ');
  const message = `${target}: ${available} of ${replicas} pods available${causes ? `: ${causes}` : ''}`;
  return available >= replicas && rollout.stage !== 'absent'
    ? { type, status: 'True', reason: 'Available', message: shorten(message) }
    : { type, status: 'False', reason: podTrouble?.reason ?? 'Unavailable', message: shorten(message) };
}

function serviceReady(parent: MCPServer, observation: Observation): Finding {
  const { service, rollout, replicas, conflicts } = observation;
  const type = 'ServiceReady';
  const target = `Service ${parent.metadata.namespace}/${parent.metadata.name}`;
  if (!isMade(observation) && !service) return notMade(type, target);
  if (!service && conflicts.some(({ kind }) => kind === 'Service')) {
    return {
      type,
      status: 'False',
      reason: 'NameConflict',
      message: `${target} is not owned by this MCPServer`,
    };
  }
  if (replicas === 0)
    return { type, status: 'False', reason: 'Stopped', message: `${target}: replicas is 0` };
  if (rollout.available === 0) {
    return { type, status: 'False', reason: 'NoPods', message: `${target}: no available pod behind it` };
  }
  return service
    ? { type, status: 'True', reason: 'Answering', message: `${target}: an available pod is behind it` }
    : { type, status: 'False', reason: 'Missing', message: `${target} is not there` };
}

/** Whether anything is to run: not where the first spec is invalid. */
function isMade({ rendered, kept, rollout }: Observation): boolean {
  return rendered !== undefined || kept || rollout.stage !== 'absent';
}

function notMade(type: string, target: string): Finding {
  return {
    type,
    status: 'False',
    reason: 'InvalidSpec',
    message: `${target} is not made: the spec is invalid`,
  };
}
