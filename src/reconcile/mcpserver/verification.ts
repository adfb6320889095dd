/**
 * What the running server says it is: whether it is to be asked now, by a pod that is its child, and what came of it. A
 * result is known by its question, so that nobody asks again what the status answers, and a lost status asks anew.
 */
import type { Finding } from '../../api/condition.ts';
import type { MCPServer, MCPServerStatus } from '../../api/mcpserver.ts';
import { REASONS, type Verification } from '../../api/verification.ts';
import { nameOf, VERIFIES } from '../../children/identity.ts';
import { verificationPod, verifyDeadline } from '../../children/verification.ts';
import { type KubernetesObject, kindKey } from '../contract.ts';
import { POD } from './kinds.ts';
import type { Part } from './parts/part.ts';
import type { Plan } from './plan.ts';
import type { Pod } from './pods/pod.ts';
import type { Rollout } from './rollout.ts';
import { currentQuestion } from './verification/question.ts';
import { readingOf } from './verification/reading.ts';
import type { View } from './view.ts';

export const VERIFIED = 'Verified';
/** Reasons of a result that is on its way. */
export const IS_COMING: ReadonlySet<string> = new Set(['Pending', 'Asking', 'Stopped']);

/** What becomes of it in this sync. */
export interface Judgement {
  /** Undefined where no good spec is known, and nothing was told before. */
  part: Part | undefined;
  /** Of the status: what the server said, and what a later call has to know. */
  told: Told;
  /** The pod that asks; none where nobody is asked. */
  children: readonly KubernetesObject[];
  /** Seconds after which time alone has something to say. */
  lookAgainAfter: number | undefined;
}

type Told = Pick<MCPServerStatus, 'server' | 'verification'>;

/** A pod that was asked for and is not seen by then was refused. */
const REFUSED_SECONDS = 20;
/** Beyond the deadline that the kubelet keeps, for a pod without a node has none. */
const NO_NODE_SECONDS = 30;
/** After a question that nobody could ask, until the next try. */
const RETRY_SECONDS = 600;
/** After which the status that was just written is the one that is sent. */
const SEEN_SECONDS = 1;
const NOT_ASKED = 'NotAsked';
const NO_POD = { children: [] } as const;

/** What a server is asked, and what is known of it already. */
interface Case {
  view: View;
  /** As it is rendered. */
  server: MCPServer;
  question: string;
  /** When what is new came about, RFC 3339. */
  moment: string;
  before: Told;
  /** The result that the status tells; undefined while there is none. */
  result: Finding | undefined;
}

type Answer = Omit<Judgement, 'part'> & { finding: Finding };

/**
 * @param isServing whether an available pod is behind the Service.
 * @param moment when what is new came about.
 */
export function verificationOf(
  { rendered, digest, applied }: Plan,
  view: View,
  { stage }: Rollout,
  { isServing, moment }: { isServing: boolean; moment: string },
): Judgement {
  const { status = {} } = view.server;
  const { server, verification } = status;
  const before: Told = { ...(server && { server }), ...(verification && { verification }) };
  const last = verification?.at === undefined ? undefined : toldIn(status);
  if (!rendered) return nobody(last, before);

  const counts = rendered.spec.verify?.mode === 'Require';
  const off = whyNobody(rendered, view);
  if (off) return nobody(off, {}, counts);

  const question = digest && currentQuestion(rendered, digest, view);
  const isCurrent = question === undefined || isAnswered(question, before);
  // That nobody could ask says nothing of other pods.
  const result = last && (isCurrent || last.reason !== NOT_ASKED) ? asTold(last, isCurrent) : undefined;
  const isUp = stage === 'complete' && isServing && !applied;
  if (!question || !isUp) return nobody(result ?? notYet(view), settled(before), counts);
  const { finding, ...rest } = asked({ view, server: rendered, question, moment, before, result });
  return { ...rest, part: { finding, counts } };
}

/** @returns why a server that serves has yet to wait; empty where it has not. */
export function holdOf({ part }: Judgement): string {
  if (!part?.counts || part.finding.status === 'True') return '';
  return `verify.mode is Require, so the address waits until the server is verified. ${part.finding.message}`;
}

function toldIn({ conditions }: MCPServerStatus): Finding | undefined {
  const condition = conditions?.find(({ type }) => type === VERIFIED);
  if (!condition) return undefined;
  const { type, status, reason, message } = condition;
  return { type, status, reason, message };
}

function nobody(finding: Finding | undefined, told: Told, counts = false): Judgement {
  return { part: finding && { finding, counts }, told, ...NO_POD, lookAgainAfter: undefined };
}

const unknown = (reason: string, message: string): Finding => ({
  type: VERIFIED,
  status: 'Unknown',
  reason,
  message,
});

/** Why a server is never asked; undefined where it is. */
function whyNobody({ spec }: MCPServer, { settings, request }: View): Finding | undefined {
  if (spec.verify?.mode === 'Off')
    return unknown('Off', 'verify.mode is Off: the server is not asked what it is');
  if (settings.runtimeImage === '') {
    return unknown(
      'NoRuntimeImage',
      "The server is not asked what it is: the operator's setting MCP_RUNTIME_IMAGE names no image to ask it with",
    );
  }
  // Every kind of child that is watched has its entry, however empty.
  if (request.children[kindKey(POD)]) return undefined;
  return unknown(
    'PodsNotWatched',
    'The server is not asked what it is: pods are not among the childResources of the CompositeController, where the chart and the component verification put them',
  );
}

function notYet({ replicas }: View): Finding {
  return replicas === 0
    ? unknown('Stopped', 'replicas is 0: the server is asked what it is once it runs')
    : unknown('Pending', 'The server is asked what it is once its rollout is complete');
}

