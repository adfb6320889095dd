/** Bearer tokens of the hook routes, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface Credentials {
  /** Whether a caller must show a token at all. */
  required: boolean;
  /** Replaces the tokens that are accepted: the current one and, during a rotation, the one before. */
  replace(tokens: readonly string[]): void;
  /** @param header the Authorization header as received. */
  accepts(header: string | undefined): boolean;
}

/** @param tokens undefined where nobody is asked for one; an empty list refuses everyone. */
export function credentials(tokens: readonly string[] | undefined): Credentials {
  let accepted = (tokens ?? []).map(fingerprint);
  return {
    required: tokens !== undefined,
    replace: (fresh) => {
      accepted = fresh.map(fingerprint);
    },
    accepts: (header) => {
      const given = fingerprint(/^Bearer (.+)$/i.exec(header ?? '')?.[1] ?? '');
      // Every token is compared, so that the time tells neither which one matched nor how many there are to try.
      return accepted.map((one) => timingSafeEqual(one, given)).includes(true);
    },
  };
}

/** Equal lengths are what timingSafeEqual needs, and a digest gives them without telling the token's own. */
function fingerprint(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
