/** What happens to a container after its start and before its end. */
import type { V1Lifecycle, V1LifecycleHandler } from '@kubernetes/client-node';
import type { HttpHeaders } from '../api/handlers.ts';
import type { MCPServerSpec } from '../api/mcpserver.ts';
import { MCP_PORT } from './ports.ts';

/** Seconds in which a pod that ends still takes calls: as long as it takes every node to hear that it does. */
const LEAVING_SECONDS = 10;
const GRACE_SECONDS = 30;

interface Handler {
  exec?: { command: string[] };
  httpGet?: { path?: string; port?: number | string; scheme?: 'HTTP' | 'HTTPS'; httpHeaders?: HttpHeaders };
  sleep?: { seconds: number };
}

/** @returns the seconds that a pod has to end. */
export function graceOf({ pod }: MCPServerSpec): number {
  return pod?.terminationGracePeriodSeconds ?? GRACE_SECONDS;
}

/** The user's, with a sleep of ours before the end where they say nothing of it. */
export function serverLifecycle(spec: MCPServerSpec): V1Lifecycle | undefined {
  const { postStart, preStop } = spec.pod?.lifecycle ?? {};
  const leaving = preStop ? handler(preStop) : sleep(graceOf(spec));
  return postStart || leaving ? { postStart: postStart && handler(postStart), preStop: leaving } : undefined;
}

/** Before SIGTERM, for a server that stops at once would leave calls that are on their way without an answer. */
function sleep(grace: number): V1LifecycleHandler | undefined {
  const seconds = Math.min(LEAVING_SECONDS, Math.floor(grace / 2));
  return seconds > 0 ? { sleep: { seconds } } : undefined;
}

function handler({ httpGet, ...other }: Handler): V1LifecycleHandler {
  return httpGet ? { httpGet: { path: '/', port: MCP_PORT, scheme: 'HTTP', ...httpGet } } : other;
}
