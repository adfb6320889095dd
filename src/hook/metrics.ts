/** What the hook counts. No label grows with the number of servers. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  /** Calls by kind of parent, hook and result: ok, invalid (a spec that was refused), error. */
  calls: Counter<'kind' | 'hook' | 'result'>;
  duration: Histogram<'kind' | 'hook'>;
  size: Histogram<'direction'>;
  inFlight: Gauge;
  /** Calls that were not taken, by reason: overload, revision, unauthorized. */
  rejected: Counter<'reason'>;
  /** When the certificate that is served ends, in seconds since 1970; 0 without TLS. */
  certificateEnd: Gauge;
}

export function metrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    calls: new Counter({
      name: 'smooth_operator_hook_calls_total',
      help: 'Hook calls answered, by kind of parent, hook and result',
      labelNames: ['kind', 'hook', 'result'],
      registers,
    }),
    duration: new Histogram({
      name: 'smooth_operator_hook_duration_seconds',
      help: 'Time spent on computing an answer',
      labelNames: ['kind', 'hook'],
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1],
      registers,
    }),
    size: new Histogram({
      name: 'smooth_operator_hook_payload_bytes',
      help: 'Size of bodies',
      labelNames: ['direction'],
      buckets: [1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216],
      registers,
    }),
    inFlight: new Gauge({
      name: 'smooth_operator_hook_in_flight',
      help: 'Hook calls in work',
      registers,
    }),
    certificateEnd: new Gauge({
      name: 'smooth_operator_certificate_expiry_timestamp_seconds',
      help: 'When the certificate of the hook ends; 0 without TLS',
      registers,
    }),
    rejected: new Counter({
      name: 'smooth_operator_hook_rejected_total',
      help: 'Hook calls that were not taken, by reason',
      labelNames: ['reason'],
      registers,
    }),
  };
}
