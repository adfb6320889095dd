/** The OpenTelemetry environment of a server, as its SDKs read it. */
import type { V1EnvVar } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';

/** OTLP over gRPC; every other port is taken for HTTP. */
const GRPC_PORT = '4317';
const POD_NAME = 'OTEL_POD_NAME';

/** @returns the endpoint that traces go to, with its scheme; empty where none is named. */
export function tracingEndpoint({ spec }: MCPServer, settings: RenderSettings): string {
  const endpoint = spec.observability?.tracing?.endpoint ?? settings.otlpEndpoint;
  return endpoint === '' || /^https?:\/\//.test(endpoint) ? endpoint : `http://${endpoint}`;
}

/**
 * @param taken names of variables that somebody else sets.
 * @returns no variables where tracing is not asked for.
 */
export function tracingEnvironment(
  server: MCPServer,
  settings: RenderSettings,
  taken: ReadonlySet<string>,
): V1EnvVar[] {
  const { tracing } = server.spec.observability ?? {};
  if (!tracing?.enabled) return [];
  const { name, namespace } = server.metadata;
  const endpoint = tracingEndpoint(server, settings);
  const attributes = {
    'service.namespace': namespace,
    'k8s.namespace.name': namespace,
    'k8s.deployment.name': name,
    // It expands only to a variable before it, which is ours alone.
    ...(taken.has(POD_NAME) ? {} : { 'k8s.pod.name': `$(${POD_NAME})` }),
  };
  const grpc = new URL(endpoint).port === GRPC_PORT;
  return [
    { name: POD_NAME, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: endpoint },
    { name: 'OTEL_EXPORTER_OTLP_PROTOCOL', value: grpc ? 'grpc' : 'http/protobuf' },
    { name: 'OTEL_SERVICE_NAME', value: name },
    {
      name: 'OTEL_RESOURCE_ATTRIBUTES',
      value: Object.entries(attributes)
        .map(([key, value]) => `${key}=${value}`)
        .join(','),
    },
    ...(tracing.samplingRate === undefined
      ? []
      : [
          { name: 'OTEL_TRACES_SAMPLER', value: 'parentbased_traceidratio' },
          { name: 'OTEL_TRACES_SAMPLER_ARG', value: shareOf(tracing.samplingRate) },
        ]),
  ];
}

/** `10%` → `0.1`; a share is left as it is. */
function shareOf(rate: string): string {
  return rate.endsWith('%') ? String(Number((Number.parseFloat(rate) / 100).toFixed(6))) : rate;
}
