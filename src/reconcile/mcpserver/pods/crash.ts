/** A container that keeps ending. */
import { SERVER_CONTAINER } from '../../../api/containers.ts';
import { type Container, type End, endOf, logsOf, type PodView, type Sighting } from './pod.ts';

/** A container that ends by itself this soon after its start has nothing to serve. */
export const AT_ONCE_SECONDS = 30;

export function crash(view: PodView): Sighting | undefined {
  for (const container of view.containers) {
    if (container.status.ready && container.status.state?.running) continue;
    const end = endOf(container);
    if (end) return crashOf(view, container, end);
  }
  return undefined;
}

/** @returns how long the container ran; NaN where nobody says. */
export function secondsOf({ startedAt, finishedAt }: End): number {
  return (Date.parse(String(finishedAt)) - Date.parse(String(startedAt))) / 1000;
}

function crashOf(view: PodView, container: Container, end: End): Sighting {
  const { label, name } = container;
  const { exitCode, reason, signal } = end;
  const next = logsOf(view, container, '--previous');
  if (exitCode === 0 && secondsOf(end) < AT_ONCE_SECONDS && name === SERVER_CONTAINER) {
    const message = `${label} ends right after its start with exit code 0, as a server that speaks MCP over stdio does: it has to serve HTTP (see its command and args)`;
    return { reason: 'CrashLoopBackOff', message, next };
  }
  if (reason === 'OOMKilled') {
    const message = `${label} needs more memory than resources.limits.memory gives it, and is killed (exit code ${exitCode})`;
    return { reason: 'OOMKilled', message, next };
  }
  const why = [reason, signal ? `signal ${signal}` : ''].filter(Boolean).join(', ');
  const message = `${label} keeps ending with exit code ${exitCode}${why ? ` (${why})` : ''}`;
  return { reason: 'CrashLoopBackOff', message, next };
}
