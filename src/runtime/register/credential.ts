/**
 * By what a run knows whether LiteLLM has the credential that it is to have: LiteLLM never shows one, so an entry's mark has
 * its fingerprint. Whoever may use the entry sees the mark.
 */
import { createHmac, scryptSync } from 'node:crypto';

export type Fingerprint = (credential: string) => string;

/**
 * @param adminKey nobody can guess a credential from its fingerprint without it: it is the key of the digest, and stretched, so
 * that who knows a credential can hardly guess the admin key by it. With another admin key all fingerprints are others.
 * @param catalog the same credential has another fingerprint in another catalog.
 */
export function fingerprintBy(adminKey: string, catalog: string): Fingerprint {
  let key: Buffer | undefined;
  return (credential) => {
    key ??= scryptSync(adminKey, catalog, 32);
    return createHmac('sha256', key).update(credential).digest('base64url').slice(0, 22);
  };
}
