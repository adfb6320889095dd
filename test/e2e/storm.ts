import type { Cluster } from '../cluster/cluster.ts';

/** Labels all servers anew, over and over: each change is a sync of each, by whichever hook answers. */
export function keepSyncing(cluster: Cluster, names: string[]): { stop(): Promise<number> } {
  let going = true;
  const done = (async () => {
    let round = 0;
    for (; going; round++) {
      await cluster.kubectl(['label', '--overwrite', 'mcpserver', ...names, `round=${round}`]);
    }
    return round;
  })();
  done.catch(() => {}); // Whoever stops it is told.
  return {
    stop: () => {
      going = false;
      return done;
    },
  };
}
