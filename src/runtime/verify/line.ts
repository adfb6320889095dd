/**
 * The line to a server that may mean harm: every call has a time limit, every answer a number of bytes, and what went over it
 * is written down, for that says better what is there than the errors that a client makes of it.
 */
import type { FetchLike } from '@modelcontextprotocol/client';
import { Agent, buildConnector, type RequestInit as UndiciInit, fetch as undiciFetch } from 'undici';
import { valueCounter } from './values.ts';

/** In bytes: of one answer, and of all of them. The list of a thousand tools is about one million. */
const MOST_BYTES = { answer: 4 << 20, all: 16 << 20 };
/** Of what is parsed, for the memory that it takes: the list of a thousand tools has about 60,000. */
const MOST_VALUES = { answer: 150_000, all: 300_000 };
/** How much of an answer is kept to look into, in characters. */
const BEGINNING = 4096;

export type FailureKind = 'unreachable' | 'tls' | 'notHttp' | 'timeout' | 'tooLarge' | 'broken';

export interface Failure {
  kind: FailureKind;
  /** Such as `ECONNREFUSED`, or the bound that was passed; empty where there is none. */
  detail: string;
}

/** One call and its answer. */
export interface Exchange {
  url: URL;
  method: string;
  /** The method of the JSON-RPC message in it; empty for other calls. */
  asks: string;
  /** Absent where no answer began. */
  status?: number;
  headers?: Headers;
  /** As the answer's `content-type` has it, without parameters. */
  mediaType: string;
  /** What the body begins with. A stranger's words: to look into, not to tell. */
  beginning: string;
  failure?: Failure;
}

export interface LineOptions {
  /** Ends everything; its reason is a TimeoutError. */
  deadline: AbortSignal;
  /** For one call and its answer, in milliseconds. A stream of events has until the deadline. */
  callMs: number;
  /** `HOST:PORT` to connect to; the server is called by the host of the URL all the same, also for its certificate. */
  connectTo?: string | undefined;
}

export interface Line {
  fetch: FetchLike;
  /** All calls so far. */
  exchanges: Exchange[];
  /** Ends all connections, so that none keeps the process. */
  close(): Promise<void>;
}

/** @returns a `fetch` that is bounded and leaves redirects to its caller. It throws as `fetch` does. */
export function lineOf({ deadline, callMs, connectTo }: LineOptions): Line {
  const exchanges: Exchange[] = [];
  const agent = agentFor(callMs, connectTo);
  let left = MOST_BYTES.all;
  let valuesLeft = MOST_VALUES.all;

  async function* bounded(body: AsyncIterable<Uint8Array>, exchange: Exchange, done: () => void) {
    const decoder = new TextDecoder();
    const isParsed = /^(application\/json|text\/event-stream)$/.test(exchange.mediaType);
    const countValues = valueCounter();
    let bytes = 0;
    let values = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        left -= chunk.length;
        if (bytes > MOST_BYTES.answer) throw new TooLarge(mebibytes(MOST_BYTES.answer));
        if (left < 0) throw new TooLarge(`${mebibytes(MOST_BYTES.all)} in all`);
        if (isParsed) {
          const now = countValues(chunk);
          valuesLeft -= now - values;
          values = now;
          if (values > MOST_VALUES.answer) throw new TooLarge(`${MOST_VALUES.answer} values`);
          if (valuesLeft < 0) throw new TooLarge(`${MOST_VALUES.all} values in all`);
        }
        if (exchange.beginning.length < BEGINNING)
          exchange.beginning += decoder.decode(chunk.subarray(0, BEGINNING), { stream: true });
        yield chunk;
      }
    } catch (error) {
      note(exchange, error);
      throw error;
    } finally {
      done();
    }
  }

  const fetchBounded: FetchLike = async (input, init = {}) => {
    const url = new URL(input);
    const method = (init.method ?? 'GET').toUpperCase();
    const exchange: Exchange = { url, method, asks: asked(init.body), mediaType: '', beginning: '' };
    exchanges.push(exchange);
    const call = new AbortController();
    // A client may leave an answer unread.
    const timer = setTimeout(() => call.abort(timeout()), callMs).unref();
    const done = () => clearTimeout(timer);
    const signals = [deadline, call.signal, ...(init.signal ? [init.signal] : [])];
    try {
      const response = await undiciFetch(url, {
        ...(init as UndiciInit),
        headers: [...new Headers(init.headers)],
        redirect: 'manual',
        dispatcher: agent,
        signal: AbortSignal.any(signals),
      });
      const { body, status, statusText } = response;
      const headers = new Headers([...response.headers]);
      Object.assign(exchange, { status, headers, mediaType: mediaTypeOf(headers) });
      if (method === 'GET' && exchange.mediaType === 'text/event-stream') done();
      if (body) return new Response(streamed(bounded(body, exchange, done)), { status, statusText, headers });
      done();
      return new Response(null, { status, statusText, headers });
    } catch (error) {
      done();
      note(exchange, error);
      throw error;
    }
  };
  return { fetch: fetchBounded, exchanges, close: () => agent.destroy() };
}

function agentFor(connectMs: number, connectTo: string | undefined): Agent {
  const connect = buildConnector({ timeout: connectMs });
  if (connectTo === undefined) return new Agent({ connect });
  const { hostname, port } = new URL(`http://${connectTo}`);
  const there = { hostname, port: port || '80' };
  return new Agent({ connect: (options, done) => connect({ ...options, ...there }, done) });
}

const streamed = (chunks: AsyncIterable<Uint8Array>) =>
  ReadableStream.from(chunks) as ReadableStream<Uint8Array>;

const mebibytes = (bytes: number) => `${bytes >> 20} MiB`;

/** Its message is the bound. */
class TooLarge extends Error {}

const timeout = () => new DOMException('The call took too long.', 'TimeoutError');

function note(exchange: Exchange, error: unknown): void {
  const failure = failureOf(error);
  if (failure) exchange.failure ??= failure;
}

/** @returns undefined where our own side ended it. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof TooLarge) return { kind: 'tooLarge', detail: error.message };
  const { name } = error as Error;
  if (name === 'AbortError') return undefined;
  if (name === 'TimeoutError') return { kind: 'timeout', detail: '' };
  const cause = causeOf(error);
  if (cause.name === 'HTTPParserError') return { kind: 'notHttp', detail: '' };
  const { code = '' } = cause as NodeJS.ErrnoException;
  return { kind: KINDS.find(([pattern]) => pattern.test(code))?.[1] ?? 'broken', detail: code };
}

const KINDS: [RegExp, FailureKind][] = [
  [/^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL)$/, 'unreachable'],
  [/^(ETIMEDOUT|UND_ERR_\w+_TIMEOUT)$/, 'timeout'],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH$)/, 'tls'],
];

/** `fetch failed` is all that the outermost error says. */
function causeOf(error: unknown): Error {
  let one = error as Error;
  while (one.cause instanceof Error && (one as NodeJS.ErrnoException).code === undefined) one = one.cause;
  return one;
}

function asked(body: unknown): string {
  if (typeof body !== 'string') return '';
  const { method } = JSON.parse(body) as { method?: string };
  return method ?? '';
}

export function mediaTypeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
}
