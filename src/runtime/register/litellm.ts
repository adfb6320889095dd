/**
 * LiteLLM's API for MCP servers, called as an admin: three calls, of which each has a time limit and a bound for its answer,
 * follows no redirect with the key, and says in one word what to make of an answer that is none. By Node's own fetch, which
 * keeps connections and does all that is needed here.
 */
import type { Reason } from '../../api/registrations.ts';
import { VERSION } from '../version.ts';
import type { Row, Write } from './plan.ts';
import { saidIn, type Tell } from './words.ts';

/** In bytes. A list has about 2 KB for each server. */
const MOST_BYTES = { list: 32 << 20, words: 64 << 10 };

/** In characters: what a message has of LiteLLM's words. */
const MOST_WORDS = 180;

/** Why nothing more can come of a run, or nothing for now. */
export class CallError extends Error {
  readonly reason: Exclude<Reason, 'Applied' | 'Incomplete'>;
  /** Whether it may be otherwise in a moment; then in so many milliseconds at the earliest. */
  readonly again: boolean;
  readonly waitMs: number;

  constructor(reason: CallError['reason'], message: string, again?: { waitMs: number }) {
    super(message);
    this.reason = reason;
    this.again = again !== undefined;
    this.waitMs = again?.waitMs ?? 0;
  }
}

export type Written =
  | { outcome: 'done' }
  /** LiteLLM does not take it; `message` has its words. */
  | { outcome: 'refused'; message: string }
  /** It may have been done all the same: the list tells. */
  | { outcome: 'doubtful'; message: string };

export interface LiteLLM {
  /** @throws CallError */
  list(): Promise<Row[]>;
  /** @throws CallError where it says nothing of this one entry. */
  write(write: Write): Promise<Written>;
  /** @throws CallError with the reason Forbidden where the key is not an admin's, who would see all entries. */
  assertAdmin(): Promise<void>;
}

export interface LineOptions {
  /** Of the proxy, with its root path. */
  url: URL;
  adminKey: string;
  /** Ends everything; its reason is a TimeoutError. */
  deadline: AbortSignal;
  /** For one call and its answer, in milliseconds. */
  callMs: number;
  tell: Tell;
}

interface Answer {
  status: number;
  headers: Headers;
  body: string;
  isWhole: boolean;
}

const METHODS = { added: 'POST', changed: 'PUT', removed: 'DELETE' } as const;

export function litellmAt(options: LineOptions): LiteLLM {
  const { tell } = options;
  const call = (method: string, path: string, body?: unknown) => callAt(options, method, path, body);
  return {
    async list() {
      const answer = await call('GET', '');
      if (answer.status !== 200) throw failure(answer, tell);
      if (!answer.isWhole)
        throw new CallError(
          'NotLiteLLM',
          `Its list of MCP servers has more than ${MOST_BYTES.list >> 20} MiB`,
        );
      return rowsIn(answer.body);
    },
    async write({ kind, id, body }) {
      const answer = await call(METHODS[kind], kind === 'removed' ? `/${encodeURIComponent(id)}` : '', body);
      const { status } = answer;
      if (status >= 200 && status < 300) return { outcome: 'done' };
      const message = said(answer, tell);
      // 404: it went between the list and this.
      if (status === 500 || status === 404) return { outcome: 'doubtful', message };
      if ([400, 409, 413, 422].includes(status)) return { outcome: 'refused', message };
      throw failure(answer, tell);
    },
    async assertAdmin() {
      const answer = await call('GET', '/submissions');
      // Releases without submissions look for a server of that name.
      if (answer.status !== 200 && answer.status !== 404) throw failure(answer, tell);
    },
  };
}

async function callAt(
  { url, adminKey, deadline, callMs }: LineOptions,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const timeout = AbortSignal.timeout(callMs);
  try {
    const response = await fetch(`${url.href.replace(/\/+$/, '')}/v1/mcp/server${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        accept: 'application/json',
        'user-agent': `smooth-operator/${VERSION}`,
        // Who an entry is from, in LiteLLM's own records.
        'litellm-changed-by': 'smooth-operator',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.any([deadline, timeout]),
    });
    const { status, headers } = response;
    const most = status === 200 && method === 'GET' ? MOST_BYTES.list : MOST_BYTES.words;
    return { status, headers, ...(await upTo(most, response.body)) };
  } catch (error) {
    if (deadline.aborted) throw deadline.reason;
    throw lineError(error, callMs);
  }
}

async function upTo(most: number, body: ReadableStream<Uint8Array> | null) {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // To leave the loop is to end the answer.
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > most) break;
    chunks.push(chunk);
  }
  return { body: Buffer.concat(chunks).toString(), isWhole: bytes <= most };
}

function rowsIn(body: string): Row[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new CallError('NotLiteLLM', 'Its list of MCP servers is not JSON');
  }
  const isRow = (one: unknown) => typeof (one as Row | null)?.server_id === 'string';
  if (!Array.isArray(value) || !value.every(isRow))
    throw new CallError('NotLiteLLM', 'Its list of MCP servers is not a list of MCP servers');
  return value;
}

const said = (answer: Answer, tell: Tell) => {
  const words = answer.isWhole ? tell(saidIn(answer.body), MOST_WORDS) : '';
  return words === '' ? `HTTP ${answer.status}` : `${words} (HTTP ${answer.status})`;
};

/** @returns what an answer means for the whole run. */
function failure(answer: Answer, tell: Tell): CallError {
  const { status, headers } = answer;
  // What LiteLLM says here may be part of the key, or a digest of it.
  if (status === 401)
    return new CallError('Unauthorized', 'LiteLLM does not accept the admin key (HTTP 401)');
  if (status === 403)
    return new CallError('Forbidden', `LiteLLM does not let the key do this: ${said(answer, tell)}`);
  if (status >= 500 || status === 429 || status === 408)
    return new CallError('Unavailable', `LiteLLM answers ${said(answer, tell)}`, {
      waitMs: retryAfter(headers),
    });
  if (status >= 300 && status < 400)
    return new CallError(
      'NotLiteLLM',
      `It answers with a redirect (HTTP ${status}), which the key does not follow`,
    );
  return new CallError('NotLiteLLM', `It answers ${said(answer, tell)}`);
}

/** @returns what the header asks for, in milliseconds. */
function retryAfter(headers: Headers): number {
  const value = headers.get('retry-after') ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - Date.now());
}

const UNREACHABLE =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/;
const TLS = /^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH$)/;

/** What was not even an answer. Its code is all that is told: messages hold what was sent. */
function lineError(error: unknown, callMs: number): CallError {
  if ((error as Error).name === 'TimeoutError')
    return new CallError('Unavailable', `LiteLLM does not answer within ${callMs / 1000} s`, { waitMs: 0 });
  const cause = causeOf(error);
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (TLS.test(code)) return new CallError('Unreachable', `TLS with LiteLLM fails: ${code}`);
  if (cause.name === 'HTTPParserError')
    return new CallError('NotLiteLLM', 'What answers does not speak HTTP');
  const what = UNREACHABLE.test(code) ? 'cannot be reached' : 'breaks off';
  return new CallError('Unreachable', `LiteLLM ${what}${code && `: ${code}`}`, { waitMs: 0 });
}

/** `fetch failed` is all that the outermost error says. */
function causeOf(error: unknown): Error {
  let one = error as Error;
  while (one.cause instanceof Error && (one as NodeJS.ErrnoException).code === undefined) one = one.cause;
  return one;
}
