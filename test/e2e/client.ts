/** Requests to a cluster without a process for each: for whoever asks much at once, or again and again. */
import { KubeConfig } from '@kubernetes/client-node';
import { Client } from '../../src/engine/client.ts';
import type { Cluster } from '../cluster/cluster.ts';

export interface Access {
  kubeConfig: KubeConfig;
  client: Client;
}

const known = new WeakMap<Cluster, Access>();

/** As an administrator. It keeps its connections. */
export function accessTo(cluster: Cluster): Access {
  const access = known.get(cluster) ?? makeAccess(cluster);
  known.set(cluster, access);
  return access;
}

function makeAccess(cluster: Cluster): Access {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(cluster.kubeconfig);
  return { kubeConfig, client: new Client(kubeConfig, kubeConfig.getCurrentCluster()!.server) };
}
