/** Children that are asked for and not there: of a refused one nobody is told, so that it is not there is the only sign. */
import type { MCPServerStatus } from '../../api/mcpserver.ts';
import { describe, type KubernetesObject, kindKey, lookUp } from '../contract.ts';
import { CHILDREN } from './children.ts';
import { relatesNames } from './customize.ts';
import {
  CONFIG_MAP,
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  NETWORK_POLICY,
  SERVICE,
  SERVICE_ACCOUNT,
} from './kinds.ts';
import { isFresh, PATIENCE_MS } from './patience.ts';
import type { Plan } from './plan.ts';
import type { View } from './view.ts';

const OPTIONAL = new Set(CHILDREN.filter(({ feature }) => feature).map(kindKey));
/** Those that no condition speaks of. */
const SILENT = new Set([SERVICE_ACCOUNT, CONFIG_MAP, NETWORK_POLICY, HORIZONTAL_POD_AUTOSCALER].map(kindKey));
/** How long an event may wait for its turn where many servers change at once. */
const QUEUED_SECONDS = 60;
/** Whoever has the name of a child may give it up, and where names are not related, that is no event. */
const ANEW_SECONDS = 30;

/** What a rollout asks for and does not see, a sentence each. */
export interface Absent {
  /** What has been asked for long enough to say that it is refused. */
  missing: string[];
  /** What may yet be on its way. */
  awaited: string[];
}

const WAS_ASKED = 'was asked for';
const IS_ASKED = 'is asked for and not there yet';

/**
 * This very answer may be the first that asks for a child: it is new to the server, was held back, or was lost just now. So
 * that it is missing is said once it was awaited before.
 */
export function absent(plan: Plan, view: View): Absent {
  const { status } = view.server;
  const fresh = isFresh(status, view.now);
  const result: Absent = { missing: [], awaited: [] };
  for (const child of unseenInRollout(plan, view)) {
    const wasAwaited = isTold(child, IS_ASKED, status);
    // Once said, it stays said.
    if (isTold(child, WAS_ASKED, status) || (wasAwaited && !fresh))
      result.missing.push(sentenceOf(child, view));
    else if (wasAwaited || !fresh) result.awaited.push(`${describe(child)} ${IS_ASKED}`);
  }
  return result;
}

/** A message that is cut may have said it in what is gone, where it accuses others. */
function isTold(child: KubernetesObject, words: string, status: MCPServerStatus | undefined): boolean {
  const { message = '' } = status ?? {};
  if (message.includes(`${describe(child)} ${words}`)) return true;
  return words === WAS_ASKED && message.endsWith('…') && message.includes(WAS_ASKED);
}

function sentenceOf(child: KubernetesObject, { settings }: View): string {
  const refused = 'the events of this MCPServer say why the API server refused it';
  const others = relatesNames(settings) ? '' : `; where they do not, ${mayBeAnothers(child)}`;
  return `${describe(child)} ${WAS_ASKED} and is not there: ${refused}${others}`;
}

function unseenInRollout({ children, waiting }: Plan, view: View): KubernetesObject[] {
  const { metadata, status } = view.server;
  const rollout = status?.conditions?.find(({ type }) => type === 'Progressing');
  if (rollout?.status !== 'True' || rollout.observedGeneration !== metadata.generation) return [];
  // What was held back until now is asked for by this very answer.
  if (rollout.reason === 'WaitingForSecret' && waiting.length === 0) return [];
  return unseen(children, view).filter((child) => !waitedForAccount(child, view));
}

/**
 * The first pods and their Service wait until the ServiceAccount is seen, so that this answer may be the first to ask for
 * them. Both are asked for together: where one is there, the other was asked for before.
 */
function waitedForAccount(child: KubernetesObject, view: View): boolean {
  const { request, now, settings } = view;
  const { namespace = '', name } = child.metadata;
  const together = [DEPLOYMENT, SERVICE];
  if (relatesNames(settings) || !together.some(({ kind }) => kind === child.kind)) return false;
  if (together.some((kind) => lookUp(request.children, kind, namespace, name))) return false;
  const made = lookUp(request.children, SERVICE_ACCOUNT, namespace, name)?.metadata.creationTimestamp;
  return made !== undefined && Date.parse(now) - Date.parse(made) < QUEUED_SECONDS * 1000;
}

/** @returns the children that a server lost after it was rolled out and of which nothing else speaks, a sentence each. */
export function lost({ children }: Plan, view: View, isComplete: boolean): string[] {
  if (!isComplete || relatesNames(view.settings)) return [];
  return unseen(children, view)
    .filter((child) => SILENT.has(kindKey(child)))
    .map(
      (child) =>
        `${describe(child)} is not there and is made again; where it stays so, ${mayBeAnothers(child)}`,
    );
}

/**
 * @returns seconds after which to ask again for what is not there; undefined where all is. At first one thing comes after the
 *   other, each of which is an event; but that somebody else has the name of the first is none.
 */
export function askAgainAfter({ children }: Plan, view: View): number | undefined {
  if (relatesNames(view.settings) || unseen(children, view).length === 0) return undefined;
  if (!isFresh(view.server.status, view.now)) return ANEW_SECONDS;
  return view.deployment ? PATIENCE_MS / 1000 : QUEUED_SECONDS;
}

/** Of optional kinds, which may go away, each has a condition of its own. */
export function unseen(
  children: readonly KubernetesObject[],
  { request, server }: View,
): readonly KubernetesObject[] {
  const { namespace } = server.metadata;
  return children.filter(
    (child) =>
      !OPTIONAL.has(kindKey(child)) && !lookUp(request.children, child, namespace, child.metadata.name),
  );
}

function mayBeAnothers({ kind, metadata: { name, namespace } }: KubernetesObject): string {
  const command = `kubectl get ${kind.toLowerCase()} -n ${namespace} ${name} -o yaml`;
  return `an object not owned by this MCPServer has the name: ${command} shows its owner`;
}
