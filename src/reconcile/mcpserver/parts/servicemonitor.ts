/** Whether Prometheus is told of the metrics. */
import { isMonitored } from '../../../children/servicemonitor.ts';
import { SERVICE_MONITOR } from '../kinds.ts';
import { label, no, off, type Part, type View, yes } from './part.ts';

export function serviceMonitor(view: View): Part | undefined {
  if (!isMonitored(view.server)) return undefined;
  // A bridge has metrics whether anybody wants them or not.
  const isAskedFor = view.server.spec.observability?.metrics?.enabled === true;
  if (!isAskedFor && !view.settings.features.has(SERVICE_MONITOR.feature!)) return undefined;
  const type = 'ServiceMonitorCreated';
  const disabled = off(view, type, 'observability.metrics', SERVICE_MONITOR);
  if (disabled) return disabled;
  const target = label(view, SERVICE_MONITOR);
  const finding = view.observed(SERVICE_MONITOR)
    ? yes(type, 'Created', `${target} is there`)
    : no(type, 'Missing', `${target} is not there`);
  return { finding, counts: false };
}
