/**
 * The status of an MCPServer: phase, message, counts, addresses and conditions, from what is observed and nothing else.
 * The truth table that it follows stands in `docs/status.md` and is a test.
 */
import { type Finding, toConditions } from '../../api/condition.ts';
import type { MCPServer, MCPServerStatus, Phase } from '../../api/mcpserver.ts';
import { canonical } from '../../children/canonical.ts';
import { selectorOf } from '../../children/identity.ts';
import { resolveImage } from '../../children/image.ts';
import { metricsUrl, serviceUrl } from '../../children/service.ts';
import type { Context, KubernetesObject } from '../contract.ts';
import type { Part } from './parts/part.ts';
import type { Trouble } from './pods/pod.ts';
import type { Rollout } from './rollout.ts';
import { strategyFor } from './waits.ts';

/** What was found out about a server, apart from its previous status. */
export interface Observation {
  /** When what is new came about, for timestamps. */
  moment: string;
  /** What is wrong with the live spec, one sentence each. */
  problems: readonly string[];
  /** In what it breaks a policy that came later, one sentence each. */
  tolerated: readonly string[];
  /** The server as it is rendered: the live one, the last good one, or none. */
  rendered: MCPServer | undefined;
  /** Whether anything of it runs or is kept, though nothing could be rendered. */
  kept: boolean;
  /** How many pods the live spec wants. */
  replicas: number;
  rollout: Rollout;
  /** What the pods say is wrong with them. */
  podTrouble: Trouble | undefined;
  /** Whether the Service is there and ours. */
  service: boolean;
  /** Objects of other people that have a name we need. */
  taken: readonly KubernetesObject[];
  /** Objects of a former server on their way out, whose names are ours once they are gone. */
  leaving: readonly KubernetesObject[];
  /** Children that were asked for some time ago and are still not there, as `Kind namespace/name`. */
  missing: readonly string[];
  /** What the pods need and is not there, one sentence each. */
  waiting: readonly string[];
  /** What there is beside workload and Service. */
  parts: Part[];
}

const LONGEST_MESSAGE = 2048;
/** Of a list of problems, each of which somebody has to find. */
const LONGEST_LIST = 16384;
/** Long enough for a child to show up in a watch, short enough for someone who waits. */
export const PATIENCE_MS = 10_000;

export function statusOf(parent: MCPServer, given: Observation, context: Context): MCPServerStatus {
  const previous = parent.status ?? {};
  const phase = phaseOf(given, previous.phase);
  const isSettling = !isAnswering(given) && (phase === 'Pending' || phase === 'Creating');
  const observation = isSettling ? { ...given, parts: settling(given.parts, previous, context.now) } : given;
  const { rollout, replicas, rendered, parts } = observation;
  const trouble = explain(parent, observation, phase);
  const answers = isAnswering(observation);
  const counts = countsOf(rollout, replicas, previous);
  const { settings } = context;

  const status: MCPServerStatus = canonical({
    phase,
    message: trouble === '' ? undefined : shorten(trouble),
    observedGeneration: parent.metadata.generation,
    ...counts,
    ready: `${counts.readyReplicas}/${replicas}`,
    selector: Object.entries(selectorOf(parent))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    image: rendered && resolveImage(rendered.spec, settings),
    readiness: {
      deployment: rollout.stage !== 'absent' && rollout.available >= replicas,
      service: observation.service && rollout.available > 0,
      ...Object.fromEntries(
        parts.flatMap(({ readiness, finding }) =>
          readiness ? [[readiness, finding.status === 'True']] : [],
        ),
      ),
    },
    endpoints:
      answers && rendered
        ? {
            service: serviceUrl(rendered, settings.clusterDomain),
            metrics: metricsUrl(rendered, settings.clusterDomain),
            public: parts.find(({ url, finding, serves }) => url && (serves || finding.status === 'True'))
              ?.url,
          }
        : undefined,
    conditions: toConditions(
      findings(parent, observation, phase, trouble),
      previous.conditions ?? [],
      parent.metadata.generation,
      observation.moment,
    ),
  });
  return { ...status, lastUpdated: lastUpdated(status, previous, observation.moment) };
}

function isNew({ rollout }: Observation, previous: Phase | undefined): boolean {
  return (
    rollout.stage === 'absent' || previous === undefined || previous === 'Pending' || previous === 'Creating'
  );
}

/** Whether a status has changed so lately that what is not there may well be on its way. */
export function isFresh(status: MCPServerStatus | undefined, now: string): boolean {
  return Date.parse(now) - Date.parse(status?.lastUpdated ?? now) < PATIENCE_MS;
}

