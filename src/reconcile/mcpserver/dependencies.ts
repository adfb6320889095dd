/** The Secrets that a server's pods use: what changes when they do, and which of them are still to come. */
import type { V1Deployment } from '@kubernetes/client-node';
import { SECRET_DIGESTS } from '../../children/identity.ts';
import {
  formatDigests,
  parseDigests,
  type SecretData,
  type SecretUse,
  secretDigest,
} from '../../children/secrets.ts';
import { lookUp, type SyncRequest } from '../contract.ts';
import { SECRET } from './kinds.ts';

export interface Dependencies {
  /** For the annotation of the pod template. */
  digests: string;
  /** What the pods cannot start without and is not there, one sentence each. */
  waiting: string[];
}

/**
 * @param observed the Deployment; a Secret that is not among the related objects leaves the digest that it has.
 * @param key for the digests, as the settings give it.
 */
export function dependenciesOf(
  uses: readonly SecretUse[],
  request: SyncRequest,
  observed: V1Deployment | undefined,
  key: string,
): Dependencies {
  const { namespace = '' } = request.parent.metadata;
  const before = parseDigests(observed?.spec?.template?.metadata?.annotations?.[SECRET_DIGESTS]);
  const digests = new Map<string, string>();
  const waiting: string[] = [];
  for (const { name, required, keys } of uses) {
    const secret = lookUp(request.related, SECRET, namespace, name) as SecretData | undefined;
    const digest = secret ? secretDigest(secret, key) : before.get(name);
    if (digest) digests.set(name, digest);
    if (!required) continue;
    const absent = keys.filter((one) => !Object.hasOwn(secret?.data ?? {}, one));
    if (!secret) waiting.push(`Secret ${namespace}/${name} is not there`);
    else if (absent.length > 0) waiting.push(`Secret ${namespace}/${name} lacks ${absent.join(', ')}`);
  }
  return { digests: formatDigests(digests), waiting };
}
