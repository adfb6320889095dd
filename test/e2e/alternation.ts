/** Watching what Deployments are rendered as over time, to see whether two releases undo each other's work. */

import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { RENDERED } from '../../src/children/identity.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { binaries } from '../cluster/binaries.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { controlPlane } from '../cluster/versions.ts';
import { get } from './look.ts';

/** For each Deployment the digests of what it was rendered as, in order, each change once. */
export type Renderings = Map<string, string[]>;

export interface TemplateWatch {
  /** Ends the watch and tells what it saw. */
  stop(): Promise<Renderings>;
}

/** Watches every Deployment of ours from now on. */
export async function watchTemplates(cluster: Cluster): Promise<TemplateWatch> {
  const watch = await cluster.run('watch', (await binaries([controlPlane]))('kubectl'), [
    `--kubeconfig=${cluster.kubeconfig}`,
    'get',
    'deployments',
    '-l',
    'mcp.dev/server',
    '--watch',
    '-o',
    `jsonpath={.metadata.name} {.metadata.annotations.${RENDERED.replaceAll('.', '\\.')}}{"\\n"}`,
  ]);
  await poll('the watch has begun', async () => readFileSync(watch.log, 'utf8') !== '', 30);
  return {
    stop: async () => {
      const seen = async () => isDeepStrictEqual(lastOf(await read(watch.log)), await present(cluster));
      await poll('the watch has seen what there is', seen, 30);
      await watch.stop();
      return read(watch.log);
    },
  };
}

const lastOf = (seen: Renderings) => new Map([...seen].map(([name, digests]) => [name, digests.at(-1)]));

async function present(cluster: Cluster): Promise<Map<string, string>> {
  const { items } = await get<{ items: KubernetesObject[] }>(cluster, 'deployments', '-l', 'mcp.dev/server');
  return new Map(items.map(({ metadata }) => [metadata.name, metadata.annotations![RENDERED]!]));
}

async function read(log: string): Promise<Renderings> {
  const seen: Renderings = new Map();
  for await (const line of createInterface({ input: createReadStream(log) })) {
    const [name, digest] = line.split(' ');
    if (!name || !digest) continue;
    const before = seen.get(name) ?? [];
    if (before.at(-1) !== digest) seen.set(name, [...before, digest]);
  }
  return seen;
}

/** Deployments that did not go from one form to another just once, with what became of them. */
export function alternations(seen: Renderings): [string, string[]][] {
  return [...seen].filter(([, digests]) => digests.length !== 2);
}
