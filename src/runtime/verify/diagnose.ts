/** Why a server could not be asked: from what went over the line, for that is the same whatever a client makes of it. */
import { connect as connectTls } from 'node:tls';
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import type { Reason } from '../../api/verification.ts';
import { type Attempt, BadList } from './ask.ts';
import { wantsCredentials } from './authorization.ts';
import type { Exchange, Failure } from './line.ts';

export interface Diagnosis {
  reason: Reason;
  /** A sentence, without what to do. */
  seen: string;
  /** Whether MCP may be served at another path, or by the other transport. */
  elsewhere?: boolean;
  /** The exchange that says who gives credentials. */
  challenge?: Exchange;
}

/** JSON-RPC's error of MCP 2026-07-28 for a version that the server does not speak. */
const UNSUPPORTED_VERSION = -32022;

/**
 * @param attempt one that failed.
 * @param connectTo as for the line.
 */
export async function diagnose(
  attempt: Attempt & { error: unknown },
  connectTo?: string,
): Promise<Diagnosis> {
  const { exchanges, error, place, connected } = attempt;
  if (error instanceof BadList) {
    const reason = error.method === 'tools/list' ? 'InvalidTools' : 'ServerError';
    return { reason, seen: sentence(error.message) };
  }
  const last = decisive(exchanges);
  const where = locationOf(place.url);
  if (!last) return { reason: 'ServerError', seen: `${where} could not be asked` };
  const asked = last.asks === '' ? where : `${where}, asked for ${last.asks},`;
  if (last.failure) return ofFailure(last, last.failure, asked, connectTo);
  const { status = 0 } = last;
  if (status >= 300) return ofStatus(last, status, where, connected);
  return ofAnswer(last, error, asked, connected);
}

/** The last question: a client sends notifications and opens a stream beside them, which servers may refuse. */
function decisive(exchanges: Exchange[]): Exchange | undefined {
  const isQuestion = ({ asks }: Exchange) => asks !== '' && !asks.startsWith('notifications/');
  return exchanges.findLast(isQuestion) ?? exchanges.at(-1);
}

/** A URL as it may be told: without query, which may hold a key. */
export function locationOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

async function ofFailure(
  { url, asks, status, beginning }: Exchange,
  { kind, detail }: Failure,
  asked: string,
  connectTo: string | undefined,
): Promise<Diagnosis> {
  const because = detail === '' ? '' : ` (${detail})`;
  switch (kind) {
    case 'unreachable':
      return { reason: 'ServerError', seen: `${url.host} cannot be reached${because}` };
    case 'tls':
      return {
        reason: 'TLSMismatch',
        seen: `${url.host} is called with TLS, and ${tlsProblem(detail)}${because}`,
      };
    case 'timeout': {
      const how =
        status === undefined ? 'does not answer in time' : 'begins an answer and does not end it in time';
      return { reason: 'Timeout', seen: `${asked} ${how}` };
    }
    case 'tooLarge': {
      const seen = `${asked} answers with more than ${detail}`;
      return { reason: asks === 'tools/list' ? 'InvalidTools' : 'ServerError', seen };
    }
    default: {
      if (url.protocol === 'http:' && beginning === '' && (await speaksTls(url, connectTo)))
        return { reason: 'TLSMismatch', seen: `${url.host} speaks TLS and is called without` };
      if (kind === 'notHttp') return { reason: 'NotMCP', seen: `${url.host} does not speak HTTP${because}` };
      return { reason: 'ServerError', seen: `${asked} breaks off the connection${because}` };
    }
  }
}

function tlsProblem(code: string): string {
  return /^(ERR_SSL_|EPROTO)/.test(code) ? 'does not speak it' : 'its certificate is not accepted';
}

const PATIENCE_MS = 3_000;

