/**
 * Has LiteLLM have the servers of a catalog: in rounds of a list, a comparison, and what has to be written, until a list shows
 * that nothing is left. So what became of a call that failed, and what somebody else wrote meanwhile, is read, not guessed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  boundReport,
  type FailureReason,
  REASONS,
  type Reason,
  type Registration,
  type RegistrationReport,
} from '../../api/registrations.ts';
import { type Fingerprint, fingerprintBy } from './credential.ts';
import { CallError, type LiteLLM, litellmAt } from './litellm.ts';
import { type Plan, planOf, type Sent, type Write } from './plan.ts';
import { type Tell, tellerOf } from './words.ts';

export interface RegisterOptions {
  url: URL;
  adminKey: string;
  catalog: string;
  /** Of the document; empty where there is none. */
  hash: string;
  servers: readonly Registration[];
  /** Where credentials are. */
  env: NodeJS.ProcessEnv;
  /** For everything, in milliseconds. */
  timeoutMs: number;
  /** Told of each entry that was written. */
  log: (line: string) => void;
  /** The first wait, in milliseconds; each further one is twice as long. */
  backoffMs?: number;
}

/** For one call, in milliseconds. */
const CALL_MS = 30_000;
const BACKOFF_MS = { first: 500, longest: 15_000 };
/** Calls at once: more of them do not make LiteLLM faster. */
const AT_ONCE = 4;
/** How often one entry is tried: a further time, once what was in its way may be gone. */
const MOST_TRIES = 3;
/** After so many doubtful answers without a good one between them it is not the entries. */
const MOST_DOUBTS = 5;
/** Nobody's clock is ahead by more, in milliseconds. */
const CLOCK_SKEW_MS = 5 * 60_000;

interface Failure {
  reason: FailureReason;
  message: string;
  source: string;
}

/** What became of an entry so far. */
interface Tried {
  write: Write;
  count: number;
  isDone: boolean;
  isRefused: boolean;
  /** What LiteLLM said last, if it was no. */
  message: string;
}

/** @returns what came of it, bounded and without secrets, whatever LiteLLM does. It does not throw. */
export async function register(options: RegisterOptions): Promise<RegistrationReport> {
  const { adminKey, servers, env } = options;
  const secrets = servers.flatMap(({ credential }) => (credential ? [env[credential]?.trim() ?? ''] : []));
  const tell = tellerOf([adminKey, ...secrets]);
  const run = new Run(options, tell);
  return boundReport(await run.end());
}

/** One run and what it has seen so far. */
class Run {
  readonly #options: RegisterOptions;
  readonly #tell: Tell;
  readonly #litellm: LiteLLM;
  readonly #deadline: AbortSignal;
  readonly #began = Date.now();
  readonly #fingerprint: Fingerprint;
  readonly #wanted: Sent[] = [];
  readonly #withoutCredential: Failure[] = [];
  /** What was tried, by the id of the entry. */
  readonly #tries = new Map<string, Tried>();
  #plan: Plan | undefined;

  constructor(options: RegisterOptions, tell: Tell) {
    this.#options = options;
    this.#tell = tell;
    this.#deadline = AbortSignal.timeout(options.timeoutMs);
    const { url, adminKey, catalog, servers, env, timeoutMs } = options;
    this.#fingerprint = fingerprintBy(adminKey, catalog);
    const callMs = Math.min(CALL_MS, timeoutMs);
    this.#litellm = litellmAt({ url, adminKey, deadline: this.#deadline, callMs, tell });
    for (const server of servers) {
      const { secret, problem } = credentialOf(server, env);
      if (problem !== undefined)
        this.#withoutCredential.push({ reason: 'NoCredential', message: problem, source: server.source });
      this.#wanted.push(secret === undefined ? server : { ...server, secret });
    }
  }

