/** The kinds of optional add-ons, as their projects publish them. A kind needs nobody who serves it. */
import { binaries } from '../binaries.ts';
import type { GoBuild } from '../build.ts';
import type { Cluster } from '../cluster.ts';
import { poll } from '../process.ts';
import {
  certManagerCrds,
  externalSecretsCrds,
  httpRouteCrds,
  serviceMonitorCrds,
  traefikMiddlewareCrds,
} from '../versions.ts';

const published = {
  externalSecrets: externalSecretsCrds,
  serviceMonitors: serviceMonitorCrds,
  httpRoutes: httpRouteCrds,
  traefikMiddlewares: traefikMiddlewareCrds,
  certManager: certManagerCrds,
} satisfies Record<string, GoBuild>;

export type Feature = keyof typeof published;

/** Applies the CRDs of each feature and returns when the API server serves them. Those already there may stay. */
export async function installCrds(cluster: Cluster, ...features: Feature[]): Promise<void> {
  const builds = features.map((feature) => published[feature]);
  const find = await binaries(builds);
  const files = builds.flatMap((build) =>
    Object.keys(build.files ?? {}).map((name) => `--filename=${find(name)}`),
  );
  // On the server's side: the largest would not fit into the annotation that kubectl otherwise leaves.
  await cluster.kubectl(['apply', '--server-side', ...files]);
  await established(cluster, ...files);
}

/** Waits until the API server serves the kinds of CRDs, which are named as kubectl has them. */
export async function established(cluster: Cluster, ...crds: string[]): Promise<void> {
  // It fails on a CRD that is so new that it has no conditions.
  const wait = ['wait', '--for=condition=Established', '--timeout=60s', ...crds];
  const served = async () => (await cluster.kubectl(wait, { allowFailure: true })).code === 0;
  await poll('the API server serves the new kinds', served, 180);
}
