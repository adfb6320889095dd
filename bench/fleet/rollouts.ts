/** Which servers of a fleet are rolled out, by a watch: listing a thousand again and again would be load of its own. */
import type { V1Deployment } from '@kubernetes/client-node';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { Cache, objectKey } from '../../src/engine/cache.ts';
import { KindWatch } from '../../src/engine/watch.ts';
import type { ResourceKind } from '../../src/reconcile/contract.ts';
import type { Access } from '../../test/e2e/client.ts';
import { controller, type ServerName } from './servers.ts';

const DEPLOYMENT: ResourceKind = { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' };

export interface Rollouts {
  /** How many of these servers do not run this image with all their pods, or do not say so. */
  pending(servers: readonly ServerName[], image: string): number;
  /** How many of them say what, asked since they run this image; those that have yet to be asked say nothing. */
  verdicts(servers: readonly ServerName[], image: string): Record<string, number>;
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
      namespace: undefined,
      cache,
      onTrouble: (error) => console.error(`watching ${kind.resource}: ${error.message}`),
    });
    watches.push(one);
    await one.listed();
    return cache;
  };
  const deployments = await watch(DEPLOYMENT);
  const statuses = parents ? await watch(controller.parent) : undefined;

  const isDone = (server: ServerName, image: string) => {
    const key = objectKey(server);
    const deployment = deployments.get(key) as V1Deployment | undefined;
    return runs(deployment, image) && (!statuses || saysReady(statuses.get(key) as MCPServer | undefined));
  };
  return {
    pending: (servers, image) => servers.filter((server) => !isDone(server, image)).length,
    verdicts: (servers, image) => {
      const found: Record<string, number> = {};
      for (const server of servers.filter((one) => isDone(one, image))) {
        const verdict = verdictOf(statuses?.get(objectKey(server)) as MCPServer | undefined);
        if (verdict) found[verdict] = (found[verdict] ?? 0) + 1;
      }
      return found;
    },
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

function verdictOf({ status }: Pick<MCPServer, 'status'> = {}): string | undefined {
  const verified = status?.conditions?.find(({ type }) => type === 'Verified');
  if (!verified || status?.verification?.asking || status?.verification?.at === undefined) return undefined;
  return verified.message.includes('(asked before') ? undefined : verified.reason;
}
