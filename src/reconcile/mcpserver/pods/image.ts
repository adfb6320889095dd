/** An image that does not come to the node, or that the node refuses. */
import { type PodView, type Sighting, sinceOf, waitingFor } from './pod.ts';
import { heard, words } from './words.ts';

/** In the words of the kubelet and of every container runtime; the first two take turns. */
const REASONS = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'ImageInspectError',
  'InvalidImageName',
  'RegistryUnavailable',
  'SignatureValidationFailed',
  'ImageVolumeMountFailed',
];

/** What a message that says so means, and what to do. The first that fits holds. */
const CAUSES: [RegExp, string][] = [
  [
    /short[- ]name|ambiguous/i,
    'the node does not know which registry a short name means: say it in full, as in docker.io/library/node:24',
  ],
  [
    /signature|rejected by policy|source image rejected/i,
    "the node's policy wants a signature that it does not have, or does not trust whose it is",
  ],
  [
    /certificate has expired|not yet valid/i,
    "the registry's certificate has expired, or the clock of the node is wrong",
  ],
  [
    /x509|certificate/i,
    "the node does not trust the registry's certificate: whoever runs the node has to add its CA",
  ],
  [
    /toomanyrequests|too many requests|rate limit|\b429\b/i,
    'the registry lets no more pulls through for now',
  ],
  [/unauthorized|denied|forbidden|\b40[13]\b/i, 'the registry refuses access (imagePullSecrets?)'],
  [
    /no match for platform|no matching manifest|does not match the specified platform|no image found in .*(?:index|list)/i,
    "it has no build for the node's operating system and architecture",
  ],
  [/not found|manifest unknown|name unknown|\b404\b/i, 'there is no such image or tag'],
  [/no such host|timeout|timed out|refused|unreachable|no route/i, 'the registry cannot be reached'],
  [/no space left/i, 'the disk of the node is full'],
];

/** What is said where the message does not: of these the kubelet names the cause by its word. */
const BY_REASON: Record<string, string> = {
  RegistryUnavailable: 'the registry cannot be reached',
  SignatureValidationFailed:
    "the node's policy wants a signature that it does not have, or does not trust whose it is",
};

export function image(view: PodView): Sighting | undefined {
  const found = waitingFor(view, ...REASONS);
  if (!found) return undefined;
  const { container } = found;
  const message = heard(found.message);
  // Also by what the kubelet, while it waits with the next try, says of the last one.
  const told = REASONS.slice(2).find((one) => message.includes(`${one}:`)) ?? found.reason;
  const reason = told === 'ErrImagePull' ? 'ImagePullBackOff' : told;
  const named = `${container.label}: image ${container.status.image}`;
  const since = sinceOf(view, 'Ready');
  if (reason === 'ErrImageNeverPull') {
    return { reason, message: `${named} is not on the node, and imagePullPolicy is Never`, since };
  }
  if (reason === 'InvalidImageName') {
    return { reason, message: `${container.label}: ${words(message) || reason}`, since };
  }
  // An image may be called what a cause is called, such as ghcr.io/acme/certificate-server.
  const unnamed = message.replace(/"[^"]*"|\S*\/\S*/g, '');
  const cause = CAUSES.find(([pattern]) => pattern.test(unnamed))?.[1] ?? BY_REASON[reason];
  const word = reason === 'ImagePullBackOff' ? '' : ` (${reason})`;
  const why = cause ?? (lastTry(message) || toldBefore(view, named));
  return {
    reason,
    message: `${named} cannot be ${reason === 'ImageInspectError' ? 'used' : 'pulled'}${word}${why ? `: ${why}` : ''}`,
    since,
  };
}

/** A kubelet of Kubernetes 1.31 says what was wrong as it tries, and nothing of it while it waits with the next try. */
function toldBefore({ told }: PodView, named: string): string | undefined {
  const start = `${named} cannot be pulled: `;
  const at = told.indexOf(start);
  return at < 0 ? undefined : told.slice(at + start.length).split(/ \(since |; kubectl /, 1)[0];
}

/** The words for the last try are the same while the kubelet tries and while it waits. */
function lastTry(message: string): string {
  return words(message.replace(/^Back-off pulling image "[^"]*"(?:: )?/, '').replace(/^\w+: /, ''));
}
