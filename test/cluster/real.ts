import type { Cluster } from './cluster.ts';

export async function upReal(dir: string): Promise<Cluster> {
  throw new Error(`not yet: ${dir}`);
}
