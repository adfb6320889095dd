/** The real cert-manager, as a process beside the cluster: Issuers that sign themselves or by a CA, and CA injection. */
import { binaries } from '../binaries.ts';
import type { Cluster } from '../cluster.ts';
import { freePort } from '../ports.ts';
import { certManager } from '../versions.ts';
import { answers } from './answers.ts';
import { installCrds } from './crds.ts';

export interface CertManager {
  stop(): Promise<void>;
}

/** Installs its CRDs, starts it, and returns when it runs. Its own webhook does not: nothing is defaulted on the way in. */
export async function startCertManager(cluster: Cluster): Promise<CertManager> {
  const find = await binaries([certManager]);
  await installCrds(cluster, 'certManager');
  const health = await freePort();
  const controller = await cluster.run('cert-manager', find('cert-manager'), [
    `--kubeconfig=${cluster.kubeconfig}`,
    `--health=127.0.0.1:${health}`,
  ]);
  await answers(cluster, controller, health, '/healthz');
  return { stop: () => controller.stop() };
}