  /** Rounds until nothing is left to do, or nothing can be done. */
  async end(): Promise<RegistrationReport> {
    let waits = 0;
    let last: CallError | undefined;
    try {
      for (;;) {
        try {
          if (await this.#round()) return this.#report();
          waits = 0;
          last = undefined;
        } catch (error) {
          if (!(error instanceof CallError && error.again)) throw error;
          last = error;
          await this.#wait(waits++, error);
        }
      }
    } catch (error) {
      if (error instanceof CallError) return this.#report(error);
      if (!this.#deadline.aborted) throw error;
      const seconds = this.#options.timeoutMs / 1000;
      const late = `It is not done after ${seconds} s`;
      return this.#report(
        last
          ? new CallError(last.reason, `${late}. ${last.message}`)
          : new CallError('Unavailable', `${late}, for LiteLLM is slow: the next run goes on from there`),
      );
    }
  }

  /** @returns whether nothing is left to do. */
  async #round(): Promise<boolean> {
    const rows = await this.#litellm.list();
    const plan = planOf(this.#wanted, rows, {
      catalog: this.#options.catalog,
      run: this.#began,
      fingerprint: this.#fingerprint,
      held: new Set(this.#withoutCredential.map(({ source }) => source)),
    });
    this.#plan = plan;
    if (plan.lastRun > this.#began && plan.lastRun < Date.now() + CLOCK_SKEW_MS)
      throw new CallError('Superseded', 'A later run for this catalog is at work, or has been');
    // Whoever is no admin sees what is granted to the key, so that nothing seems to be there.
    if (plan.writes.length === 0 && !plan.isKnown) await this.#litellm.assertAdmin();
    const open = plan.writes.filter(({ id }) => this.#mayTry(id));
    if (open.length === 0) return true;
    await this.#writeAll(open);
    return false;
  }

  #mayTry(id: string): boolean {
    const tried = this.#tries.get(id);
    return !tried || (!tried.isRefused && tried.count < MOST_TRIES);
  }

  /** What is removed first, then what is changed, then what is added: a name has to be free before it is taken. */
  async #writeAll(writes: readonly Write[]): Promise<void> {
    let doubts = 0;
    let isAnyDone = false;
    let doubt: CallError | undefined;
    for (const kind of ['removed', 'changed', 'added'] as const)
      await atOnce(
        AT_ONCE,
        writes.filter((write) => write.kind === kind),
        async (write) => {
          if (doubts >= MOST_DOUBTS) return;
          const { count = 0 } = this.#tries.get(write.id) ?? {};
          const tried: Tried = { write, count, isDone: false, isRefused: false, message: '' };
          this.#tries.set(write.id, tried);
          const written = await this.#litellm.write(write);
          // What says nothing of this entry is no try.
          tried.count++;
          if (written.outcome === 'done') {
            isAnyDone = true;
            doubts = 0;
            tried.isDone = true;
            this.#log(write);
            return;
          }
          tried.message = written.message;
          tried.isRefused = written.outcome === 'refused';
          if (written.outcome !== 'doubtful') return;
          doubts++;
          doubt = new CallError('Unavailable', `LiteLLM answers ${written.message}`, { waitMs: 0 });
        },
      );
    // What was done may be what another had to wait for.
    if (isAnyDone) for (const tried of this.#tries.values()) tried.isRefused = false;
    if (doubt) throw doubt;
  }

  #log({ kind, source, id, fields }: Write): void {
    const why = fields.length > 0 ? `: ${fields.join(', ')}` : '';
    this.#options.log(this.#tell(`${kind} ${source} (${id})${why}`));
  }

