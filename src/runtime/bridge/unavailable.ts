/** Nobody can serve a request now: 503, and when to ask again. */
export class Unavailable extends Error {
  readonly reason: 'sessions' | 'start' | 'draining';
  readonly retryAfterSeconds: number;

  /** @param waitMs until it is worth asking again. */
  constructor(reason: Unavailable['reason'], message: string, waitMs: number) {
    super(message);
    this.reason = reason;
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  }
}
