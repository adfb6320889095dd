/** Whether Prometheus is told of the metrics. */
import { SERVICE_MONITOR } from '../kinds.ts';
import { label, no, off, type Part, type View, yes } from './part.ts';

export function serviceMonitor(view: View): Part | undefined {
  if (!view.server.spec.observability?.metrics?.enabled) return undefined;
  const type = 'ServiceMonitorCreated';
  const disabled = off(view, type, 'observability.metrics', SERVICE_MONITOR);
  if (disabled) return disabled;
  const target = label(view, SERVICE_MONITOR);
  const finding = view.observed(SERVICE_MONITOR)
    ? yes(type, 'Created', `${target} is there`)
    : no(type, 'Missing', `${target} is not there`);
  return { finding, counts: false };
}
