/** Containers that run and are not ready, and pods that are not though their containers are. */
import { SERVER_CONTAINER } from '../../../api/containers.ts';
import { conditionOf, endOf, exitOf, logsOf, type PodView, type Sighting, sinceOf, timeOf } from './pod.ts';
import { askedBy, asksBridge, BRIDGE_FAILS, isByTls } from './probe.ts';
import { words } from './words.ts';

/** A sidecar holds all that comes after it until its startup probe succeeds. */
export function sidecarNotStarted(view: PodView): Sighting | undefined {
  const late = view.containers.find(
    ({ part, status }) => part === 'sidecar' && status.state?.running && status.started === false,
  );
  if (!late) return undefined;
  const since = timeOf(late.status.state?.running?.startedAt) ?? sinceOf(view, 'Initialized');
  const asked = late.spec?.startupProbe ? `, which ${askedBy(late, 'startup')},` : '';
  return {
    reason: 'PodInitializing',
    message: `${late.label} runs, and its startup probe${asked} has not succeeded: the server starts only after it`,
    since,
    lasting: true,
    next: logsOf(view, late),
  };
}

export function notReady(view: PodView): Sighting | undefined {
  if (isReady(view)) return undefined;
  const late = view.containers.find(
    ({ part, status }) => part !== 'init' && status.state?.running && !status.ready,
  );
  if (!late) return undefined;
  const started = timeOf(late.status.state?.running?.startedAt) ?? sinceOf(view, 'Ready');
  // It may have been ready in between.
  const changed = sinceOf(view, 'Ready');
  const since = Date.parse(changed ?? '') > Date.parse(started ?? '') ? changed : started;
  const kind = late.status.started === false && late.spec?.startupProbe ? 'startup' : 'readiness';
  const probe = late.spec?.[`${kind}Probe`];
  const end = endOf(late);
  const runs = `${late.label} has run since ${started}${end ? `, after it ended with ${exitOf(end)},` : ''} and is not ready`;
  if (asksBridge(late, kind)) {
    return {
      reason: 'NotReady',
      message: `${runs}: ${BRIDGE_FAILS}`,
      since,
      lasting: true,
      next: logsOf(view, late),
    };
  }
  const isServer = late.name === SERVER_CONTAINER;
  const hints = [
    ...(isServer && !probe?.exec ? ['is `port` the one it listens on?', 'Not only on 127.0.0.1?'] : []),
    ...(isServer && probe?.httpGet ? [`Is observability.healthProbes.${kind}.path right?`] : []),
    ...(isServer && isByTls(probe) ? ['Does it speak TLS there, as `scheme` says?'] : []),
    ...(probe ? [`Its ${kind} probe ${askedBy(late, kind)}`] : []),
  ].join(' ');
  return {
    reason: 'NotReady',
    message: `${runs}: nothing good answers its probes${hints ? ` (${hints})` : ''}`,
    since,
    lasting: true,
    next: end && logsOf(view, late, '--previous'),
  };
}

/** What somebody else has to say before the pod is ready, such as the controller of a load balancer. */
export function readinessGate(view: PodView): Sighting | undefined {
  const ready = conditionOf(view, 'Ready');
  if (ready?.status !== 'False' || conditionOf(view, 'ContainersReady')?.status !== 'True') return undefined;
  const open = (view.spec.readinessGates ?? []).filter(
    ({ conditionType }) => conditionOf(view, conditionType)?.status !== 'True',
  );
  if (open.length === 0 && ready.reason !== 'ReadinessGatesNotReady') return undefined;
  const names = open.map(({ conditionType }) => conditionType).join(', ');
  const said = open
    .map(({ conditionType }) => words(conditionOf(view, conditionType)?.message))
    .find(Boolean);
  return {
    reason: 'ReadinessGatesNotReady',
    message: `its containers are ready, but not its readiness gates${names && ` ${names}`}: ${said || words(ready.message) || 'whoever sets them has not done so'}`,
    since: sinceOf(view, 'Ready'),
    lasting: true,
  };
}

/** Whatever else there may be. */
export function unready(view: PodView): Sighting | undefined {
  if (isReady(view)) return undefined;
  const { reason, message } = conditionOf(view, 'Ready') ?? {};
  const said = [view.status.reason ?? reason, words(view.status.message) || words(message)].filter(Boolean);
  return {
    reason: 'NotReady',
    message: `it is not ready${said.length > 0 ? `: ${said.join(': ')}` : ''}`,
    since: sinceOf(view, 'Ready'),
    lasting: true,
  };
}

function isReady(view: PodView): boolean {
  const ready = conditionOf(view, 'Ready');
  if (ready) return ready.status === 'True';
  const main = view.containers.filter(({ part }) => part === 'main');
  return main.length > 0 && main.every(({ status }) => status.ready);
}
