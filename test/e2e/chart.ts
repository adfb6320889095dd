/** The operator as pods of its own image, installed by its chart. */
import path from 'node:path';
import { binaries } from '../cluster/binaries.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { finish } from '../cluster/process.ts';
import { helm as helmBuild } from '../cluster/versions.ts';
import { root } from './operator.ts';
import { OPERATOR_IMAGE } from './operator-image.ts';

export const RELEASE = 'smooth';
/** Also of the release. */
export const NAMESPACE = 'smooth';

export interface Chart {
  /** Installs or upgrades, and returns when the pods are up and those of before, if any, on their way out. */
  install(values?: Record<string, unknown>): Promise<void>;
  /** `helm test`; throws where that fails. */
  test(): Promise<void>;
  uninstall(): Promise<void>;
}

export async function chartOf({ kubeconfig, dir, kubectl }: Cluster): Promise<Chart> {
  const program = (await binaries([helmBuild]))('helm');
  const home = (name: string) => path.join(dir, 'helm', name);
  const env = {
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: home('cache'),
    HELM_CONFIG_HOME: home('config'),
    HELM_DATA_HOME: home('data'),
  };
  const helm = async (...args: string[]) => {
    await finish(program, [...args, `--namespace=${NAMESPACE}`], { env, cwd: root });
  };
  return {
    install: async (values = {}) => {
      const all = {
        'image.repository': OPERATOR_IMAGE.repository,
        'image.tag': OPERATOR_IMAGE.tag,
        'image.pullPolicy': 'Never',
        ...values,
      };
      const given = Object.entries(all).flatMap(([name, value]) => [
        '--set-json',
        `${name}=${JSON.stringify(value)}`,
      ]);
      const flags = ['--install', '--create-namespace', '--wait', '--timeout=120s'];
      await helm('upgrade', RELEASE, 'charts/smooth-operator', ...flags, ...given);
      // Helm does not wait for the last of the old pods to be told to stop.
      const ours = [`--namespace=${NAMESPACE}`, `--selector=app.kubernetes.io/instance=${RELEASE}`];
      await kubectl(['rollout', 'status', 'deployment', ...ours, '--timeout=60s']);
    },
    test: () => helm('test', RELEASE, '--timeout=120s'),
    uninstall: () => helm('uninstall', RELEASE, '--wait', '--timeout=60s'),
  };
}
