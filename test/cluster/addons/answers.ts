/** When a process on the node has begun to serve. */
import type { Cluster } from '../cluster.ts';
import { poll, type RunningProcess } from '../process.ts';

/** Waits for 200 from a path of a process's health port. Throws with its log when it ends before that. */
export async function answers(
  cluster: Cluster,
  process: RunningProcess,
  port: number,
  path: string,
): Promise<void> {
  const forward = await cluster.forward('127.0.0.1', port);
  let ended = false;
  void process.exited.then(() => {
    ended = true;
  });
  const healthy = async () => {
    if (ended) throw new Error(`ended before it answered:\n${await process.output()}`);
    return fetch(`http://127.0.0.1:${forward.port}${path}`).then(
      (response) => response.ok,
      () => false,
    );
  };
  try {
    await poll(`${path} answers, see ${process.log}`, healthy, 60);
  } finally {
    await forward.close();
  }
}
