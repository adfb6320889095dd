/** What keeps a server from being as wished, and what to do. */
import type { MCPServer, Phase } from '../../api/mcpserver.ts';
import { describe } from '../contract.ts';
import { holdsBack, isServing, type Observation } from './observation.ts';
import { VERIFIED } from './verification.ts';
import { isQuota, strategyFor } from './waits.ts';

const NO_RUNTIME_IMAGE =
  'The transport is stdio, and the bridge that serves it comes from the runtime image: whoever runs the operator has to set MCP_RUNTIME_IMAGE';
const LONGEST_MESSAGE = 2048;
/** What follows from the server itself, of which the other sentences speak. */
const SILENT: ReadonlySet<string> = new Set(['Creating', 'NotReady']);

/** @returns whole sentences; empty where nothing keeps it from that. */
export function explain(parent: MCPServer, observation: Observation, phase: Phase): string {
  const { problems, conflicts, terminating, missing, awaited, applied } = observation;
  const { waiting, rollout, rendered, kept } = observation;
  const sentences: string[] = [];
  if (problems.length > 0) {
    const running = rendered || kept ? 'the last good spec stays in place' : 'nothing is created';
    sentences.push(`The spec is invalid, so ${running}: ${problems.join('; ')}`);
  }
  for (const object of conflicts) {
    sentences.push(
      `${describe(object)} exists and is not owned by this MCPServer: delete or rename it, or give the MCPServer another name`,
    );
  }
  for (const object of terminating) {
    sentences.push(
      `${describe(object)} is not owned by this MCPServer and is terminating; its name is used once it is gone`,
    );
  }
  if (applied) sentences.push(applied.message);
  if (observation.lacksRuntime) {
    const held = rollout.stage === 'absent' ? 'no pod is made' : 'what runs stays as it is';
    sentences.push(`${NO_RUNTIME_IMAGE}, and until then ${held}`);
  }
  sentences.push(...missing, ...awaited);
  if (waiting.length > 0 && rollout.stage !== 'complete') {
    const isOld = rendered !== undefined && rendered.spec !== parent.spec;
    const made = isOld ? 'the pods of the last good spec are made' : 'no pod is made';
    const held = rollout.stage === 'absent' ? made : 'the running pods stay as they are';
    sentences.push(`Waiting, and until then ${held}: ${waiting.join('; ')}`);
  }
  if (waiting.length > 0 && rollout.stage === 'complete') {
    const who = observation.replicas > 0 ? 'the pods that run keep their values, and a new one' : 'a pod';
    sentences.push(`${waiting.join('; ')}: ${who} could not start`);
  }
  if (phase !== 'Stopped' && (rendered || kept)) sentences.push(...workloadTrouble(parent, observation));
  if (isServing(observation) && observation.unverified !== '') sentences.push(observation.unverified);
  for (const { finding } of observation.parts) {
    if (finding.type === VERIFIED && observation.unverified !== '') continue;
    if (finding.status === 'False' && !SILENT.has(finding.reason)) sentences.push(finding.message);
  }
  return sentences
    .map((one, index) => (index === 0 ? one : `${/[.?!]$/.test(sentences[index - 1]!) ? '' : '.'} ${one}`))
    .join('');
}

/** What the Deployment and its pods say. */
export function causesOf({ rollout, podTrouble }: Observation): string[] {
  const held = isQuota(rollout.trouble) ? 'quota' : podTrouble?.lacks;
  const strategy = rollout.keepsOldPods ? strategyFor(held) : '';
  return [rollout.trouble, podTrouble?.message ?? '', strategy].filter((one) => one !== '');
}

function workloadTrouble(parent: MCPServer, observation: Observation): string[] {
  const { rollout, replicas, conflicts, missing, awaited, waiting, service, lacksRuntime } = observation;
  const isHeld = waiting.length > 0 || lacksRuntime;
  const target = `${parent.metadata.namespace}/${parent.metadata.name}`;
  const causes = causesOf(observation);
  const reason = causes.length > 0 ? `: ${causes.join('; ')}` : '';
  const sentences: string[] = [];
  if (replicas === 0) {
    if (rollout.replicas > 0) sentences.push(`Deployment ${target}: stopping`);
  } else if (rollout.available < replicas) {
    if (rollout.stage !== 'absent' || !isHeld) {
      sentences.push(`Deployment ${target}: ${rollout.available} of ${replicas} pods available${reason}`);
    }
  } else if (
    (rollout.stage === 'rolling' || rollout.stage === 'stuck') &&
    !isHeld &&
    !holdsBack(observation)
  ) {
    sentences.push(`Deployment ${target}: rolling out, ${replicas} of ${replicas} pods available${reason}`);
  }
  const isSaid =
    conflicts.length + missing.length > 0 || awaited.some((one) => one.startsWith(`Service ${target} `));
  if (rollout.available > 0 && !service && !isSaid) {
    sentences.push(`Service ${target} is not there yet`);
  }
  return sentences;
}

export function shorten(text: string, longest = LONGEST_MESSAGE): string {
  // Half a character would come back from the API server as another one, and be a change on every sync.
  return text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`;
}
