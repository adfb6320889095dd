/** The sessions that are open: how many there may be, whose they are, and when they end. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Health } from './health.ts';
import type { Incoming } from './jsonrpc.ts';
import type { Metrics } from './metrics.ts';
import type { BridgeOptions } from './options.ts';
import { OwnSession } from './ownsession.ts';
import type { Reply } from './reply.ts';
import { type Session, shortHash } from './session.ts';
import type { Shared } from './shared.ts';
import { SharedSession } from './sharedsession.ts';
import { Spare } from './spare.ts';
import { type Owner, Started } from './starter.ts';
import { Unavailable } from './unavailable.ts';

/** A session that was not used for so long gives way to a new one. Most clients never say that they are done. */
const GIVES_WAY_AFTER_MS = 60_000;
/** Told to those for whom there is no room. */
const NO_ROOM_RETRY_MS = 5_000;

export class Sessions {
  readonly #options: BridgeOptions;
  readonly #shared: Shared;
  readonly #health: Health;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #open = new Map<string, Session>();
  readonly #spare: Spare;
  /** What of ended sessions is still on its way out. */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: BridgeOptions, shared: Shared, health: Health, metrics: Metrics, log: Logger) {
    this.#options = options;
    this.#shared = shared;
    this.#health = health;
    this.#metrics = metrics;
    this.#log = log;
    this.#spare = new Spare(
      options.sessions === 'own' ? options.spare : 0,
      (exit) => this.#start({ unsolicited: () => {}, exit }),
      () => health.doubt(),
    );
  }

  /** Whether somebody waits for an answer. */
  get busy(): boolean {
    return [...this.#open.values()].some(({ busy }) => busy);
  }

  /** Starts spare processes. */
  prepare(): void {
    this.#spare.fill();
  }

  /** @returns the session of that id if it is that user's; undefined is 404 then, as for one that is gone. */
  find(id: string, user: string): Session | undefined {
    const session = this.#open.get(id);
    return session?.user === user ? session : undefined;
  }

  /**
   * Begins a session and answers `initialize`.
   * @param replyWith makes the reply, which names the session in its headers.
   * @throws Unavailable if there is no room or no process.
   */
  async begin(initialize: Incoming, user: string, replyWith: (id: string) => Reply): Promise<void> {
    this.#health.allow();
    this.#makeRoom();
    const id = randomUUID();
    const log = this.#log.child({ session: shortHash(id) });
    const options = {
      id,
      user,
      metrics: this.#metrics,
      ended: (closed: Promise<void>) => this.#forget(id, closed, log),
    };
    if (this.#options.sessions === 'shared') {
      const { greeting } = await this.#shared.serving();
      const session = new SharedSession(this.#shared, options);
      this.#add(session, log);
      session.greet(initialize, greeting, replyWith(id));
      return;
    }
    const session = new OwnSession({
      ...options,
      started: this.#spare.take() ?? this.#start({ unsolicited: () => {}, exit: () => {} }),
      log,
      startMs: this.#options.startMs,
      began: (well) => {
        if (well) this.#spare.fill();
        else this.#health.doubt();
      },
    });
    this.#add(session, log);
    await session.post([initialize], replyWith(id));
  }

  /** Ends what nobody has used for long, and answers what the server does not. @param now in milliseconds. */
  sweep(now: number): void {
    for (const session of [...this.#open.values()]) {
      session.giveUpBefore(now - this.#options.requestMs);
      if (!session.busy && now - session.usedAt > this.#options.idleMs) void session.end();
    }
  }

  /** Ends all. @returns when what was theirs is gone. */
  async stop(): Promise<void> {
    await Promise.all([this.#spare.stop(), ...[...this.#open.values()].map((session) => session.end())]);
    await Promise.all(this.#ending);
  }

  #start(owner: Owner): Started {
    return new Started(this.#options, this.#metrics, this.#log, owner);
  }

  #add(session: Session, log: Logger): void {
    this.#open.set(session.id, session);
    this.#metrics.sessions.set(this.#open.size);
    log.info('a session begins');
  }

  #forget(id: string, closed: Promise<void>, log: Logger): void {
    this.#ending.add(closed);
    void closed.then(() => this.#ending.delete(closed));
    this.#open.delete(id);
    this.#metrics.sessions.set(this.#open.size);
    log.info('the session is over');
  }

  #makeRoom(): void {
    const { maxSessions } = this.#options;
    // Processes of ended sessions that do not go yet are as large as before.
    const slow = this.#ending.size >= 2 * maxSessions;
    if (this.#open.size < maxSessions && !slow) return;
    let longest: Session | undefined;
    for (const session of this.#open.values()) {
      if (!session.busy && session.usedAt < (longest?.usedAt ?? Date.now() - GIVES_WAY_AFTER_MS))
        longest = session;
    }
    if (!longest || slow) {
      const why = slow
        ? `the processes of ${this.#ending.size} sessions that are over have not ended yet`
        : `${maxSessions} sessions are open, and no more are allowed`;
      throw new Unavailable('sessions', why, NO_ROOM_RETRY_MS);
    }
    void longest.end();
  }
}
