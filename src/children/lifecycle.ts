/** What happens to a container after its start and before its end. */
import type { V1Lifecycle, V1LifecycleHandler } from '@kubernetes/client-node';
import type { Sidecar } from '../api/containers.ts';
import type { Lifecycle } from '../api/lifecycle.ts';
import type { MCPServer, MCPServerSpec } from '../api/mcpserver.ts';
import { httpGet, serverHttpGet } from './httpget.ts';

/** Seconds in which a pod that ends still takes calls: as long as it takes every node to hear that it does. */
const LEAVING_SECONDS = 10;
const GRACE_SECONDS = 30;

/** @returns the seconds that a pod has to end. */
export function graceOf({ pod }: MCPServerSpec): number {
  return pod?.terminationGracePeriodSeconds ?? GRACE_SECONDS;
}

/** The user's, with a sleep of ours before the end where they say nothing of it. */
export function serverLifecycle(server: MCPServer): V1Lifecycle | undefined {
  const { postStart, preStop } = server.spec.pod?.lifecycle ?? {};
  const leaving = preStop ? handler(server, preStop) : sleep(graceOf(server.spec));
  return postStart || leaving
    ? { postStart: postStart && handler(server, postStart), preStop: leaving }
    : undefined;
}

/** @returns the seconds between SIGTERM and SIGKILL; what a preStop that is no sleep takes is taken to be half of all. */
export function drainSeconds(spec: MCPServerSpec): number {
  const grace = graceOf(spec);
  const { preStop } = spec.pod?.lifecycle ?? {};
  return grace - (preStop ? (preStop.sleep?.seconds ?? Math.floor(grace / 2)) : leavingSeconds(grace));
}

function leavingSeconds(grace: number): number {
  return Math.min(LEAVING_SECONDS, Math.floor(grace / 2));
}

/** Before SIGTERM, for a server that stops at once would leave calls that are on their way without an answer. */
function sleep(grace: number): V1LifecycleHandler | undefined {
  const seconds = leavingSeconds(grace);
  return seconds > 0 ? { sleep: { seconds } } : undefined;
}

function handler(
  server: MCPServer,
  { httpGet: get, ...other }: NonNullable<Lifecycle['preStop']>,
): V1LifecycleHandler {
  return get ? { httpGet: serverHttpGet(server, get) } : other;
}

/** As the user gives it. */
export function sidecarLifecycle(given: Sidecar['lifecycle']): V1Lifecycle | undefined {
  if (!given) return undefined;
  const asked = ({ httpGet: get, ...other }: NonNullable<typeof given.preStop>): V1LifecycleHandler =>
    get ? { httpGet: httpGet(get) } : other;
  return {
    postStart: given.postStart && asked(given.postStart),
    preStop: given.preStop && asked(given.preStop),
  };
}