/** @returns whether somebody shakes hands there, with whatever certificate. */
function speaksTls(url: URL, connectTo: string | undefined): Promise<boolean> {
  const { hostname, port } = new URL(`http://${connectTo ?? url.host}`);
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connectTls({ host, port: Number(port || 80), rejectUnauthorized: false });
    const end = (speaks: boolean) => {
      socket.destroy();
      resolve(speaks);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.once('secureConnect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}

function ofStatus(exchange: Exchange, status: number, where: string, connected: boolean): Diagnosis {
  const { beginning, headers, url } = exchange;
  const answers = `${where} answers ${status}`;
  const elsewhere = !connected;
  if (status === 421 || (status === 403 && /\bhost\b/i.test(beginning)))
    return { reason: 'HostRefused', seen: `${answers} to calls for the host ${url.host}` };
  if (status === 401 || (status === 403 && headers?.has('www-authenticate'))) {
    const isMCP = connected || wantsCredentials(exchange);
    return { reason: isMCP ? 'Unauthorized' : 'AccessDenied', seen: answers, challenge: exchange };
  }
  if (status < 400) return ofRedirect(exchange, status, where, elsewhere);
  if (status === 400 && /plain HTTP request|HTTP request to an HTTPS server/i.test(beginning))
    return { reason: 'TLSMismatch', seen: `${url.host} speaks TLS and is called without` };
  const code = errorCodeOf(beginning);
  if (code === UNSUPPORTED_VERSION || (status === 400 && /protocol version/i.test(beginning)))
    return {
      reason: 'VersionUnsupported',
      seen: `${answers}: it does not speak the versions that it was asked in`,
    };
  if (code !== undefined)
    return { reason: 'ServerError', seen: `${answers} with JSON-RPC error ${code}`, elsewhere };
  if (status >= 500) return { reason: 'ServerError', seen: answers };
  return { reason: status === 404 || status === 410 ? 'WrongPath' : 'NotMCP', seen: answers, elsewhere };
}

function ofRedirect(
  { url, headers }: Exchange,
  status: number,
  where: string,
  elsewhere: boolean,
): Diagnosis {
  const answers = `${where} answers ${status}`;
  const location = headers?.get('location') ?? '';
  if (!URL.canParse(location, url.href))
    return { reason: 'NotMCP', seen: `${answers} and leads nowhere`, elsewhere };
  const target = new URL(location, url);
  if (target.hostname !== url.hostname)
    return {
      reason: 'NotMCP',
      seen: `${answers} and leads to another host, ${target.host}, where nobody is asked`,
    };
  if (target.protocol !== url.protocol)
    return { reason: 'TLSMismatch', seen: `${answers} and leads to ${target.protocol.slice(0, -1)}` };
  if (target.port !== url.port)
    return {
      reason: 'NotMCP',
      seen: `${answers} and leads to another port, ${target.host}, where nobody is asked`,
    };
  return {
    reason: 'WrongPath',
    seen: `${answers} and leads to ${target.pathname}, where clients do not follow`,
  };
}

/** An answer that is well as HTTP. */
function ofAnswer(last: Exchange, error: unknown, asked: string, connected: boolean): Diagnosis {
  const elsewhere = !connected;
  if (error instanceof ProtocolError) {
    const unsupported = error.code === UNSUPPORTED_VERSION;
    const seen = `${asked} answers with JSON-RPC error ${error.code}`;
    return { reason: unsupported ? 'VersionUnsupported' : 'ServerError', seen };
  }
  const { message = '' } = error as Error;
  if (/protocol version/i.test(message) && !(error instanceof SdkHttpError))
    return {
      reason: 'VersionUnsupported',
      seen: `${asked} answers in a version of MCP that clients do not speak`,
    };
  const isEvents = last.mediaType === 'text/event-stream';
  const isJson = last.mediaType === 'application/json';
  const timedOut = error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout;
  if (timedOut)
    return { reason: 'Timeout', seen: `${asked} does not answer in time`, elsewhere: last.method === 'GET' };
  if (connected || ((isEvents || isJson) && /"jsonrpc"/.test(last.beginning)))
    return { reason: 'ServerError', seen: `${asked} gives an answer that is not as MCP has it` };
  const what = last.mediaType === '' ? 'something without a content type' : last.mediaType;
  return { reason: 'NotMCP', seen: `${asked} answers with ${what} that is not MCP`, elsewhere };
}

function errorCodeOf(body: string): number | undefined {
  try {
    const code = JSON.parse(body)?.error?.code;
    return Number.isSafeInteger(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
