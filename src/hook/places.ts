/** How much may be in work at once: so many calls, and so many bytes that they bring. What is beyond is asked to come again. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from './metrics.ts';

/** Whole seconds after which Metacontroller and the API server ask again. */
const RETRY_SECONDS = 1;

export interface Limits {
  calls: number;
  /** Of all bodies together. */
  bytes: number;
  /** Of one body: one without a length, or with a wrong one, is cut off there. */
  bodyBytes: number;
}

/**
 * @param app a scope, of whose calls each gives its place back by itself.
 * @param tell is told how many calls are in work, when that changes.
 * @returns what takes a place for a call before its body is read, and says whether there was one.
 */
export function places(
  app: FastifyInstance,
  limits: Limits,
  tell: (calls: number) => void = () => {},
): (request: FastifyRequest, reply: FastifyReply) => boolean {
  let calls = 0;
  let bytes = 0;
  /** What each call in work may bring. */
  const taken = new WeakMap<FastifyRequest, number>();

  const release = (request: FastifyRequest): void => {
    const length = taken.get(request);
    if (length === undefined) return;
    taken.delete(request);
    calls--;
    bytes -= length;
    tell(calls);
  };
  app.addHook('onResponse', async (request) => release(request));

  return (request, reply) => {
    const length = Math.min(Number(request.headers['content-length'] ?? Infinity), limits.bodyBytes);
    if (calls >= limits.calls || bytes + length > limits.bytes) return false;
    taken.set(request, length);
    calls++;
    bytes += length;
    tell(calls);
    // A caller that hangs up gets no response, and Fastify tells of that only while the body is on its way.
    const { socket } = request.raw;
    const hungUp = () => release(request);
    socket.once('close', hungUp);
    reply.raw.once('finish', () => socket.off('close', hungUp));
    if (socket.destroyed) release(request);
    return true;
  };
}

/** 429 with the time to wait: the one refusal that both callers take as "later". */
export function askToComeAgain(
  reply: FastifyReply,
  metrics: Metrics,
  {
    reason,
    error,
    seconds = RETRY_SECONDS,
  }: { reason: 'overload' | 'revision'; error: string; seconds?: number },
): FastifyReply {
  metrics.rejected.inc({ reason });
  return reply.code(429).header('retry-after', String(seconds)).send({ error });
}
