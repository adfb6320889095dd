/**
 * The status of an MCPServer: phase, message, counts, addresses and conditions, from what is observed and nothing else.
 * The truth table that it follows stands in `docs/status.md` and is a test.
 */
import { type Finding, toConditions } from '../../api/condition.ts';
import type { MCPServer, MCPServerStatus, Phase } from '../../api/mcpserver.ts';
import { canonical } from '../../children/canonical.ts';
import { selectorOf } from '../../children/identity.ts';
import { serviceUrl } from '../../children/service.ts';
import type { Context, KubernetesObject } from '../contract.ts';
import type { Rollout } from './rollout.ts';

/** What was found out about a server, apart from its previous status. */
export interface Observation {
  /** What is wrong with the live spec, one sentence each. */
  problems: string[];
  /** The server as it is rendered: the live one, the last good one, or none. */
  rendered: MCPServer | undefined;
  /** Whether anything of it runs or is kept, though nothing could be rendered. */
  kept: boolean;
  /** How many pods the live spec wants. */
  replicas: number;
  rollout: Rollout;
  /** Whether the Service is there and ours. */
  service: boolean;
  /** Objects of other people that have a name we need. */
  taken: KubernetesObject[];
  /** Objects of a former server on their way out, whose names are ours once they are gone. */
  leaving: KubernetesObject[];
  /** Children that were asked for some time ago and are still not there, as `Kind namespace/name`. */
  missing: string[];
}

const LONGEST_MESSAGE = 2048;

export function statusOf(parent: MCPServer, observation: Observation, context: Context): MCPServerStatus {
  const previous = parent.status ?? {};
  const { rollout, replicas, rendered } = observation;
  const phase = phaseOf(observation, previous.phase);
  const trouble = explain(parent, observation, phase);
  const answers = isAnswering(observation);
  const counts = countsOf(rollout, replicas, previous);

  const status: MCPServerStatus = canonical({
    phase,
    message: trouble === '' ? undefined : shorten(trouble),
    observedGeneration: parent.metadata.generation,
    ...counts,
    ready: `${counts.readyReplicas}/${replicas}`,
    selector: Object.entries(selectorOf(parent))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    image: rendered?.spec.image,
    readiness: {
      deployment: rollout.stage !== 'absent' && rollout.available >= replicas,
      service: observation.service && rollout.available > 0,
    },
    endpoints:
      answers && rendered ? { service: serviceUrl(rendered, context.settings.clusterDomain) } : undefined,
    conditions: toConditions(
      findings(parent, observation, phase, trouble),
      previous.conditions ?? [],
      parent.metadata.generation,
      context.now,
    ),
  });
  return { ...status, lastUpdated: lastUpdated(status, previous, context.now) };
}

/** The server answers now, whatever generation serves. */
function isAnswering({ service, rollout, replicas }: Observation): boolean {
  return service && rollout.available > 0 && replicas > 0;
}

function phaseOf(observation: Observation, previous: Phase | undefined): Phase {
  const { problems, taken, missing, rollout, replicas } = observation;
  const answers = isAnswering(observation);
  const isNew =
    rollout.stage === 'absent' || previous === undefined || previous === 'Pending' || previous === 'Creating';
  if (problems.length > 0 || taken.length > 0) return answers ? 'Degraded' : 'Failed';
  if (missing.length > 0) return answers ? 'Degraded' : 'Pending';
  switch (rollout.stage) {
    case 'stuck':
      return answers ? 'Degraded' : 'Failed';
    case 'complete':
      if (replicas === 0) return 'Stopped';
      if (answers && rollout.available >= replicas) return 'Ready';
      return isNew ? 'Creating' : 'Degraded';
    default:
      return isNew ? 'Creating' : 'Updating';
  }
}

/** @returns what keeps the server from being as wished, and what to do; empty where nothing does. */
function explain(parent: MCPServer, observation: Observation, phase: Phase): string {
  const { problems, taken, leaving, missing, rollout, replicas, rendered, kept } = observation;
  const sentences: string[] = [];
  if (problems.length > 0) {
    const running = rendered || kept ? 'the last good spec stays in place' : 'nothing is created';
    sentences.push(`The spec is invalid, so ${running}: ${problems.join('; ')}`);
  }
  for (const object of taken) {
    sentences.push(
      `${describe(object)} exists and does not belong to this MCPServer: delete or rename it, or give the MCPServer another name`,
    );
  }
  for (const object of leaving) {
    sentences.push(
      `${describe(object)} is not ours and still being deleted; its name is used once it is gone`,
    );
  }
  for (const child of missing) {
    sentences.push(
      `${child} was asked for and is not there: the events of this MCPServer say why the API server refused it`,
    );
  }
  if (phase === 'Ready' || phase === 'Stopped') return sentences.join('. ');
  if (rendered || kept) {
    const target = `${parent.metadata.namespace}/${parent.metadata.name}`;
    if (replicas === 0) {
      if (rollout.replicas > 0) sentences.push(`Deployment ${target}: stopping`);
    } else if (rollout.available < replicas) {
      const reason = rollout.trouble ? `: ${rollout.trouble}` : '';
      sentences.push(`Deployment ${target}: ${rollout.available} of ${replicas} pods available${reason}`);
    } else if (rollout.stage === 'rolling' || rollout.stage === 'stuck') {
      const reason = rollout.trouble ? `: ${rollout.trouble}` : '';
      sentences.push(`Deployment ${target}: rolling out, all ${replicas} pods available${reason}`);
    }
    if (rollout.available > 0 && !observation.service && taken.length === 0 && missing.length === 0) {
      sentences.push(`Service ${target} is not there yet`);
    }
  }
  return sentences.join('. ');
}

