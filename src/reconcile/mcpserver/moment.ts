/**
 * When what a status says came about. Two syncs within a moment may both be sent the status before the last write, and
 * would stamp the same news with two different times, each of them a write: so the time is taken from what is observed, as
 * far as that is of this moment.
 */
import type { V1Deployment } from '@kubernetes/client-node';
import type { MCPServer } from '../../api/mcpserver.ts';

/** How far the time of a cause may lie back. It bounds by how much a timestamp can be wrong. */
const MOMENT_MS = 10_000;

interface Written {
  creationTimestamp?: string;
  managedFields?: { subresource?: string; time?: string }[];
}

/**
 * @param ended when the pod that asked what the server is ended, where it is still there.
 * @param now RFC 3339 without fractions.
 * @returns the time of the cause where it is less than ten seconds ago and no earlier than the last change, else `now`.
 */
export function momentOf(
  server: MCPServer,
  deployment: V1Deployment | undefined,
  ended: string | undefined,
  now: string,
): string {
  const { metadata, status } = server;
  const { creationTimestamp, managedFields = [] } = metadata as Written;
  const causes =
    status?.conditions === undefined
      ? [creationTimestamp]
      : status.observedGeneration === metadata.generation
        ? [
            ended,
            ...(deployment?.status?.conditions ?? []).flatMap(({ lastTransitionTime, lastUpdateTime }) => [
              String(lastTransitionTime),
              String(lastUpdateTime),
            ]),
          ]
        : managedFields.filter(({ subresource }) => subresource !== 'status').map(({ time }) => time);
  const latest = Math.max(
    ...causes.map((time) => Date.parse(time ?? '')).filter((time) => !Number.isNaN(time)),
  );
  const at = Date.parse(now);
  const known =
    latest <= at && at - latest < MOMENT_MS && latest >= Date.parse(status?.lastUpdated ?? '1970');
  return known ? `${new Date(latest).toISOString().slice(0, 19)}Z` : now;
}
