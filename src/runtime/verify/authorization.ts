/** Where the credentials of a server come from, as it says itself: RFC 9728. */
import {
  discoverOAuthProtectedResourceMetadata,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/client';
import type { Authorization } from '../../api/verification.ts';
import type { Exchange, Line } from './line.ts';

/**
 * Asks the server alone, at the places where its metadata has to be: the address in its challenge may be anywhere.
 * @returns undefined where it says nothing.
 */
export async function authorizationOf(challenge: Exchange, line: Line): Promise<Authorization | undefined> {
  const headers = challenge.headers ?? new Headers();
  const { resourceMetadataUrl: named, scope } = extractWWWAuthenticateParams(new Response(null, { headers }));
  const resourceMetadataUrl = named?.origin === challenge.url.origin ? named : undefined;
  const scopes = scope?.split(' ').filter((one) => one !== '') ?? [];
  try {
    const metadata = await discoverOAuthProtectedResourceMetadata(
      challenge.url,
      resourceMetadataUrl ? { resourceMetadataUrl } : {},
      line.fetch,
    );
    const { authorization_servers = [], scopes_supported = [] } = metadata;
    return { servers: authorization_servers, scopes: scopes.length > 0 ? scopes : scopes_supported };
  } catch {
    return scopes.length > 0 ? { servers: [], scopes } : undefined;
  }
}

/**
 * @returns whether credentials are asked for as MCP servers do it: by OAuth's challenge, which MCP's authorization asks for,
 *   or in JSON, as those have it that take a key of their own. A proxy in front has a page, or `Basic`.
 */
export function wantsCredentials({ status, headers, mediaType }: Exchange): boolean {
  const challenge = headers?.get('www-authenticate') ?? '';
  if (status !== 401 && !(status === 403 && challenge !== '')) return false;
  return /(^|,)\s*(Bearer|DPoP)\b/i.test(challenge) || /^application\/(.+\+)?json$/.test(mediaType);
}
