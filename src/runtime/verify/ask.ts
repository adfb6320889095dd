/** The questions, by the official client, as any client would ask them. */
import {
  Client,
  isSpecType,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { VERSION } from '../version.ts';
import { wantsCredentials } from './authorization.ts';
import type { Exchange, Line } from './line.ts';

export const TRANSPORTS = ['http', 'sse'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** Where a server is asked. */
export interface Place {
  url: URL;
  transport: TransportName;
}

export interface Answers {
  protocolVersion: string;
  protocolVersions: string[];
  name: string;
  version: string;
  capabilities: string[];
  instructions: boolean;
  /** As the server has them, judged by nobody. */
  tools: unknown[];
  /** Names. */
  prompts: string[];
  /** Names, templates among them. */
  resources: string[];
}

/** What came of asking at a place: answers, or an error that the exchanges explain. */
export type Attempt = { place: Place; exchanges: Exchange[]; connected: boolean } & (
  | { answers: Answers }
  | { error: unknown }
);

export interface AskOptions {
  line: Line;
  headers: Headers;
  /** For one question, in milliseconds. */
  callMs: number;
  deadline: AbortSignal;
}

/** As the client's own bound; a cursor that never ends must not hold it up. */
const MOST_PAGES = 64;
const MOST_ENTRIES = 10_000;

const SLACK_MS = 500;
const GOODBYE_MS = 1_000;

/** A list that is not as a client can take it. */
export class BadList extends Error {
  readonly method: string;

  constructor(method: string, message: string) {
    super(message);
    this.method = method;
  }
}

/** Asks all there is to ask. It does not throw. */
export async function ask(place: Place, options: AskOptions): Promise<Attempt> {
  const attempt = await askIn('auto', place, options);
  if ('answers' in attempt || attempt.connected || place.transport === 'sse') return attempt;
  // Some older servers break on a question that they do not know. The client takes that for an outage.
  const last = attempt.exchanges.at(-1);
  const broke =
    last?.failure?.kind === 'timeout' || last?.failure?.kind === 'broken' || (last?.status ?? 0) >= 500;
  if (last?.asks !== 'server/discover' || !broke || options.deadline.aborted) return attempt;
  return askIn('legacy', place, options);
}

/** @returns whether a server speaks MCP there, or wants credentials first. */
export async function answersAt(place: Place, options: AskOptions): Promise<boolean> {
  const attempt = await askIn('auto', place, options, false);
  const last = attempt.exchanges.at(-1);
  return 'answers' in attempt || (last !== undefined && wantsCredentials(last));
}

async function askIn(
  mode: 'auto' | 'legacy',
  place: Place,
  options: AskOptions,
  lists = true,
): Promise<Attempt> {
  const { line, callMs, deadline } = options;
  const first = line.exchanges.length;
  // The SSE transport is of a time before the question `server/discover`.
  const versionNegotiation = { mode: place.transport === 'sse' ? ('legacy' as const) : mode };
  const client = new Client({ name: 'smooth-operator', version: VERSION }, { versionNegotiation });
  const transport = transportTo(place, options);
  let connected = false;
  try {
    // The line's own limit comes first, which knows how far the answer got.
    const call = { timeout: callMs + SLACK_MS, signal: deadline };
    await within(client.connect(transport, call), callMs * 2, deadline);
    connected = true;
    const answers = await answersOf(client, call, lists);
    return { place, connected, exchanges: line.exchanges.slice(first), answers };
  } catch (error) {
    return { place, connected, exchanges: line.exchanges.slice(first), error };
  } finally {
    // A server keeps a session until it is told, or for as long as it likes.
    if (connected && transport instanceof StreamableHTTPClientTransport)
      await within(transport.terminateSession(), GOODBYE_MS, deadline).catch(() => {});
    await client.close().catch(() => {});
  }
}

function transportTo({ url, transport }: Place, { line, headers }: AskOptions): Transport {
  const options = { fetch: line.fetch, requestInit: { headers } };
  if (transport === 'sse') return new SSEClientTransport(url, options);
  const never = {
    maxRetries: 0,
    initialReconnectionDelay: 0,
    maxReconnectionDelay: 0,
    reconnectionDelayGrowFactor: 1,
  };
  return new StreamableHTTPClientTransport(url, { ...options, reconnectionOptions: never });
}

/** An SSE client waits for its first event for as long as the stream is open. */
async function within<T>(promise: Promise<T>, ms: number, deadline: AbortSignal): Promise<T> {
  const late = new SdkError(SdkErrorCode.RequestTimeout, 'no connection in time');
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late), ms);
  const onDeadline = () => reject(late);
  deadline.addEventListener('abort', onDeadline, { once: true });
  if (deadline.aborted) reject(late);
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
    deadline.removeEventListener('abort', onDeadline);
    promise.catch(() => {});
  }
}

