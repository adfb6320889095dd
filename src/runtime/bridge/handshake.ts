/**
 * What the bridge asks a process of its own accord, before clients without a session reach it: `server/discover`, as a client
 * of MCP 2026-07-28 asks, and `initialize` where the process does not know that.
 */
import { exitInWords } from './child.ts';
import type { Asker, Exchange } from './exchange.ts';
import { isObject, type Params } from './jsonrpc.ts';
import { CLIENT_CAPABILITIES, CLIENT_INFO, PROTOCOL_VERSION } from './meta.ts';

export const MODERN = '2026-07-28';
export const LEGACY = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const;

/** Some servers answer nothing before `initialize`. */
const MOST_SILENCE_MS = 10_000;
const US = { name: 'smooth-runtime bridge', version: '1' };

/** How a process speaks, and what it says of itself. */
export interface Greeting {
  era: 'modern' | 'legacy';
  /** Of `server/discover` in the modern era, of `initialize` in the legacy one. */
  result: Params;
}

export class HandshakeError extends Error {
  /** The process ended on `server/discover`: another one is to be asked `initialize` at once. */
  readonly onDiscover: boolean;
  constructor(message: string, onDiscover = false) {
    super(message);
    this.onDiscover = onDiscover;
  }
}

/**
 * @param discover whether `server/discover` is asked first.
 * @param startMs for all of it.
 * @throws HandshakeError
 */
export async function greet(exchange: Exchange, discover: boolean, startMs: number): Promise<Greeting> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new HandshakeError(`the server did not answer within ${startMs / 1000} s`)),
    startMs,
  );
  try {
    return await Promise.race([late.promise, discover ? discovered(exchange) : initialized(exchange)]);
  } finally {
    clearTimeout(timer);
  }
}

async function discovered(exchange: Exchange): Promise<Greeting> {
  const meta = { [PROTOCOL_VERSION]: MODERN, [CLIENT_INFO]: US, [CLIENT_CAPABILITIES]: {} };
  const discover = ask(exchange, 'server/discover', { _meta: meta });
  const answer = await Promise.race([discover, silence()]);
  if (answer && Array.isArray(answer.result?.supportedVersions)) {
    if (answer.result.supportedVersions.includes(MODERN)) return { era: 'modern', result: answer.result };
  }
  const { exited } = exchange.child;
  if (exited) throw new HandshakeError(`the server ${exitInWords(exited)}`, true);
  return initialized(exchange);
}

async function initialized(exchange: Exchange): Promise<Greeting> {
  const { result, error } = await ask(exchange, 'initialize', {
    protocolVersion: LEGACY[0],
    // No client stands behind the bridge that could be asked for anything.
    capabilities: {},
    clientInfo: US,
  });
  if (!result) throw new HandshakeError(error ?? 'the server refused initialize');
  exchange.tell(Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}'));
  return { era: 'legacy', result };
}

interface Answer {
  result?: Params;
  error?: string;
}

function silence(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), MOST_SILENCE_MS).unref());
}

function ask(exchange: Exchange, method: string, params: Params): Promise<Answer> {
  return new Promise((resolve) => {
    const asker: Asker = {
      waiting: true,
      wantsLogs: false,
      hear: () => false,
      stop: () => {},
      answer: (message) => {
        const { result, error } = parsed(message);
        resolve({
          ...(isObject(result) && { result }),
          ...(isObject(error) && { error: String(error.message) }),
        });
      },
    };
    const id = method;
    const bytes = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    exchange.ask({ kind: 'request', method, id, params, bytes }, asker);
  });
}

function parsed(message: Buffer): Params {
  try {
    return JSON.parse(message.toString('utf8')) as Params;
  } catch {
    return {};
  }
}
