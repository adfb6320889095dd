/** Renders installations with the real programs. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { FEATURES, type Feature } from '../../src/environment.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { CHART, manifests, ROOT } from './files.ts';

const run = promisify(execFile);
const LARGE = { maxBuffer: 64 * 1024 * 1024 };

/** Paths of the programs, and the version of the cluster that Helm is to believe in. */
export interface Tools {
  helm: string;
  kubectl: string;
  kubernetes: string;
}

export const RELEASE = 'smooth-operator';
export const NAMESPACE = 'smooth-operator';

/** The chart's values that the overlay `cert-manager` stands for. */
export const BY_CERT_MANAGER = {
  'tls.certManager.enabled': true,
  'auth.clientCertificate.enabled': true,
  'auth.enabled': false,
};

/** What clusters may have besides: nothing, one optional kind, or all of them. */
export const FEATURE_SETS: readonly (readonly Feature[])[] = [[], ...FEATURES.map((one) => [one]), FEATURES];

/** @returns the objects of the chart, those of `helm test` included. Throws with what Helm says. */
export async function chart(
  { helm, kubernetes }: Pick<Tools, 'helm' | 'kubernetes'>,
  values: Record<string, unknown> = {},
): Promise<KubernetesObject[]> {
  const settings = Object.entries(values).flatMap(([name, value]) => [
    '--set-json',
    `${name}=${JSON.stringify(value)}`,
  ]);
  const args = ['template', RELEASE, CHART, '--namespace', NAMESPACE, '--kube-version', kubernetes];
  const { stdout } = await run(helm, [...args, ...settings], LARGE);
  return manifests(stdout);
}

/** A copy of the kustomizations, to make credentials in and to change. */
export interface Overlays {
  directory(name: string): string;
  /** @param components names of folders under `components`, listed as a user would. */
  build(name: string, components?: readonly string[]): Promise<KubernetesObject[]>;
  remove(): void;
}

/** @returns a copy with fresh credentials, made by the script that users call. */
export async function overlays(
  { kubectl }: Pick<Tools, 'kubectl'>,
  namespace = NAMESPACE,
): Promise<Overlays> {
  const root = mkdtempSync(path.join(tmpdir(), 'overlays-'));
  const directory = (name: string) => path.join(root, 'metacontroller', 'overlays', name);
  const credentials = directory(path.join('production', 'credentials'));
  const remove = () => rmSync(root, { recursive: true, force: true });
  try {
    for (const folder of ['metacontroller', 'crds']) {
      cpSync(path.join(ROOT, folder), path.join(root, folder), { recursive: true });
    }
    rmSync(credentials, { recursive: true, force: true });
    await run(path.join(directory('production'), 'make-credentials.sh'), [namespace]);
  } catch (error) {
    remove();
    throw error;
  }
  const build = async (name: string, components: readonly string[] = []) => {
    const file = path.join(directory(name), 'kustomization.yaml');
    const before = readFileSync(file, 'utf8');
    const list = components.map((component) => `  - ../../components/${component}\n`);
    const own = /^components:\n/m;
    const listed = own.test(before) ? before : `${before}\ncomponents:\n`;
    if (list.length > 0)
      writeFileSync(
        file,
        listed.replace(own, (line) => line + list.join('')),
      );
    try {
      return manifests((await run(kubectl, ['kustomize', directory(name)], LARGE)).stdout);
    } finally {
      writeFileSync(file, before);
    }
  };
  return { directory, build, remove };
}
