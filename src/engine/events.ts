/** What the engine tells people, and the error that keeps it from starting. */

export interface EngineEvent {
  /** `error` also stands for a lost connection; the engine goes on trying. */
  type: 'ready' | 'applied' | 'deleted' | 'status' | 'error';
  /** The object that it is about, where there is one. */
  kind?: string;
  namespace?: string;
  name?: string;
  /** A whole line that names the object. It carries the API server's words, but no value of a Secret. */
  message: string;
}

/** The engine cannot start; the message says what to do. */
export class EngineError extends Error {
  override name = 'EngineError';
}
