/** A bridge in this process, over real processes of the server, and a client that says exactly what it is told. */
import path from 'node:path';
import {
  Client,
  StreamableHTTPClientTransport,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client';
import { pino } from 'pino';
import type { Test } from 'tap';
import { type Bridge, startBridge } from '../../../src/runtime/bridge/bridge.ts';
import { type BridgeOptions, DEFAULTS } from '../../../src/runtime/bridge/options.ts';
import { poll } from '../../cluster/process.ts';

const SERVER = path.join(import.meta.dirname, 'server.ts');
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

export type Message = {
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown> & { content?: { text: string }[] };
  error?: { code: number; message: string; data?: Record<string, unknown> };
};

export interface Answer {
  status: number;
  headers: Headers;
  messages: Message[];
  /** The last. */
  message: Message;
}

/** @param flags of `server.ts`. */
export function serverWith(...flags: string[]): [string, ...string[]] {
  return [process.execPath, SERVER, ...flags];
}

export class Harness {
  readonly url: string;
  readonly log: Record<string, unknown>[];
  readonly #bridge: Bridge;

  constructor(bridge: Bridge, log: Record<string, unknown>[]) {
    this.#bridge = bridge;
    this.log = log;
    this.url = `http://127.0.0.1:${bridge.port}`;
  }

  stop(lingerMs = 0): Promise<void> {
    return this.#bridge.stop(lingerMs);
  }

  async ready(): Promise<void> {
    await poll('readiness', async () => (await fetch(`${this.url}/readyz`)).ok, 20);
  }

  /** Waits for a line of the log. */
  async logged(pattern: RegExp): Promise<Record<string, unknown>> {
    const find = () => this.log.find(({ msg }) => pattern.test(String(msg)));
    await poll(`${pattern} in the log`, async () => find() !== undefined, 20);
    return find()!;
  }

  fetch(body: unknown, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}/mcp`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      ...init,
    });
  }

  async post(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return answerOf(await this.fetch(body, headers));
  }

  /** Opens a session. */
  async session(headers: Record<string, string> = {}, version = '2025-11-25'): Promise<RawSession> {
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    const answer = await this.post({ jsonrpc: '2.0', id: 0, method: 'initialize', params }, headers);
    const id = answer.headers.get('mcp-session-id');
    if (answer.status !== 200 || !id) throw new Error(`initialize: ${JSON.stringify(answer)}`);
    return new RawSession(this, { ...headers, 'mcp-session-id': id }, answer);
  }

  /** A request of 2026-07-28, with the headers that belong to it. */
  modern(method: string, params: Record<string, unknown> = {}, id: string | number = 1) {
    const name = params.name ?? params.uri;
    return {
      body: {
        jsonrpc: '2.0',
        id,
        method,
        params: { ...params, _meta: { ...ENVELOPE, ...(params._meta as object) } },
      },
      headers: {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(name === undefined ? {} : { 'mcp-name': String(name) }),
      },
    };
  }

  async stateless(
    method: string,
    params: Record<string, unknown> = {},
    id: string | number = 1,
  ): Promise<Answer> {
    const { body, headers } = this.modern(method, params, id);
    return this.post(body, headers);
  }

  /** The official client. */
  async client(t: Test, mode: VersionNegotiationMode, client?: Client): Promise<Client> {
    const mine = client ?? new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    await mine.connect(new StreamableHTTPClientTransport(new URL(`${this.url}/mcp`)));
    t.teardown(() => mine.close());
    return mine;
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }
}

export class RawSession {
  readonly headers: Record<string, string>;
  readonly initialized: Answer;
  readonly #harness: Harness;

  constructor(harness: Harness, headers: Record<string, string>, initialized: Answer) {
    this.#harness = harness;
    this.headers = headers;
    this.initialized = initialized;
  }

  send(message: object): Promise<Answer> {
    return this.#harness.post({ jsonrpc: '2.0', ...message }, this.headers);
  }

  call(name: string, args: object = {}, id: string | number = 1, meta?: object): Promise<Answer> {
    return this.send({
      id,
      method: 'tools/call',
      params: { name, arguments: args, ...(meta && { _meta: meta }) },
    });
  }

  /** What comes on the session's stream, as it comes. */
  async *stream(signal?: AbortSignal): AsyncGenerator<Message> {
    const headers = { accept: 'text/event-stream', ...this.headers };
    const response = await this.#harness.fetch(undefined, headers, {
      method: 'GET',
      body: null,
      ...(signal && { signal }),
    });
    if (!response.ok) throw new Error(`GET: ${response.status}`);
    yield* eventsOf(response);
  }

  delete(): Promise<Response> {
    return this.#harness.fetch(undefined, this.headers, { method: 'DELETE', body: null });
  }
}

export async function answerOf(response: Response): Promise<Answer> {
  const messages: Message[] = [];
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    for await (const message of eventsOf(response)) messages.push(message);
  } else {
    const text = await response.text();
    if (text !== '') messages.push(JSON.parse(text) as Message);
  }
  return { status: response.status, headers: response.headers, messages, message: messages.at(-1) ?? {} };
}

export async function* eventsOf(response: Response): AsyncGenerator<Message> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      const data = event.split('\n').filter((line) => line.startsWith('data: '));
      if (data.length > 0) yield JSON.parse(data.map((line) => line.slice(6)).join('\n')) as Message;
    }
  }
}

export function textOf({ message }: Answer): string | undefined {
  return message.result?.content?.[0]?.text;
}

/** Starts a bridge, which ends with the test. */
export async function bridgeTo(
  t: Test,
  command: [string, ...string[]],
  options: Partial<BridgeOptions> = {},
): Promise<Harness> {
  const log: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line) => log.push(JSON.parse(line)) });
  const all = { ...DEFAULTS, port: 0, spare: 0, graceMs: 2_000, ...options, command };
  const harness = new Harness(await startBridge(all, logger), log);
  t.teardown(() => harness.stop());
  return harness;
}

/** Whether a process is there and runs. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
