/** How long what is not there may be on its way before it is told. */
import type { MCPServerStatus } from '../../api/mcpserver.ts';

/** Long enough for a child to show up in a watch, short enough for someone who waits. */
export const PATIENCE_MS = 10_000;

/** Whether a status has changed so lately that what is not there may well be on its way. A clock may be a little ahead. */
export function isFresh(status: MCPServerStatus | undefined, now: string): boolean {
  return Math.abs(Date.parse(now) - Date.parse(status?.lastUpdated ?? now)) < PATIENCE_MS;
}
