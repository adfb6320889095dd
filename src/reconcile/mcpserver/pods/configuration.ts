/** A container that the kubelet does not make, for what it refers to is not there or may not be used so. */
import { type PodView, type Sighting, sinceOf, waitingFor } from './pod.ts';
import { words } from './words.ts';

/** The rules about users, in the kubelet's words, and what to do. */
const USERS: [RegExp, string][] = [
  [
    /non-numeric user/,
    'say the number of that user in pod.securityContext.runAsUser (in place of pod.imageUser), or give the image a number as its USER',
  ],
  [
    /will run as root|breaks non-root policy/,
    'say a user other than 0 in pod.securityContext.runAsUser (in place of pod.imageUser), or runAsNonRoot: false if it has to be root',
  ],
  [/invalid user id/, 'say another user in pod.securityContext.runAsUser'],
];

export function configuration(view: PodView): Sighting | undefined {
  const found = waitingFor(view, 'CreateContainerConfigError');
  if (!found) return undefined;
  // Here the kubelet tells which object or key is missing, or which user it minds, and no content of it.
  const message = words(found.message).replace(/ ?\(pod: .*?, container: [^)]*\)/, '');
  const advice = USERS.find(([pattern]) => pattern.test(message))?.[1];
  return {
    reason: found.reason,
    message: `${found.container.label}: ${message || found.reason}${advice ? `: ${advice}` : ''}`,
    since: sinceOf(view, 'Ready'),
  };
}
