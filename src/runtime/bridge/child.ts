/**
 * One process of the server's, in a process group of its own: what `npx`, `uvx` and `sh -c` start is ended with it. It is
 * ended as the stdio transport of MCP says, by the end of its stdin, then by signals to the whole group.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type LineReader, splitLines } from './lines.ts';
import { type Stderr, type StderrLog, stderrTo } from './stderr.ts';
import { wordsOf } from './words.ts';

/** Of the time that a child has to end: how much the end of its stdin alone may take. */
const STDIN_SHARE = 0.2;
/** What a child wrote before it ended may be read so long after it. */
const LAST_WORDS_MS = 200;
/** So often is looked whether a group is gone. */
const LOOK_MS = 20;
/** Of its stdin that a child has not read; then it takes no more. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;
const MOST_ERROR_CHARACTERS = 300;

/** How a child ended. */
export interface Exit {
  /** Exit status; null if a signal ended it or it was never started. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** What it closed itself, and was ended for. */
  closed?: 'stdin' | 'stdout';
  /** Why it could not be started at all. */
  error?: string;
  /** The last lines of its stderr, short and printable. */
  stderr: string[];
}

export interface ChildOptions {
  /** The program, looked up in PATH, and its arguments: no shell reads them. */
  command: readonly [string, ...string[]];
  /** In milliseconds: from the wish that it ends to SIGKILL. */
  graceMs: number;
  /** In bytes, of one message. */
  maxMessageBytes: number;
}

export interface ChildEvents extends StderrLog {
  /** A line of stdout. */
  message(bytes: Buffer): void;
  /** A line of stdout that is longer than a message may be. */
  tooLong(bytes: number, head: Buffer, tail: Buffer): void;
  /** Once, after the last message. */
  exit(exit: Exit): void;
}

export class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #options: ChildOptions;
  readonly #events: ChildEvents;
  readonly #stderr: Stderr;
  readonly #stdout: LineReader;
  #closed: 'stdin' | 'stdout' | undefined;
  #exit: Exit | undefined;
  #ended = Promise.withResolvers<void>();
  #stopping: Promise<void> | undefined;

  constructor(options: ChildOptions, events: ChildEvents) {
    this.#options = options;
    this.#events = events;
    this.#stderr = stderrTo(events);
    const [program, ...args] = options.command;
    this.#process = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdin, stdout, stderr } = this.#process;
    const { message: line, tooLong } = events;
    this.#stdout = splitLines(options.maxMessageBytes, { line, tooLong });
    stdout.on('data', this.#stdout.read);
    stderr.on('data', (chunk: Buffer) => this.#stderr.read(chunk));
    // Of a child that is gone: its exit says more than the broken pipe.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
    stdin.on('close', () => this.#hasClosed('stdin'));
    stdout.on('close', () => this.#hasClosed('stdout'));
    this.#process.on('error', (error) => {
      if (this.#process.pid === undefined) this.#end({ code: null, signal: null, error: error.message });
    });
    this.#process.on('exit', (code, signal) => {
      // What it started goes with it, and holds no pipe open then.
      void this.stop();
      const end = () => this.#end({ code, signal });
      this.#process.on('close', end);
      setTimeout(end, LAST_WORDS_MS).unref();
    });
  }

  /** Undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get exited(): Exit | undefined {
    return this.#exit;
  }

  /** @returns false if the child has not read what it was sent before: then this is not sent. */
  send(message: Buffer): boolean {
    const { stdin } = this.#process;
    if (!stdin.writable) return true;
    if (stdin.writableLength > MOST_UNREAD_BYTES) return false;
    stdin.write(message);
    return true;
  }

  /** Ends the child and what it started. @returns when the whole group is gone, or was told SIGKILL. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { pid } = this.#process;
    if (pid === undefined) return;
    const begin = Date.now();
    const { graceMs } = this.#options;
    const goneBy = async (end: number) => {
      while (Date.now() < end && isThere(pid)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      return !isThere(pid);
    };
    this.#process.stdin.end();
    // A leader that ended by itself had its time; what it left behind is told at once.
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      await Promise.race([goneBy(begin + graceMs * STDIN_SHARE), this.#ended.promise]);
    }
    signal(pid, 'SIGTERM');
    if (!(await goneBy(begin + graceMs))) signal(pid, 'SIGKILL');
    await this.#ended.promise;
  }

  /** Nothing can be asked of it any more, though it may run for ever. */
  #hasClosed(stream: 'stdin' | 'stdout'): void {
    const end = () => {
      if (this.#exit || this.#stopping) return;
      this.#closed = stream;
      void this.stop();
    };
    // A process that ends closes both a moment before.
    setTimeout(end, LAST_WORDS_MS).unref();
  }

  #end(how: Omit<Exit, 'stderr'>): void {
    if (this.#exit) return;
    this.#stdout.end();
    this.#stderr.end();
    // A process that left its group may hold the other ends for ever.
    const { stdin, stdout, stderr } = this.#process;
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    const error = how.error === undefined ? {} : { error: wordsOf(how.error, MOST_ERROR_CHARACTERS) };
    const closed = this.#closed && { closed: this.#closed };
    this.#exit = { ...how, ...closed, ...error, stderr: this.#stderr.last() };
    this.#ended.resolve();
    this.#events.exit(this.#exit);
  }
}

/** @returns how a child ended, as the end of a sentence about it. */
export function exitInWords({ code, signal, error, closed }: Exit): string {
  if (error !== undefined) return `could not be started: ${error}`;
  const end = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  return closed === undefined ? end : `closed its ${closed} and ${end}`;
}

function isThere(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // It is gone.
  }
}
