/**
 * What is in flight with one child. Every request gets a number of its own on the way in and its own id back on the way out,
 * and so does its progress token: whatever ids clients choose, and however many of them are alike, no answer is another's.
 */
import { Child, type ChildOptions, type Exit, exitInWords } from './child.ts';
import {
  CODES,
  errorMessage,
  type Id,
  type Incoming,
  isObject,
  jsonAt,
  MessageError,
  type Outgoing,
  oneLine,
  readLine,
  SUBSCRIPTION,
  spanAt,
} from './jsonrpc.ts';
import { MembersError, memberAt, membersOf, type Span, spliced } from './members.ts';

/** In flight with one child; a client that wants more has lost count. */
const MOST_IN_FLIGHT = 1_000;
/** Of a child that floods its stdout. */
const MOST_REQUESTS_OF_A_CHILD = 1_000;

/** Who waits for an answer. */
export interface Asker {
  /** Whether somebody is still there to hear it. */
  readonly waiting: boolean;
  /** Whether messages of the log belong to its request. */
  readonly wantsLogs: boolean;
  /** What belongs to the request before its answer. @returns whether it is on its way. */
  hear(message: Buffer): boolean;
  /** The last it hears: the answer, or an error because there will be none. */
  answer(message: Buffer, answered: Answered): void;
  /** There will be no answer, for the client does not want it. */
  stop(): void;
}

export interface Answered {
  result: Span | undefined;
  /** The code of the error, if it is one. */
  code: number | undefined;
}

export interface Flight {
  readonly number: number;
  readonly id: Id;
  readonly method: string;
  /** Its progress token, as the client gave it. */
  readonly token: unknown;
  readonly asker: Asker;
  /** In milliseconds: when it was last heard of. */
  heardAt: number;
}

export interface ExchangeEvents {
  /** A request or a notification of the child's that does not say which request it belongs to. */
  unsolicited(line: Buffer, message: Outgoing): void;
  /** A line that is no message. */
  noise(line: Buffer): void;
  log(line: string): void;
  left(lines: number): void;
  tooLong(bytes: number): void;
  exit(exit: Exit): void;
}

export class Exchange {
  readonly child: Child;
  readonly startedAt = performance.now();
  readonly #events: ExchangeEvents;
  readonly #flights = new Map<number, Flight>();
  /** Ids of the child's own requests that are with the client, as JSON. */
  readonly #asked = new Set<string>();
  #last = 0;

  constructor(options: ChildOptions, events: ExchangeEvents) {
    this.#events = events;
    this.child = new Child(options, {
      message: (line) => this.#read(line),
      tooLong: (bytes, head, tail) => this.#tooLong(bytes, head, tail),
      line: events.log,
      left: events.left,
      exit: (exit) => {
        this.#abandon(exit);
        events.exit(exit);
      },
    });
  }

  get flights(): Iterable<Flight> {
    return this.#flights.values();
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  /**
   * Sends a request. The asker hears of it even if it cannot be sent.
   * @throws MessageError if two members that count have one name.
   */
  ask(message: Incoming, asker: Asker): Flight {
    const number = ++this.#last;
    const { method, params } = message;
    const id = message.id!;
    const token = isObject(params._meta) ? params._meta.progressToken : undefined;
    // Not the message: its other values are the child's.
    const flight: Flight = { number, id, method, token, asker, heardAt: Date.now() };
    const line = this.#numbered(message, number);
    const refuse = (why: string) => {
      asker.answer(errorMessage(id, CODES.internal, why), { result: undefined, code: CODES.internal });
    };
    if (this.child.exited) refuse(goneInWords(this.child.exited));
    else if (this.#flights.size >= MOST_IN_FLIGHT) refuse(`${MOST_IN_FLIGHT} requests are in flight already`);
    else if (!this.child.send(line)) refuse('the server does not read what it is sent');
    else this.#flights.set(number, flight);
    return flight;
  }

  /** Sends a notification, or what else expects no answer, as it is. */
  tell(bytes: Buffer): void {
    this.child.send(Buffer.concat([bytes, NEWLINE]));
  }

  /** The client does not wait any more: the child is told, and nobody hears its answer. */
  cancel(flight: Flight, reason: string): void {
    if (!this.#flights.delete(flight.number)) return;
    const params = { requestId: flight.number, reason };
    this.tell(Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params })));
  }

