/** A hook of a container's life that fails. */
import { type PodView, type Sighting, sinceOf } from './pod.ts';

/** The kubelet quotes the hook's command and what it wrote, which may hold secrets. */
export function hook(view: PodView): Sighting | undefined {
  for (const { label, status } of view.containers) {
    const reason = status.state?.waiting?.reason ?? '';
    const [, kind] = /^(?:Failed)?(PreCreate|PreStart|PostStart|PreStop)Hook(?:Error)?$/.exec(reason) ?? [];
    if (!kind) continue;
    const field = `${kind[0]!.toLowerCase()}${kind.slice(1)}`;
    return {
      reason,
      message: `${label}: its ${field} hook fails (${reason}), so it is stopped and started again: does its command exist in the image, and does it end well (lifecycle.${field})?`,
      since: sinceOf(view, 'Ready'),
    };
  }
  return undefined;
}
