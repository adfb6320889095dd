/**
 * What the running server says it is: whether it is to be asked now, by a pod that is its child, and what came of it. A
 * result is known by its question, so that nobody asks again what the status answers, and a lost status asks anew.
 */
import type { Finding } from '../../api/condition.ts';
import type { MCPServer, MCPServerStatus } from '../../api/mcpserver.ts';
import { REASONS, type Reason, type Verification } from '../../api/verification.ts';
import { nameOf, RENDERED, VERIFIES } from '../../children/identity.ts';
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
/** After an answer that is no pass, until the server is asked again. It doubles from the one to the other. */
const PAUSE_SECONDS = { first: 30, longest: 600 };
/** What a server that has only just started may answer. */
const MAY_BE_STARTING: ReadonlySet<string> = new Set<Reason>([
  'Timeout',
  'ServerError',
  'NotMCP',
  'WrongPath',
]);
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
  { rendered, digest, lacksRuntime, applied }: Plan,
  view: View,
  { stage }: Rollout,
  { isServing, moment }: { isServing: boolean; moment: string },
): Judgement {
  const { status = {} } = view.server;
  const { server, verification } = status;
  const before: Told = { ...(server && { server }), ...(verification && { verification }) };
  const last = verification?.at === undefined ? undefined : toldIn(status);
  if (!rendered) return nobody(last, before);

  if (rendered.spec.verify?.mode === 'Off') return nobody(OFF, {});

  const counts = isRequired(rendered);
  // For want of the runtime image the Deployment stays as it is, and what its pods said is about it.
  const served = lacksRuntime ? view.deployment?.metadata?.annotations?.[RENDERED] : digest;
  const question = served && currentQuestion(rendered, served, view);
  const isCurrent = question === undefined || isAnswered(question, before);
  // That nobody could ask says nothing of other pods.
  const result = last && (isCurrent || last.reason !== NOT_ASKED) ? asTold(last, isCurrent) : undefined;
  const off = whyNobody(view);
  if (off) {
    const isKept = result !== undefined && isCurrent && result.reason !== NOT_ASKED;
    if (isKept) return nobody(notAgain(result, off.why), settled(before), counts);
    return nobody(unknown(off.reason, `The server is not asked what it is: ${off.why}`), {}, counts);
  }
  const isUp = stage === 'complete' && isServing && !applied;
  if (!question || !isUp) return nobody(result ?? notYet(view), settled(before), counts);
  const { finding, ...rest } = asked({ view, server: rendered, question, moment, before, result });
  return { ...rest, part: { finding, counts } };
}

function isRequired({ spec }: MCPServer): boolean {
  return spec.verify?.mode === 'Require';
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

function unknown(reason: string, message: string): Finding {
  return { type: VERIFIED, status: 'Unknown', reason, message };
}

const OFF = unknown('Off', 'verify.mode is Off: the server is not asked what it is');

/** Why this operator can ask nobody; undefined where it can. */
function whyNobody({ settings, request }: View): { reason: string; why: string } | undefined {
  if (settings.runtimeImage === '') {
    const why = "the operator's setting MCP_RUNTIME_IMAGE names no image to ask it with";
    return { reason: 'NoRuntimeImage', why };
  }
  // Every kind of child that is watched has its entry, however empty.
  if (request.children[kindKey(POD)]) return undefined;
  const why =
    'pods are not among the childResources of the CompositeController, where the chart and the component verification put them';
  return { reason: 'PodsNotWatched', why };
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
  const at = reading && reading.state !== 'open' ? between(since, reading.at, view.now) : view.now;
  if (reading?.state === 'answered') return { ...answered(one, at, reading.found), ...untilSeen };
  if (reading?.state === 'failed') return { ...inVain(one, at, reading.trouble), ...untilSeen };

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

/** @returns seconds; Infinity where the server is not asked again before its next rollout. */
function secondsToNext(one: Case): number {
  const { at = '' } = one.before.verification!;
  const every = one.server.spec.verify?.every;
  const period = every === undefined ? Number.POSITIVE_INFINITY : secondsOf(every);
  return Math.min(period, pauseOf(one)) - secondsBetween(at, one.view.now);
}

/** @returns seconds after which an answer that is no pass, or none, is asked for again; Infinity where that is no use. */
function pauseOf({ server, before, result }: Case): number {
  const { at = '', failingSince = at } = before.verification!;
  const { status, reason } = result!;
  if (reason === NOT_ASKED) return RETRY_SECONDS;
  if (status === 'True') return Number.POSITIVE_INFINITY;

  const { first, longest } = PAUSE_SECONDS;
  // As long as it has not passed until then: so the pause doubles.
  const failing = secondsBetween(failingSince, at);
  const mayBeStarting = MAY_BE_STARTING.has(reason) && failing < longest;
  if (!isRequired(server) && !mayBeStarting) return Number.POSITIVE_INFINITY;
  return Math.min(Math.max(failing, first), longest);
}

function answered({ question, before }: Case, at: string, { reason, message, server }: Verification): Answer {
  const { status } = REASONS[reason];
  const isPass = status === 'True';
  const passed = isPass ? at : before.verification?.passed;
  const failingSince = isPass ? undefined : (failingBefore(question, before) ?? at);
  const since = !isPass && passed !== undefined ? ` It last passed at ${passed}.` : '';
  return {
    finding: { type: VERIFIED, status, reason, message: `${message}${since}` },
    told: {
      ...(server && { server }),
      verification: { question, at, ...(passed && { passed }), ...(failingSince && { failingSince }) },
    },
    ...NO_POD,
    lookAgainAfter: SEEN_SECONDS,
  };
}

/** @returns since when the answers to the same question have been no pass; undefined where the last one was. */
function failingBefore(question: string, before: Told): string | undefined {
  return isAnswered(question, before) ? before.verification?.failingSince : undefined;
}

/** Nobody could ask. What was known of these very pods stays true. */
function inVain({ question, server, before, result }: Case, at: string, trouble: string): Answer {
  const { passed } = before.verification ?? {};
  const failingSince = failingBefore(question, before);
  const verification = { question, at, ...(passed && { passed }), ...(failingSince && { failingSince }) };
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
  const { message: told } = result;
  const message = (told.endsWith(STALE) ? told.slice(0, -STALE.length) : told).replace(NOT_AGAIN, '');
  return { ...result, message: isCurrent ? message : `${message}${STALE}` };
}

const NOT_AGAIN = / \(nobody asks it again: .*\)$/;

/** What the operator can no longer ask has not become untrue. */
function notAgain(result: Finding, why: string): Finding {
  return { ...result, message: `${result.message} (nobody asks it again: ${why})` };
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

/**
 * @param time by the clock of a node, which may be any. By such a time a server would be asked again at once, or not for days.
 * @returns it, no earlier than the first and no later than the last, which are by the operator's clock.
 */
function between(first: string, time: string, last: string): string {
  if (Date.parse(time) > Date.parse(last)) return last;
  return Date.parse(time) < Date.parse(first) ? first : time;
}

function later(time: string, seconds: number): string {
  return `${new Date(Date.parse(time) + seconds * 1000).toISOString().slice(0, 19)}Z`;
}