function describe(object: KubernetesObject): string {
  return `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
}

/**
 * Pods as a user counts them: those that a rolling update adds for a while are left out, and so is a first pod that was
 * never ready. Both would be writes that say nothing new.
 */
function countsOf(rollout: Rollout, replicas: number, previous: MCPServerStatus) {
  const bounded = (observed: number, before = 0) => Math.min(observed, Math.max(replicas, before));
  const started = rollout.ready > 0 || (previous.replicas ?? 0) > 0;
  return {
    replicas: started ? bounded(rollout.replicas, previous.replicas) : 0,
    readyReplicas: bounded(rollout.ready, previous.readyReplicas),
    availableReplicas: bounded(rollout.available, previous.availableReplicas),
  };
}

function findings(parent: MCPServer, observation: Observation, phase: Phase, trouble: string): Finding[] {
  const { problems, taken } = observation;
  const list: Finding[] = [
    ready(observation, phase, trouble),
    progressing(observation, phase, trouble),
    problems.length === 0
      ? { type: 'SpecValid', status: 'True', reason: 'Valid', message: 'The spec is valid' }
      : {
          type: 'SpecValid',
          status: 'False',
          reason: 'Invalid',
          message: shorten(problems.join('; '), 16384),
        },
    deploymentReady(parent, observation),
    serviceReady(parent, observation),
  ];
  if (taken.length > 0) {
    const names = taken.map(describe).join(', ');
    list.push({
      type: 'NameConflict',
      status: 'True',
      reason: 'NameTaken',
      message: `${names}: not this MCPServer's, left alone. Delete or rename it, or give the MCPServer another name`,
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
  const reason = reasonOf(observation) ?? (replicas === 0 ? 'Stopped' : 'Unavailable');
  const message = phase === 'Stopped' ? 'replicas is 0' : shorten(trouble || 'no pod is available');
  return { type: 'Ready', status: 'False', reason, message };
}

function progressing(observation: Observation, phase: Phase, trouble: string): Finding {
  const { rollout } = observation;
  const reason = reasonOf(observation);
  const type = 'Progressing';
  if (reason === 'ChildMissing') return { type, status: 'True', reason, message: shorten(trouble) };
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
function reasonOf({ problems, taken, missing, rollout }: Observation): string | undefined {
  if (problems.length > 0) return 'InvalidSpec';
  if (taken.length > 0) return 'NameConflict';
  if (missing.length > 0) return 'ChildMissing';
  return rollout.stage === 'stuck' ? 'ProgressDeadlineExceeded' : undefined;
}

function deploymentReady(parent: MCPServer, observation: Observation): Finding {
  const { rollout, replicas } = observation;
  const type = 'DeploymentReady';
  const target = `Deployment ${parent.metadata.namespace}/${parent.metadata.name}`;
  if (rollout.stage !== 'absent' && replicas === 0) {
    return { type, status: 'True', reason: 'Stopped', message: `${target}: replicas is 0` };
  }
  const available = Math.min(rollout.available, replicas);
  const message = `${target}: ${available} of ${replicas} pods available${rollout.trouble ? `: ${rollout.trouble}` : ''}`;
  return available >= replicas && rollout.stage !== 'absent'
    ? { type, status: 'True', reason: 'Available', message: shorten(message) }
    : { type, status: 'False', reason: 'Unavailable', message: shorten(message) };
}

function serviceReady(parent: MCPServer, { service, rollout, replicas }: Observation): Finding {
  const type = 'ServiceReady';
  const target = `Service ${parent.metadata.namespace}/${parent.metadata.name}`;
  if (replicas === 0)
    return { type, status: 'False', reason: 'Stopped', message: `${target}: replicas is 0` };
  if (rollout.available === 0) {
    return { type, status: 'False', reason: 'NoPods', message: `${target}: no available pod behind it` };
  }
  return service
    ? { type, status: 'True', reason: 'Answering', message: `${target}: an available pod is behind it` }
    : { type, status: 'False', reason: 'Missing', message: `${target} is not there` };
}

function shorten(text: string, longest = LONGEST_MESSAGE): string {
  // Half a character would come back from the API server as another one, and be a change on every sync.
  return text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`;
}

/** Moves only when something else in the status does. */
function lastUpdated(status: MCPServerStatus, previous: MCPServerStatus, now: string): string {
  const { lastUpdated: before, ...rest } = previous;
  if (before === undefined) return now;
  const text = JSON.stringify(status);
  // The API server sorts its maps as canonical form does, so that sorting again is only for other callers.
  return JSON.stringify(rest) === text || JSON.stringify(canonical(rest)) === text ? before : now;
}
