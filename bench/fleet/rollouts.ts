/** Which servers of a fleet are rolled out, by a watch: listing a thousand again and again would be load of its own. */
import type { V1Deployment } from '@kubernetes/client-node';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { Cache } from '../../src/engine/cache.ts';
import { KindWatch } from '../../src/engine/watch.ts';
import type { ResourceKind } from '../../src/reconcile/contract.ts';
import type { Access } from '../../test/e2e/client.ts';
import { controller, NAMESPACE } from './manifests.ts';

const DEPLOYMENT: ResourceKind = { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' };

export interface Rollouts {
  /** How many of these servers do not run this image with all their pods, or do not say so. */
  pending(names: readonly string[], image: string): number;
  stop(): Promise<void>;
}

/** @param parents whether there are parents, whose status has to say Ready too. */
export async function watchRollouts(access: Access, parents: boolean): Promise<Rollouts> {
  const watches: KindWatch[] = [];
  const watch = async (kind: ResourceKind) => {
    const cache = new Cache();
    const one = new KindWatch({
      ...access,
      kind: { ...kind, namespaced: true },
      namespace: NAMESPACE,
      cache,
      onTrouble: (error) => console.error(`watching ${kind.resource}: ${error.message}`),
    });
    watches.push(one);
    await one.listed();
    return cache;
  };
  const deployments = await watch(DEPLOYMENT);
  const servers = parents ? await watch(controller.parent) : undefined;

  const isDone = (name: string, image: string) => {
    const key = `${NAMESPACE}/${name}`;
    const deployment = deployments.get(key) as V1Deployment | undefined;
    const server = servers?.get(key) as MCPServer | undefined;
    return runs(deployment, image) && (!servers || saysReady(server));
  };
  return {
    pending: (names, image) => names.filter((name) => !isDone(name, image)).length,
    stop: async () => {
      await Promise.all(watches.map((one) => one.stop()));
    },
  };
}

function runs({ metadata, spec, status }: V1Deployment = {}, image: string): boolean {
  return (
    status !== undefined &&
    spec?.template.spec?.containers.some((container) => container.image === image) === true &&
    status.observedGeneration === metadata?.generation &&
    [status.replicas, status.updatedReplicas, status.availableReplicas].every(
      (count) => count === spec.replicas,
    )
  );
}

function saysReady(server: MCPServer | undefined): boolean {
  const { phase, observedGeneration } = server?.status ?? {};
  return phase === 'Ready' && observedGeneration === server?.metadata.generation;
}
