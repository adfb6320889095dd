/** Client certificates: whether a connection has shown one that may call. Its CA is the listener's to check. */
import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';

/**
 * @param names common names or DNS names, one of which the certificate must have; none: every certificate of the CA will do.
 * @returns whether the other end of a connection may call; found out once a connection.
 */
export function certificates(names: readonly string[]): (connection: Socket) => boolean {
  const known = new WeakMap<Socket, boolean>();
  return (connection) => {
    const before = known.get(connection);
    if (before !== undefined) return before;
    const accepted = accepts(connection, names);
    known.set(connection, accepted);
    return accepted;
  };
}

function accepts(connection: Socket, names: readonly string[]): boolean {
  const shown = shownBy(connection);
  if (shown.error !== undefined) return false;
  return names.length === 0 || names.some((name) => shown.names.includes(name));
}

/** @returns the names of the certificate that the other end has shown, or why it counts for nothing. */
export function shownBy(connection: Socket): { names: string[]; error?: string } {
  if (!(connection instanceof TLSSocket)) return { names: [], error: 'no TLS' };
  const { subject, subjectaltname } = connection.getPeerCertificate() as Partial<PeerCertificate>;
  // One that has only other names has no subject at all.
  const names = [subject?.CN ?? []].flat().concat(dnsNames(subjectaltname));
  if (connection.authorized) return { names };
  return { names, error: subject || subjectaltname ? String(connection.authorizationError) : 'none' };
}

/** Node writes them as `DNS:a, DNS:b`, and quotes one that has anything in it that a name of DNS has not. */
function dnsNames(list = ''): string[] {
  return list.split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : []));
}
