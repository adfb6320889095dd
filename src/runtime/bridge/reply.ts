/**
 * What is sent to a client: one JSON message, or a stream of events once there is more to say than the answer. A stream that is
 * quiet says so now and then, so that nothing on the way takes it for dead and a client that is gone is found.
 */
import type { ServerResponse } from 'node:http';

/** A client that does not read gets no more than this ahead of it. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;
const MOST_IN_ONE_PIECE_BYTES = 16 * 1024;
const EVENT = Buffer.from('event: message\ndata: ');
const END_OF_EVENT = Buffer.from('\n\n');
const KEEP_ALIVE = Buffer.from(': keep-alive\n\n');
const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // nginx keeps events back otherwise.
  'x-accel-buffering': 'no',
};

/** Every reply that is not finished. */
const unfinished = new Set<Reply>();

/** @returns what stops it. */
export function keepAlive(everyMs: number): () => void {
  const timer = setInterval(() => {
    const before = performance.now() - everyMs;
    for (const reply of unfinished) if (reply.since <= before) reply.stillHere();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

export class Reply {
  readonly since = performance.now();
  readonly #response: ServerResponse;
  readonly #streams: boolean;
  readonly #headers: Record<string, string>;
  #streaming = false;

  /**
   * @param streams whether the client takes a stream of events.
   * @param headers beside those of the content.
   * @param gone is called when the client is, before all is said.
   */
  constructor(response: ServerResponse, streams: boolean, headers: Record<string, string>, gone: () => void) {
    this.#response = response;
    this.#streams = streams;
    this.#headers = headers;
    unfinished.add(this);
    response.on('close', () => {
      unfinished.delete(this);
      if (!response.writableFinished) gone();
    });
  }

  /** Whether something can still be said. */
  get open(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  get streams(): boolean {
    return this.#streams;
  }

  /** A header that is not true any more, if it is not sent yet. */
  forget(header: string): void {
    delete this.#headers[header];
  }

  /** Begins the stream. */
  begin(): void {
    if (this.#streaming || !this.open) return;
    this.#streaming = true;
    this.#response.writeHead(200, { ...STREAM_HEADERS, ...this.#headers });
    this.#response.flushHeaders();
  }

  /** One more message, not the last. @returns whether the client can be told. */
  say(message: Buffer): boolean {
    if (!this.open || !this.#streams) return false;
    this.begin();
    this.#write(Buffer.concat([EVENT, message, END_OF_EVENT]));
    return true;
  }

  /** The last message. @param status of HTTP, where the reply has not begun. */
  finish(message: Buffer, status = 200): void {
    if (!this.open) return;
    if (this.#streaming) {
      this.say(message);
      this.#response.end();
      return;
    }
    this.#response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': message.length,
      ...this.#headers,
    });
    // Up to some size a string goes out with the headers in one piece, and bytes do not.
    if (message.length > MOST_IN_ONE_PIECE_BYTES) this.#response.end(message);
    else this.#response.end(message.toString('latin1'), 'latin1');
  }

  /** Ends a stream, or answers with nothing at all. */
  end(): void {
    if (!this.open) return;
    if (!this.#streaming) this.#response.writeHead(202, { 'content-length': 0, ...this.#headers });
    this.#response.end();
  }

  stillHere(): void {
    if (!this.open || !this.#streams) return;
    this.begin();
    this.#write(KEEP_ALIVE);
  }

  #write(bytes: Buffer): void {
    if (this.#response.writableLength > MOST_UNREAD_BYTES) this.#response.destroy();
    else this.#response.write(bytes);
  }
}
