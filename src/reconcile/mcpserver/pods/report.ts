/**
 * What a server's pods say of themselves when they do not serve, in one sentence with the next step: one kind of trouble is
 * one function here, and one line in the list. What a container wrote is never told, for it may hold secrets. The same
 * trouble gives the same sentence however often the kubelet tries again, for each new one is a write.
 */
import type { V1Deployment } from '@kubernetes/client-node';
import { printable } from '../../../api/printable.ts';
import { configuration } from './configuration.ts';
import { crash } from './crash.ts';
import { ended, lastEnded } from './ended.ts';
import { newestOf } from './generation.ts';
import { hook } from './hook.ts';
import { image } from './image.ts';
import { initRuns } from './init.ts';
import { lostNode } from './lost-node.ts';
import {
  describePod,
  hasEnded,
  type Pod,
  type PodView,
  podViewOf,
  type Sighting,
  type Trouble,
} from './pod.ts';
import { stoppedByProbe } from './probe.ts';
import { notReady, readinessGate, sidecarNotStarted, unready } from './ready.ts';
import { gated, unschedulable, unscheduled } from './scheduling.ts';
import { cannotStart, notStarted, otherWait } from './start.ts';
import { stuckTerminating } from './terminating.ts';
import { oneWord } from './words.ts';

export interface PodReport {
  trouble: Trouble | undefined;
  /** Seconds after which what only begins now would be a trouble. */
  lookAgainAfter: number | undefined;
}

/** How long a pod may be on its way before the message says where it is. */
const PATIENCE_SECONDS = 30;
/** Of a sentence about one pod, in characters, and of that with the command. */
const LONGEST = 900;
const LONGEST_WITH_COMMAND = 1200;

type Kind = (view: PodView) => Sighting | undefined;

/**
 * In order: what a person has to mend comes before what may mend itself. Each looks at pods in one state of life alone, and
 * the first that a pod has is what it waits for.
 */
const KINDS: [PodView['life'], Kind][] = [
  ['living', image],
  ['living', configuration],
  ['living', cannotStart],
  ['living', hook],
  ['living', stoppedByProbe],
  ['living', crash],
  ['living', otherWait],
  ['living', gated],
  ['living', unschedulable],
  ['lost', lostNode],
  ['living', initRuns],
  ['living', sidecarNotStarted],
  ['living', notStarted],
  ['living', notReady],
  ['living', readinessGate],
  ['living', unscheduled],
  ['living', unready],
  ['ended', ended],
  ['terminating', stuckTerminating],
];

/**
 * @param pods of the server, of any generation.
 * @param observed their Deployment, as the API server has it.
 * @param now RFC 3339.
 * @param before what the status of the server says so far.
 * @returns what is wrong with those of the newest generation: the first that they have of the list above.
 */
export function reportOf(
  pods: readonly Pod[],
  observed: V1Deployment | undefined,
  now: string,
  before = '',
): PodReport {
  const waits: number[] = [];
  const told: Found[] = [];
  for (const view of viewsOf(pods, observed, before)) {
    const found = firstOf(view);
    const wait = found ? patienceWith(found.sighting, now) : 0;
    if (wait > 0) waits.push(wait);
    else if (found) told.push(found);
  }
  const first = told.reduce<Found | undefined>((a, b) => (a && a.rank <= b.rank ? a : b), undefined);
  // One may be why the others have to begin anew, the other why they cannot.
  const end = told.find((one) => one !== first && one.view.life === 'ended');
  const holder = first?.sighting.lacks && told.find((one) => one.view.life === 'terminating');
  return {
    trouble:
      first && withOthers(sentence(first), [end && ['before that', end], holder && ['besides', holder]]),
    lookAgainAfter: waits.length > 0 ? Math.min(...waits) : undefined,
  };
}

interface Found {
  rank: number;
  view: PodView;
  sighting: Sighting;
}

/** In an order that does not change with that of the request. */
function viewsOf(pods: readonly Pod[], observed: V1Deployment | undefined, before: string): PodView[] {
  const isTerminating = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;
  const present = newestOf(pods, observed).filter((pod) => !isTerminating(pod));
  const end = lastEnded(present);
  return [
    ...present.filter((pod) => !hasEnded(pod)).sort(byName),
    ...(end ? [end] : []),
    // Whatever made them: new pods may wait until they are gone.
    ...pods.filter(isTerminating).sort(byName),
  ].map((pod) => podViewOf(pod, observed?.spec?.template, before));
}

function firstOf(view: PodView): Found | undefined {
  for (const [rank, [life, kind]] of KINDS.entries()) {
    const sighting = life === view.life ? kind(view) : undefined;
    if (sighting) return { rank, view, sighting };
  }
  return undefined;
}

function byName(a: Pod, b: Pod): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** @returns how many seconds it has to last on before it is told. */
function patienceWith({ lasting, since }: Sighting, now: string): number {
  if (!lasting || since === undefined) return 0;
  const seconds = PATIENCE_SECONDS - (Date.parse(now) - Date.parse(since)) / 1000;
  // The clock of a node may be ahead.
  return Math.min(Math.ceil(seconds), PATIENCE_SECONDS);
}

function sentence({ view, sighting }: Found): Trouble {
  const { reason, message, since, next, lacks } = sighting;
  const { namespace, name } = view.pod.metadata;
  const when = since === undefined || message.includes(since) ? '' : ` (since ${since})`;
  const said = printable(`Pod ${namespace}/${name}: ${message}${when}`, LONGEST);
  const text = `${said}${said.endsWith('?') ? '' : ';'} ${next ?? describePod(view)}`;
  return {
    reason: oneWord(reason, 'NotReady'),
    message: printable(text, LONGEST_WITH_COMMAND),
    ...(lacks && { lacks }),
  };
}

function withOthers(trouble: Trouble, others: ([string, Found] | '' | undefined)[]): Trouble {
  const more = others.flatMap((one) => (one ? [`; ${one[0]}, ${sentence(one[1]).message}`] : []));
  return { ...trouble, message: [trouble.message, ...more].join('') };
}