/** Without a question that is open: the pods that it was about do not serve. */
function settled({ server, verification }: Told): Told {
  const { asking: _, ...rest } = verification ?? {};
  return { ...(server && { server }), ...(Object.keys(rest).length > 0 && { verification: rest }) };
}

function isAnswered(question: string, { verification }: Told): boolean {
  return verification?.at !== undefined && verification.question === question;
}

/** Once its rollout is complete and it serves. */
function asked(one: Case): Answer {
  const { view, server, question, moment, before, result } = one;
  const { verification } = before;
  const open = verification?.asking?.question === question ? verification.asking.since : undefined;
  const isKnown = isAnswered(question, before) && result !== undefined;
  if (isKnown && open === undefined) {
    const wait = secondsToNext(one);
    if (wait > 0) return { finding: result, told: settled(before), ...NO_POD, lookAgainAfter: finite(wait) };
  }

  const since = open ?? moment;
  const asking = `${question} ${since}`;
  const observed = view.verifier;
  const isOurs = observed?.metadata.annotations?.[VERIFIES] === asking;
  const reading = observed && isOurs ? readingOf(observed, view.now) : undefined;
  const pod = verificationPod(server, asking, view.settings) as KubernetesObject;
  // Until the status that tells it is seen: a sync that still has the one before would ask anew.
  const untilSeen = isOurs ? { children: [pod], lookAgainAfter: SEEN_SECONDS } : {};
  if (reading?.state === 'answered') return { ...answered(one, reading.at, reading.found), ...untilSeen };
  if (reading?.state === 'failed') return { ...inVain(one, reading.at, reading.trouble), ...untilSeen };

  const bound = observed ? verifyDeadline(server) + NO_NODE_SECONDS : REFUSED_SECONDS;
  const left = bound - secondsBetween(since, view.now);
  if (left <= 0) {
    const trouble = reading?.trouble || lateness(server, observed, bound);
    return { ...inVain(one, later(since, bound), trouble), ...untilSeen };
  }
  return {
    finding: result ?? unknown('Asking', 'The server is being asked what it is'),
    told: { ...before, verification: { ...verification, asking: { question, since } } },
    // One that asks something else goes first: it has the name.
    children: observed && !isOurs ? [] : [pod],
    lookAgainAfter: Math.ceil(left),
  };
}

function lateness(server: MCPServer, observed: Pod | undefined, seconds: number): string {
  const pod = `Pod ${server.metadata.namespace}/${nameOf(server, 'verification')}`;
  return observed
    ? `${pod} has not ended after ${seconds} seconds`
    : `${pod} was asked for and is not there: the events of this MCPServer say why the API server refused it; where they do not, an object not owned by this MCPServer has the name`;
}

/** @returns seconds; Infinity where a server is asked once after a rollout. */
function secondsToNext({ view, server, before, result }: Case): number {
  const every = server.spec.verify?.every;
  const period = Math.min(
    every === undefined ? Number.POSITIVE_INFINITY : secondsOf(every),
    result?.reason === NOT_ASKED ? RETRY_SECONDS : Number.POSITIVE_INFINITY,
  );
  return period - secondsBetween(before.verification!.at!, view.now);
}

function answered({ question, before }: Case, at: string, { reason, message, server }: Verification): Answer {
  const { status } = REASONS[reason];
  const passed = status === 'True' ? at : before.verification?.passed;
  const since = status !== 'True' && passed !== undefined ? ` It last passed at ${passed}.` : '';
  return {
    finding: { type: VERIFIED, status, reason, message: `${message}${since}` },
    told: { ...(server && { server }), verification: { question, at, ...(passed && { passed }) } },
    ...NO_POD,
    lookAgainAfter: SEEN_SECONDS,
  };
}

/** Nobody could ask. What was known of these very pods stays true. */
function inVain({ question, server, before, result }: Case, at: string, trouble: string): Answer {
  const { passed } = before.verification ?? {};
  const verification = { question, at, ...(passed && { passed }) };
  const { name, namespace } = server.metadata;
  const next = `smooth-operator verify mcpserver/${name} -n ${namespace} asks it from elsewhere`;
  const isKnown = isAnswered(question, before) && result !== undefined && result.reason !== NOT_ASKED;
  return {
    finding: isKnown
      ? { ...result, message: `${plain(result.message)} (asked again in vain: ${trouble})` }
      : unknown(NOT_ASKED, `The server could not be asked what it is: ${trouble}; ${next}`),
    told: isKnown ? { ...before, verification } : { verification },
    ...NO_POD,
    lookAgainAfter: RETRY_SECONDS,
  };
}

const STALE = ' (asked before the last change)';

/** A result as it is told, of the question of now or of the one before. */
function asTold(result: Finding, isCurrent: boolean): Finding {
  const message = result.message.endsWith(STALE) ? result.message.slice(0, -STALE.length) : result.message;
  return { ...result, message: isCurrent ? message : `${message}${STALE}` };
}

/** Without what was added when it was asked in vain. */
function plain(message: string): string {
  return message.replace(/ \(asked again in vain: .*\)$/, '');
}

function finite(seconds: number): number | undefined {
  return Number.isFinite(seconds) ? seconds : undefined;
}

function secondsOf(duration: string): number {
  return Number.parseInt(duration, 10) * (duration.endsWith('h') ? 3600 : 60);
}

function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

function later(time: string, seconds: number): string {
  return `${new Date(Date.parse(time) + seconds * 1000).toISOString().slice(0, 19)}Z`;
}
