/** Client certificates: whether a connection has shown one that may call. Its CA is the listener's to check. */
import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClientCertificates } from '../settings.ts';
import type { Metrics } from './metrics.ts';

/**
 * @param clients who may call; undefined: whoever gets here.
 * @returns what turns away a caller without a certificate that may call, and says nothing to the others.
 */
export function askForCertificate(
  clients: ClientCertificates | undefined,
  metrics: Metrics,
): (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined {
  if (!clients) return () => undefined;
  const isKnown = oncePerConnection((connection) => accepts(connection, clients.names));
  return (request, reply) => {
    const { socket } = request.raw;
    if (isKnown(socket)) return undefined;
    // Why not is the log's to say, and no business of theirs.
    request.log.debug({ ...shownBy(socket) }, 'a caller without a client certificate that may call');
    metrics.rejected.inc({ reason: 'unauthorized' });
    return reply.code(401).send({ error: 'a client certificate that may call is needed' });
  };
}

/** What a connection has shown does not change while it lasts. */
function oncePerConnection(ask: (connection: Socket) => boolean): (connection: Socket) => boolean {
  const known = new WeakMap<Socket, boolean>();
  return (connection) => {
    const before = known.get(connection);
    if (before !== undefined) return before;
    const answer = ask(connection);
    known.set(connection, answer);
    return answer;
  };
}

/** @param names common names or DNS names, one of which the certificate must have; none: every one of the CA will do. */
function accepts(connection: Socket, names: readonly string[]): boolean {
  const shown = shownBy(connection);
  if (shown.error !== undefined) return false;
  return names.length === 0 || names.some((name) => shown.names.includes(name));
}

/** @returns the names of the certificate that the other end has shown, or why it counts for nothing. */
function shownBy(connection: Socket): { names: string[]; error?: string } {
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
