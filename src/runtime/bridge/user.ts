/**
 * Who calls, as far as a request says: a session belongs to the one that began it. The bridge verifies nothing; what stands in
 * front of it does. Knowing a session's id is still what it takes, and this is what it takes beside.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isObject } from './jsonrpc.ts';

/**
 * @param userHeader that a proxy sets, in lower case; without one, the `Authorization` header says who calls.
 * @returns a digest, the same for the same user; empty for nobody.
 */
export function userOf(headers: IncomingHttpHeaders, userHeader: string | undefined): string {
  const said = userHeader === undefined ? subjectOf(headers.authorization) : headers[userHeader];
  return said === undefined ? '' : createHash('sha256').update(String(said)).digest('base64');
}

/** Tokens are renewed while a session lasts: of one that names its subject, that counts. */
function subjectOf(authorization: string | undefined): string | undefined {
  const [, payload] = /^Bearer +[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization ?? '') ?? [];
  if (payload === undefined) return authorization;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (isObject(claims) && typeof claims.sub === 'string') return JSON.stringify([claims.iss, claims.sub]);
  } catch {
    // It is no JWT then.
  }
  return authorization;
}
