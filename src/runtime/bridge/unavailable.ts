/** No process can serve a request now: 503, and when to ask again. */
export class Unavailable extends Error {
  readonly retryAfterSeconds: number;

  /** @param waitMs until it is worth asking again. */
  constructor(message: string, waitMs: number) {
    super(message);
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  }
}