  /** @throws the error, where it asks for more time than there is. */
  async #wait(waits: number, error: CallError): Promise<void> {
    const { backoffMs = BACKOFF_MS.first, timeoutMs } = this.#options;
    if (error.waitMs > this.#began + timeoutMs - Date.now()) throw error;
    const grown = Math.min(BACKOFF_MS.longest, backoffMs * 2 ** waits);
    // Those that began together do not come back together.
    const ms = Math.max(error.waitMs, grown * (0.5 + Math.random() / 2));
    await sleep(ms, undefined, { signal: this.#deadline });
  }

  #report(error?: CallError): RegistrationReport {
    const { writes = [], unchanged = [] } = this.#plan ?? {};
    const failures = error ? [] : this.#failures();
    const failed = new Set(failures.map(({ source }) => source));
    const left = new Set(writes.map(({ id }) => id));
    const tries = [...this.#tries.values()];
    // Without an error the last list shows what was done; else what LiteLLM said has to do.
    const done = tries.filter(({ write, isDone }) => (error ? isDone : !left.has(write.id)));
    const written = new Set(done.map(({ write }) => write.id));
    const countOf = (kind: Write['kind']) => done.filter(({ write }) => write.kind === kind).length;
    const counts = {
      wanted: this.#wanted.length,
      added: countOf('added'),
      changed: countOf('changed'),
      removed: countOf('removed'),
      unchanged: unchanged.filter((id) => !written.has(id)).length,
      failed: failed.size,
    };
    const reason: Reason = error?.reason ?? (failed.size > 0 ? 'Incomplete' : 'Applied');
    const wrote = `${counts.added} added, ${counts.changed} changed, ${counts.removed} removed`;
    const missing = this.#wanted.filter(({ source }) => failed.has(source)).length;
    const seen = error
      ? `${error.message}; ${wrote}`
      : `LiteLLM has ${counts.wanted - missing} of ${counts.wanted} servers: ${wrote}`;
    const { remedy } = REASONS[reason];
    const message = remedy === '' ? `${seen}.` : `${seen}. ${remedy}`;
    return { reason, message, hash: this.#options.hash, counts, failures: this.#grouped(failures) };
  }

  #failures(): Failure[] {
    const { writes = [], conflicts = [] } = this.#plan ?? {};
    return [
      ...conflicts.map(({ source, message }): Failure => ({ reason: 'NameConflict', message, source })),
      ...this.#withoutCredential.filter(({ source }) => !conflicts.some((one) => one.source === source)),
      ...writes.map(({ id, source, kind, fields }): Failure => {
        const { message = '' } = this.#tries.get(id) ?? {};
        const kept =
          kind === 'changed' ? `keeps other values of ${fields.join(', ')}` : 'does not keep it so';
        return {
          reason: 'Refused',
          message: message || `LiteLLM says that it is ${kind}, and ${kept}`,
          source,
        };
      }),
    ];
  }

  /** Those of one kind together, so that more of them fit into a report. */
  #grouped(failures: readonly Failure[]): RegistrationReport['failures'] {
    const groups = new Map<string, RegistrationReport['failures'][number]>();
    for (const { reason, message, source } of failures) {
      const told = this.#tell(message);
      const group = groups.get(`${reason} ${told}`) ?? { reason, message: told, servers: [] };
      group.servers.push(this.#tell(source));
      groups.set(`${reason} ${told}`, group);
    }
    return [...groups.values()];
  }
}

function credentialOf(
  { credential }: Registration,
  env: NodeJS.ProcessEnv,
): { secret?: string; problem?: string } {
  if (credential === undefined) return {};
  const secret = env[credential]?.trim();
  if (!secret) return { problem: 'The key of its Secret is not there, or empty' };
  if (/\p{Cc}/u.test(secret)) return { problem: 'Its credential is not on one line' };
  return { secret };
}

/** Does something with each, a few at once. The first error ends it, once those that are under way have ended. */
async function atOnce<T>(most: number, all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const errors: unknown[] = [];
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined && errors.length === 0; one = waiting.shift())
      await each(one).catch((error) => errors.push(error));
  };
  await Promise.all(Array.from({ length: most }, work));
  if (errors.length > 0) throw errors[0];
}
