/** What is known of a running server: metrics and traces. */
import { type Static, Type } from '@sinclair/typebox';
import { UrlPath } from './exposure.ts';
import { Labels } from './metadata.ts';
import { HealthProbes } from './probes.ts';
import { Int32 } from './schema.ts';
import { DURATION, OTLP_ENDPOINT } from './syntax.ts';

export const Metrics = Type.Object(
  {
    enabled: Type.Boolean({ default: true, description: 'Whether a ServiceMonitor is made.' }),
    port: Type.Optional(
      Int32({
        minimum: 1,
        maximum: 65535,
        description: "Port of the container that serves metrics; the server's own where absent.",
      }),
    ),
    path: Type.Optional(UrlPath('Path of the metrics; /metrics where absent.')),
    interval: Type.Optional(
      Type.String({
        pattern: DURATION,
        maxLength: 8,
        description: "How often they are read, such as 30s; Prometheus's own default where absent.",
        hint: 'a whole number with s, m or h, such as 30s',
      }),
    ),
    labels: Type.Optional(
      Labels(
        'Labels of the ServiceMonitor, by which a Prometheus selects; they win over those of the settings.',
      ),
    ),
  },
  { description: 'Metrics for Prometheus, by a ServiceMonitor of the Prometheus Operator.' },
);

export const Tracing = Type.Object(
  {
    enabled: Type.Boolean({ default: true, description: 'Whether the variables are set.' }),
    endpoint: Type.Optional(
      Type.String({
        maxLength: 512,
        pattern: OTLP_ENDPOINT,
        description:
          'OTLP endpoint, such as http://otel-collector.observability:4317; http where it names no scheme. Where absent, the one that the settings name.',
        hint: 'an address such as http://otel-collector.observability:4317',
      }),
    ),
    samplingRate: Type.Optional(
      Type.String({
        maxLength: 16,
        pattern: '^(0(\\.[0-9]{1,6})?|1(\\.0{1,6})?|(100|[0-9]{1,2}(\\.[0-9]{1,4})?)%)$',
        description:
          'Share of new traces that is kept, as `0.1` or `10%`; a caller that has decided is followed. Where absent, the SDK decides.',
        hint: 'a share such as "0.1" or "10%"',
      }),
    ),
  },
  {
    description:
      'The OpenTelemetry environment: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER and more. Variables of the same name in `env` win.',
  },
);

export const Observability = Type.Object(
  {
    metrics: Type.Optional(Metrics),
    tracing: Type.Optional(Tracing),
    healthProbes: Type.Optional(HealthProbes),
  },
  { description: 'Metrics, traces and health of the server.' },
);

export type Tracing = Static<typeof Tracing>;