/** That parts come one after the other is no news while there is nothing to be reached by them. */
function settling(parts: Part[], previous: MCPServerStatus, now: string): Part[] {
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

/** The server answers now, whatever generation serves. */
function isAnswering({ service, rollout, replicas }: Observation): boolean {
  return service && rollout.available > 0 && replicas > 0;
}

function phaseOf(observation: Observation, previous: Phase | undefined): Phase {
  const { problems, taken, missing, waiting, rollout, replicas, parts } = observation;
  const answers = isAnswering(observation);
  const fresh = isNew(observation, previous);
  if (problems.length > 0 || taken.length > 0) return answers ? 'Degraded' : 'Failed';
  if (missing.length > 0) return answers ? 'Degraded' : 'Pending';
  switch (rollout.stage) {
    case 'absent':
      return waiting.length > 0 ? 'Pending' : 'Creating';
    case 'stuck':
      return answers ? 'Degraded' : 'Failed';
    case 'complete':
      if (replicas === 0) return 'Stopped';
      if (answers && rollout.available >= replicas && !parts.some(isWanting)) return 'Ready';
      // An address that another has is not on its way.
      return fresh && !parts.some(({ finding }) => finding.reason === 'AddressTaken')
        ? 'Creating'
        : 'Degraded';
    default:
      return fresh ? 'Creating' : 'Updating';
  }
}

/** Whether a part is not ready and the server is not as wished without it. */
function isWanting({ counts, finding }: Part): boolean {
  return counts && finding.status !== 'True';
}

/** @returns what keeps the server from being as wished, and what to do; empty where nothing does. */
function explain(parent: MCPServer, observation: Observation, phase: Phase): string {
  const { problems, taken, leaving, missing, waiting, rollout, rendered, kept } = observation;
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
  if (waiting.length > 0 && rollout.stage !== 'complete') {
    const held = rollout.stage === 'absent' ? 'no pod is made' : 'the running pods stay as they are';
    sentences.push(`Waiting, and until then ${held}: ${waiting.join('; ')}`);
  }
  if (waiting.length > 0 && rollout.stage === 'complete') {
    const who = observation.replicas > 0 ? 'the pods that run keep their values, and a new one' : 'a pod';
    sentences.push(`${waiting.join('; ')}: ${who} could not start`);
  }
  if (phase !== 'Stopped' && (rendered || kept)) sentences.push(...workloadTrouble(parent, observation));
  for (const { finding } of observation.parts) {
    if (finding.status === 'False' && finding.reason !== 'Creating') sentences.push(finding.message);
  }
  return sentences
    .map((one, index) => (index === 0 ? one : `${/[.?!]$/.test(sentences[index - 1]!) ? '' : '.'} ${one}`))
    .join('');
}

/** What the Deployment and its pods say. */
function causesOf({ rollout, podTrouble }: Observation): string[] {
  const held = /exceeded quota/.test(rollout.trouble) ? 'quota' : podTrouble?.lacks;
  const strategy = rollout.keepsOldPods ? strategyFor(held) : '';
  return [rollout.trouble, podTrouble?.message ?? '', strategy].filter((one) => one !== '');
}

function workloadTrouble(parent: MCPServer, observation: Observation): string[] {
  const { rollout, replicas, taken, missing, waiting, service } = observation;
  const target = `${parent.metadata.namespace}/${parent.metadata.name}`;
  const causes = causesOf(observation);
  const reason = causes.length > 0 ? `: ${causes.join('; ')}` : '';
  const sentences: string[] = [];
  if (replicas === 0) {
    if (rollout.replicas > 0) sentences.push(`Deployment ${target}: stopping`);
  } else if (rollout.available < replicas) {
    if (rollout.stage !== 'absent' || waiting.length === 0) {
      sentences.push(`Deployment ${target}: ${rollout.available} of ${replicas} pods available${reason}`);
    }
  } else if ((rollout.stage === 'rolling' || rollout.stage === 'stuck') && waiting.length === 0) {
    sentences.push(`Deployment ${target}: rolling out, all ${replicas} pods available${reason}`);
  }
  if (rollout.available > 0 && !service && taken.length === 0 && missing.length === 0) {
    sentences.push(`Service ${target} is not there yet`);
  }
  return sentences;
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
  const { taken } = observation;
  const list: Finding[] = [
    ready(observation, phase, trouble),
    progressing(observation, phase, trouble),
    specValid(observation),
    deploymentReady(parent, observation),
    serviceReady(parent, observation),
    ...observation.parts.map(({ finding }) => ({ ...finding, message: shorten(finding.message) })),
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
  const unavailable = observation.podTrouble?.reason ?? 'Unavailable';
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
function reasonOf({ problems, taken, missing, waiting, rollout }: Observation): string | undefined {
  if (problems.length > 0) return 'InvalidSpec';
  if (taken.length > 0) return 'NameConflict';
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
  const message = `The policy would refuse it anew, and lets what it found run on: ${tolerated.join('; ')}`;
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
  const { service, rollout, replicas, taken } = observation;
  const type = 'ServiceReady';
  const target = `Service ${parent.metadata.namespace}/${parent.metadata.name}`;
  if (!isMade(observation) && !service) return notMade(type, target);
  if (!service && taken.some(({ kind }) => kind === 'Service')) {
    return { type, status: 'False', reason: 'NameConflict', message: `${target} is somebody else's` };
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