  /** Answers a request in the child's stead, for it has not. */
  giveUp(flight: Flight, reason: string): void {
    if (!this.#flights.has(flight.number)) return;
    this.cancel(flight, reason);
    fail(flight, reason);
  }

  /** A request of the child's goes to the client, whose response is taken for it. @returns false if there are too many. */
  lend(line: Buffer, id: Span): boolean {
    if (this.#asked.size >= MOST_REQUESTS_OF_A_CHILD) return false;
    this.#asked.add(JSON.stringify(jsonAt(line, id)));
    return true;
  }

  /** The client's response: it reaches the child if that asked, once. */
  respond({ id, bytes }: Incoming): void {
    if (this.#asked.delete(JSON.stringify(id))) this.tell(bytes);
  }

  stop(): Promise<void> {
    return this.child.stop();
  }

  /** @returns the request as a line, with its number for an id and for a progress token. */
  #numbered({ bytes }: Incoming, number: number): Buffer {
    try {
      // The method too: no two readers may take one request for different ones.
      const [id, params] = membersOf(bytes, 0, ['id', 'params', 'method']);
      const token = params && memberAt(bytes, TOKEN, params);
      const changes = token ? [id!, token].sort((one, other) => one.start - other.start) : [id!];
      const text = String(number);
      const end = { start: bytes.length, end: bytes.length };
      return spliced(bytes, [...changes.map((span) => ({ span, text })), { span: end, text: '\n' }]);
    } catch (error) {
      if (!(error instanceof MembersError)) throw error;
      throw new MessageError(CODES.invalidRequest, `Invalid Request: ${error.message}`);
    }
  }

  #read(line: Buffer): void {
    if (line.length === 0) return;
    // A carriage return within a line would end a line of a stream of events.
    const bytes = oneLine(line);
    const message = readLine(bytes);
    if (!message) this.#events.noise(bytes);
    else if (message.kind === 'response') this.#answer(bytes, message);
    else if (!this.#heard(bytes, message)) this.#events.unsolicited(bytes, message);
  }

  #answer(line: Buffer, { id, result, error }: Outgoing): void {
    const flight = id && this.#flights.get(Number(line.toString('latin1', id.start, id.end)));
    // A second answer, or one that nobody waits for any more.
    if (!flight) return;
    this.#flights.delete(flight.number);
    const text = JSON.stringify(flight.id);
    const shift = Buffer.byteLength(text) - (id.end - id.start);
    const moved = result && (result.start > id.start ? by(result, shift) : result);
    const code = error && codeOf(line, error);
    flight.asker.answer(spliced(line, [{ span: id, text }]), { result: moved, code });
  }

  /** @returns whether the message says which request it belongs to, whether or not that is still in flight. */
  #heard(line: Buffer, { method }: Outgoing): boolean {
    const progress = method === 'notifications/progress';
    const span = spanAt(line, progress ? ['params', 'progressToken'] : SUBSCRIPTION);
    if (!span) return progress;
    const flight = this.#flights.get(Number(line.toString('latin1', span.start, span.end)));
    const theirs = flight && (progress ? flight.token : flight.id);
    if (flight && theirs !== undefined) {
      flight.heardAt = Date.now();
      flight.asker.hear(spliced(line, [{ span, text: JSON.stringify(theirs) }]));
    }
    return true;
  }

  #tooLong(bytes: number, head: Buffer, tail: Buffer): void {
    this.#events.tooLong(bytes);
    const [, number] =
      /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d+)/.exec(head.toString('latin1')) ??
      /"id"\s*:\s*(\d+)\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/.exec(tail.toString('latin1')) ??
      [];
    const flight = number === undefined ? undefined : this.#flights.get(Number(number));
    if (!flight) return;
    this.#flights.delete(flight.number);
    fail(flight, `the server's answer of ${bytes} bytes is longer than the bridge forwards`);
  }

  #abandon(exit: Exit): void {
    const flights = [...this.#flights.values()];
    this.#flights.clear();
    const { code, signal, stderr } = exit;
    const data = { exitCode: code, signal, stderr };
    for (const flight of flights) fail(flight, goneInWords(exit), data);
  }
}

/** Where in the parameters of a request its progress token is. */
const TOKEN = ['_meta', 'progressToken'];
const NEWLINE = Buffer.from('\n');

function goneInWords(exit: Exit): string {
  const words = tellingOf(exit.stderr);
  return `the server's process ${exitInWords(exit)}${words === undefined ? '' : `; its last words: ${words}`}`;
}

/** @returns the line that most likely says why: below an error, many print a stack and a version. */
function tellingOf(lines: readonly string[]): string | undefined {
  const last = (pattern: RegExp) => lines.findLast((line) => pattern.test(line));
  return (
    last(/^[\w.]*(Error|Exception)\b.*: /) ??
    last(/error|exception|panic|fatal|cannot|denied/i) ??
    lines.at(-1)
  );
}

function fail({ asker, id }: Flight, why: string, data?: unknown): void {
  asker.answer(errorMessage(id, CODES.internal, why, data), { result: undefined, code: CODES.internal });
}

function codeOf(line: Buffer, error: Span): number {
  const span = spanAt(line, ['code'], error);
  const code = span && jsonAt(line, span);
  return typeof code === 'number' ? code : CODES.internal;
}

function by({ start, end }: Span, shift: number): Span {
  return { start: start + shift, end: end + shift };
}
