/** A container that keeps ending. */
import { SERVER_CONTAINER } from '../../../api/containers.ts';
import { BRIDGE, PACKAGE } from '../../../children/brought.ts';
import {
  AT_ONCE_SECONDS,
  type Container,
  type End,
  endOf,
  exitOf,
  hasEndedOnce,
  logsOf,
  type PodView,
  type Sighting,
  secondsOf,
  sinceOf,
  timeOf,
} from './pod.ts';
import { endedAsProbeGaveUp } from './probe.ts';
import { words } from './words.ts';

/** What exit codes say by custom, of shells and of signals. */
const MEANINGS: Record<number, string> = {
  126: 'a command may not be run',
  127: 'a command is not found',
  137: 'killed from outside, as by its liveness probe or for want of memory on the node',
  139: 'segmentation fault',
  143: 'told to end from outside',
};

/** What the operator puts before the server: their last words are why, and not whatever a server may say. */
const OURS: ReadonlySet<string> = new Set([BRIDGE, PACKAGE]);
/** They have the resources of the server. */
const AS_SERVER: ReadonlySet<string> = new Set([...OURS, SERVER_CONTAINER]);

export function crash(view: PodView): Sighting | undefined {
  for (const container of view.containers) {
    if (container.status.ready && container.status.state?.running) continue;
    const end = endOf(container);
    if (!end) continue;
    if (!hasEndedOnce(container, end)) return crashOf(view, container, end);
    // It is about to be started again.
    const since = timeOf(container.status.state?.terminated?.finishedAt);
    if (since) return { ...crashOf(view, container, end), since, lasting: true };
  }
  return undefined;
}

function crashOf(view: PodView, container: Container, end: End): Sighting {
  const { label, name } = container;
  const { exitCode, reason, message: last } = end;
  const told = { since: sinceOf(view, 'Ready'), next: logsOf(view, container, '--previous') };
  if (exitCode === 0 && secondsOf(end) < AT_ONCE_SECONDS && name === SERVER_CONTAINER) {
    const message = `${label} ends right after its start with exit code 0, as a server that speaks MCP over stdio does: set transport to stdio, or have it serve HTTP (see its command and args)`;
    return { reason: 'CrashLoopBackOff', message, ...told };
  }
  if (reason === 'OOMKilled') {
    const limit = AS_SERVER.has(name) ? 'resources.limits.memory' : 'its memory limit';
    const message = `${label} needs more memory than ${limit} gives it, and is killed (exit code ${exitCode})`;
    return { reason: 'OOMKilled', message, ...told };
  }
  const said = OURS.has(name) ? words(last) : '';
  if (said) {
    const message = `${label} keeps ending with ${exitOf(end)}: ${said}`;
    return { reason: 'CrashLoopBackOff', message, ...told };
  }
  const meaning = MEANINGS[exitCode];
  const hint = `${meaning ? `, ${meaning}` : ''}${endedAsProbeGaveUp(view, container, end)}`;
  return { reason: 'CrashLoopBackOff', message: `${label} keeps ending with ${exitOf(end)}${hint}`, ...told };
}
