/** What a bridge is told. */

export interface BridgeOptions {
  /** The server's program and its arguments. */
  command: readonly [string, ...string[]];
  host: string;
  /** 0 is any that is free. */
  port: number;
  /** Of the MCP endpoint. */
  path: string;
  /** A process for each session, or one for all of them. */
  sessions: 'own' | 'shared';
  /** More are refused with 503. */
  maxSessions: number;
  /** Processes that wait for a session. */
  spare: number;
  /** A session or a process that nobody has used for so long ends. */
  idleMs: number;
  /** For a process to answer its first request. */
  startMs: number;
  /** For an answer, since the last that was heard of its request. */
  requestMs: number;
  /** From SIGTERM to the end of everything. */
  graceMs: number;
  /** After SIGTERM, for those who have not yet heard that this pod goes. */
  lingerMs: number;
  /** How often a quiet stream says that it is there. */
  keepAliveMs: number;
  /** Of a client's message. */
  maxRequestBytes: number;
  /** Of a message of the server's. */
  maxMessageBytes: number;
  /** Hosts in `Host` and `Origin`, without ports, beside those of the machine itself. `*` allows all. */
  allowedHosts: readonly string[];
  /** A header that a proxy in front sets to who calls: a session belongs to the one that began it. */
  userHeader: string | undefined;
}

export const DEFAULTS: Omit<BridgeOptions, 'command' | 'port'> = {
  host: '127.0.0.1',
  path: '/mcp',
  sessions: 'own',
  maxSessions: 16,
  spare: 1,
  idleMs: 600_000,
  startMs: 60_000,
  requestMs: 900_000,
  graceMs: 25_000,
  lingerMs: 3_000,
  keepAliveMs: 15_000,
  maxRequestBytes: 4 * 1024 * 1024,
  maxMessageBytes: 10 * 1024 * 1024,
  allowedHosts: [],
  userHeader: undefined,
};

/** Where one process serves all, a session is no more than a few hundred bytes. */
export const MOST_SHARED_SESSIONS = 10_000;