type Call = { timeout: number; signal: AbortSignal };

async function answersOf(client: Client, call: Call, lists: boolean): Promise<Answers> {
  const { name = '', version = '' } = client.getServerVersion() ?? {};
  const protocolVersion = client.getNegotiatedProtocolVersion() ?? '';
  const capabilities = client.getServerCapabilities() ?? {};
  const list = lists
    ? async (method: string, field: string, wanted: unknown) =>
        wanted === undefined ? [] : listOf(client, method, field, call)
    : async () => [];
  const named = (entries: unknown[]) =>
    entries.map((entry) => String((entry as { name?: unknown })?.name ?? ''));
  const { tools, prompts, resources } = capabilities;
  return {
    protocolVersion,
    protocolVersions: client.getDiscoverResult()?.supportedVersions ?? [protocolVersion],
    name,
    version,
    capabilities: Object.keys(capabilities).sort(),
    instructions: (client.getInstructions() ?? '') !== '',
    tools: await list('tools/list', 'tools', tools),
    prompts: named(await list('prompts/list', 'prompts', prompts)),
    resources: named([
      ...(await list('resources/list', 'resources', resources)),
      ...(await list('resources/templates/list', 'resourceTemplates', resources)),
    ]),
  };
}

/** Takes whatever is in the list: what clients refuse of it is judged apart, with the name of what is wrong. */
const anything = {
  '~standard': { version: 1 as const, vendor: 'smooth-operator', validate: (value: unknown) => ({ value }) },
};

async function listOf(client: Client, method: string, field: string, call: Call): Promise<unknown[]> {
  const entries: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= MOST_PAGES; page++) {
    let result: unknown;
    try {
      result = await client.request(
        { method, ...(cursor !== undefined && { params: { cursor } }) },
        anything,
        call,
      );
    } catch (error) {
      // Many declare resources or prompts and have no list of them, which no client minds.
      const isUnknown = error instanceof ProtocolError && error.code === ProtocolErrorCode.MethodNotFound;
      if (isUnknown && method !== 'tools/list') return entries;
      throw error;
    }
    const { [field]: found, nextCursor } = result as Record<string, unknown>;
    if (!Array.isArray(found)) throw new BadList(method, `its answer to ${method} has no list of ${field}`);
    for (const entry of found) entries.push(entry);
    if (entries.length > MOST_ENTRIES)
      throw new BadList(method, `its answer to ${method} has more than ${MOST_ENTRIES} entries`);
    if (nextCursor === undefined || nextCursor === null) return entries;
    if (typeof nextCursor !== 'string')
      throw new BadList(method, `its answer to ${method} has a cursor that is no text`);
    cursor = nextCursor;
  }
  throw new BadList(method, `its answer to ${method} goes on after ${MOST_PAGES} pages`);
}

/** @returns whether the official client takes it for a tool. */
export const isTool = (value: unknown): boolean => isSpecType.Tool(value);
