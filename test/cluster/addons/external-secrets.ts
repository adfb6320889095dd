/** The real External Secrets Operator, as a process beside the cluster. */
import { binaries } from '../binaries.ts';
import type { Cluster } from '../cluster.ts';
import { freePort } from '../ports.ts';
import { externalSecrets } from '../versions.ts';
import { answers } from './answers.ts';
import { installCrds } from './crds.ts';

export interface ExternalSecrets {
  /** ExternalSecrets carry its finalizer: what still exists then cannot be deleted any more. */
  stop(): Promise<void>;
}

/**
 * Installs its CRDs, starts it, and returns when it runs. Stores can be of the providers `fake`, `kubernetes` and `webhook`.
 * Of its controllers only those of ExternalSecret, SecretStore and ClusterSecretStore run.
 */
export async function startExternalSecrets(cluster: Cluster): Promise<ExternalSecrets> {
  const find = await binaries([externalSecrets]);
  await installCrds(cluster, 'externalSecrets');
  const health = await freePort();
  const operator = await cluster.run(
    'external-secrets',
    find('external-secrets'),
    [
      '--metrics-addr=0',
      `--live-addr=127.0.0.1:${health}`,
      '--enable-cluster-external-secret-reconciler=false',
      '--enable-cluster-push-secret-reconciler=false',
      '--enable-push-secret-reconciler=false',
    ],
    { env: { KUBECONFIG: cluster.kubeconfig } },
  );
  await answers(cluster, operator, health, '/healthz');
  return { stop: () => operator.stop() };
}
