/** A container that its own startup or liveness probe stops: most often it serves, only elsewhere. */
import type { V1Probe } from '@kubernetes/client-node';
import { SERVER_CONTAINER } from '../../../api/containers.ts';
import { READY_PATH } from '../../../children/bridge.ts';
import { BRIDGE } from '../../../children/brought.ts';
import {
  AT_ONCE_SECONDS,
  type Container,
  type End,
  endOf,
  logsOf,
  type PodView,
  type Sighting,
  secondsOf,
  sinceOf,
} from './pod.ts';

const SIGTERM = 15;
const SIGKILL = 9;
/** How much later than by its numbers a probe may come, and a process end: probes are not started on the second. */
const LATE_SECONDS = 10;
const EARLY_SECONDS = 2;
/** The kubelet's defaults, where an object has not been defaulted. */
const PERIOD_SECONDS = 10;
const FAILURE_THRESHOLD = 3;
const GRACE_SECONDS = 30;

/** No exit code: by which of the two signals a container ends may differ from one time to the next. */
export function stoppedByProbe(view: PodView): Sighting | undefined {
  for (const container of view.containers) {
    const end = container.part === 'init' ? undefined : endOf(container);
    const kind = end && stopperOf(container, end, graceOf(view));
    if (!kind) continue;
    const { label, name, spec } = container;
    const told = { since: sinceOf(view, 'Ready'), next: logsOf(view, container, '--previous') };
    if (asksBridge(container, kind)) {
      const message = `${label} is stopped again and again by its ${kind} probe: ${BRIDGE_FAILS}`;
      return { reason: 'NotReady', message, ...told };
    }
    const isServer = name === SERVER_CONTAINER;
    const fields = `\`port\`, ${isByTls(spec?.[`${kind}Probe`]) ? '`scheme`, ' : ''}observability.healthProbes.${kind}`;
    const doubt = spec?.[`${kind}Probe`]?.exec
      ? `is the command in the image, and does it end with 0 in time${isServer ? ` (observability.healthProbes.${kind})` : ''}?`
      : `does it listen elsewhere, at another port or path, or only on 127.0.0.1${isServer ? ` (${fields})` : ''}?`;
    return {
      reason: 'NotReady',
      message: `${label} is stopped again and again by its ${kind} probe, which ${askedBy(container, kind)} and gets no good answer: ${doubt} Or does it need longer?`,
      ...told,
    };
  }
  return undefined;
}

/** The words of the process are not told, for they may be anything. */
export const BRIDGE_FAILS =
  'no process of the server starts and answers. Does it want arguments, credentials, or a program that the image does not have? The log has its own words';

/** @returns whether a probe asks the bridge whether it can start the server, which says nothing of ports or paths. */
export function asksBridge({ spec }: Container, kind: 'startup' | 'liveness' | 'readiness'): boolean {
  const isBridged = spec?.volumeMounts?.some(({ name }) => name === BRIDGE) ?? false;
  return isBridged && spec?.[`${kind}Probe`]?.httpGet?.path === READY_PATH;
}

/** @returns the probe that has most likely had the kubelet end a container. */
function stopperOf(
  { name, status, spec }: Container,
  end: End,
  grace: number,
): 'startup' | 'liveness' | undefined {
  const { exitCode, reason, signal } = end;
  const terminated = exitCode === 128 + SIGTERM || signal === SIGTERM;
  const killed = exitCode === 128 + SIGKILL || signal === SIGKILL;
  if (!(terminated || killed || exitCode === 0) || reason === 'OOMKilled') return undefined;
  const { startupProbe, livenessProbe } = spec ?? {};
  const seconds = secondsOf(end);
  const isAbout = ([earliest, latest]: [number, number]) =>
    seconds >= earliest - EARLY_SECONDS && seconds <= latest + LATE_SECONDS;
  if (startupProbe && status.started !== true) {
    if (isAbout(budgetOf(startupProbe, grace)) || (terminated && Number.isNaN(seconds))) return 'startup';
  }
  if (!livenessProbe) return undefined;
  const [earliest, latest] = budgetOf(livenessProbe, grace);
  // Nobody but the kubelet ends a container with SIGTERM while its pod stays: a probe may do so at any time after the start.
  if (terminated) return seconds >= earliest - EARLY_SECONDS ? 'liveness' : undefined;
  if (name === SERVER_CONTAINER && exitCode === 0 && seconds < AT_ONCE_SECONDS) return undefined;
  return isAbout([earliest, latest]) ? 'liveness' : undefined;
}

/** @returns a hint where a container ends by itself just when its startup probe has it told to. */
export function endedAsProbeGaveUp(view: PodView, container: Container, end: End): string {
  const { startupProbe } = container.spec ?? {};
  if (container.part === 'init' || !startupProbe || container.status.started === true) return '';
  const [earliest, latest] = budgetOf(startupProbe, graceOf(view));
  const seconds = secondsOf(end);
  return seconds >= earliest - EARLY_SECONDS && seconds <= latest + LATE_SECONDS
    ? `, about when its startup probe gives up, which ${askedBy(container, 'startup')}: it may be told to end for it listens elsewhere`
    : '';
}

function graceOf({ spec }: PodView): number {
  return spec.terminationGracePeriodSeconds ?? GRACE_SECONDS;
}

/** @returns between which seconds after a start a probe that never succeeds has it end, with all the time to end. */
function budgetOf(probe: V1Probe, grace: number): [number, number] {
  const { initialDelaySeconds = 0, periodSeconds = PERIOD_SECONDS, timeoutSeconds = 1 } = probe;
  const { failureThreshold = FAILURE_THRESHOLD, terminationGracePeriodSeconds = grace } = probe;
  return [
    initialDelaySeconds + periodSeconds * (failureThreshold - 1),
    initialDelaySeconds +
      Math.max(periodSeconds, timeoutSeconds) * failureThreshold +
      terminationGracePeriodSeconds,
  ];
}

export function isByTls(probe: V1Probe | undefined): boolean {
  return probe?.httpGet?.scheme === 'HTTPS';
}

/** @returns what a probe does, as a person would say it. */
export function askedBy({ spec }: Container, kind: 'startup' | 'liveness' | 'readiness'): string {
  const probe = spec?.[`${kind}Probe`];
  const { httpGet, tcpSocket, grpc, exec } = probe ?? {};
  const number = (port: unknown) =>
    `port ${spec?.ports?.find(({ name }) => name === port)?.containerPort ?? port}`;
  if (httpGet) {
    const secured = isByTls(probe) ? ' by HTTPS' : '';
    return `asks ${number(httpGet.port)} for ${httpGet.path ?? '/'}${secured}`;
  }
  if (tcpSocket) return `asks ${number(tcpSocket.port)}`;
  if (grpc) return `asks ${number(grpc.port)} by gRPC`;
  return exec ? 'runs a command' : 'asks';
}
