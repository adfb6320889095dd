/** Waits for what a fresh cluster has still to find out, so that it is not counted with the fleet. */
import { controllers } from '../../src/reconcile/controllers.ts';
import type { Cluster } from '../../test/cluster/cluster.ts';
import { poll } from '../../test/cluster/process.ts';

/** The controllers of a cluster look for new kinds every 30 s. */
const LIMIT_SECONDS = 90;

/**
 * Waits until the garbage collector watches the kinds of our parents; nobody else must watch them yet. Before it does, it
 * gets the owner of each child live, again and again, and such a GET could not be told from Metacontroller's.
 */
export async function collectorWatches(cluster: Cluster): Promise<void> {
  const kinds = controllers.map(({ parent }) => parent.resource);
  const areWatched = async () => {
    const { stdout } = await cluster.kubectl(['get', '--raw', '/metrics']);
    const watched = [...stdout.matchAll(/^apiserver_longrunning_requests\{(.*)\} [1-9]/gm)].map(
      ([, labels]) => labels!,
    );
    return kinds.every((kind) =>
      watched.some((labels) => labels.includes(`resource="${kind}"`) && labels.includes('verb="WATCH"')),
    );
  };
  await poll('the garbage collector watches MCPServers', areWatched, LIMIT_SECONDS);
}
