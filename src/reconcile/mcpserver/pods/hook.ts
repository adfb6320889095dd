/** A hook of a container's life that fails. */
import { type Container, endOf, type PodView, type Sighting, sinceOf } from './pod.ts';

const HOOK = /^(?:Failed)?(PreCreate|PreStart|PostStart|PreStop)Hook(?:Error)?$/;
/**
 * How a process ends that is told to: well, or by SIGKILL or SIGTERM. As the first process of a container, one written in Go
 * ends with 2: so does runc, where it is told before it has become the server.
 */
const WHEN_STOPPED = [0, 2, 137, 143];

/** The kubelet quotes the hook's command and what it wrote, which may hold secrets. */
export function hook(view: PodView): Sighting | undefined {
  for (const container of view.containers) {
    const { label, status } = container;
    const word = status.state?.waiting?.reason ?? '';
    const reason = HOOK.test(word) ? word : isStillTold(view, container) ? 'PostStartHookError' : undefined;
    if (!reason) continue;
    const kind = HOOK.exec(reason)![1]!;
    const field = `${kind[0]!.toLowerCase()}${kind.slice(1)}`;
    return {
      reason,
      message: `${label}: its ${field} hook fails (${reason}), so it is stopped and started again: does its command exist in the image, and does it end well (lifecycle.${field})?`,
      since: sinceOf(view, 'Ready'),
    };
  }
  return undefined;
}

/** Between two tries the kubelet says only that the container ended, as it does of one that it has stopped. */
function isStillTold({ told, pod: { metadata } }: PodView, container: Container): boolean {
  const start = `Pod ${metadata.namespace}/${metadata.name}: ${container.label}: its postStart hook fails`;
  const end = endOf(container);
  return (
    end !== undefined &&
    end.reason !== 'OOMKilled' &&
    WHEN_STOPPED.includes(end.exitCode) &&
    told.includes(start)
  );
}
