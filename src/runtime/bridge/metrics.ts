/** What the bridge counts. No label grows with clients: methods that MCP does not know are one. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Exit } from './child.ts';
import { SERVED_METHODS } from './methods.ts';

const METHODS: ReadonlySet<string> = new Set(SERVED_METHODS);

export class Metrics {
  readonly registry = new Registry();
  readonly sessions: Gauge;
  readonly children: Gauge;
  readonly #refused: Counter<'reason'>;
  readonly #starts: Counter;
  readonly #exits: Counter<'code'>;
  readonly #startSeconds: Histogram;
  readonly #requests: Counter<'method' | 'result'>;
  readonly #seconds: Histogram<'method'>;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.sessions = new Gauge({ name: 'mcp_bridge_sessions', help: 'Sessions that are open', registers });
    this.children = new Gauge({
      name: 'mcp_bridge_children',
      help: "Processes of the server's that run",
      registers,
    });
    this.#refused = new Counter({
      name: 'mcp_bridge_refused_total',
      help: 'Requests that were answered 503, by reason: sessions, start, draining',
      labelNames: ['reason'],
      registers,
    });
    this.#starts = new Counter({
      name: 'mcp_bridge_child_starts_total',
      help: "Processes of the server's that were started",
      registers,
    });
    this.#exits = new Counter({
      name: 'mcp_bridge_child_exits_total',
      help: "Processes of the server's that ended, by exit code, signal, or `unstarted`",
      labelNames: ['code'],
      registers,
    });
    this.#startSeconds = new Histogram({
      name: 'mcp_bridge_child_start_duration_seconds',
      help: 'From the start of a process to its first answer',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.#requests = new Counter({
      name: 'mcp_bridge_requests_total',
      help: 'Requests answered, by method and result: ok, error',
      labelNames: ['method', 'result'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'mcp_bridge_request_duration_seconds',
      help: 'From a request to its answer, by method',
      labelNames: ['method'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    });
  }

  started(): void {
    this.#starts.inc();
    this.children.inc();
  }

  ended({ code, signal, error }: Exit): void {
    this.children.dec();
    this.#exits.inc({ code: error === undefined ? String(signal ?? code) : 'unstarted' });
  }

  /** @param since of `performance.now()`. */
  firstAnswer(since: number): void {
    this.#startSeconds.observe((performance.now() - since) / 1000);
  }

  refused(reason: 'sessions' | 'start' | 'draining'): void {
    this.#refused.inc({ reason });
  }

  /** @param since of `performance.now()`. */
  answered(method: string, ok: boolean, since: number): void {
    const label = METHODS.has(method) ? method : 'other';
    this.#requests.inc({ method: label, result: ok ? 'ok' : 'error' });
    this.#seconds.observe({ method: label }, (performance.now() - since) / 1000);
  }
}
