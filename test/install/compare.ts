/**
 * The chart and the production overlay are one installation, written twice, whatever the cluster has besides.
 * What may differ is written down here, and nothing else.
 */
import { deepStrictEqual, match } from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Environment } from '../../src/environment.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { loadSettings } from '../../src/settings.ts';
import type { CompositeController } from './files.ts';
import { BY_CERT_MANAGER, chart, FEATURE_SETS, type Overlays, overlays, type Tools } from './render.ts';

/** Only one of the two has these, each for a reason. */
const APART = new Set([
  'Namespace', // `helm install --create-namespace`
  'ConfigMap', // the environment, which the chart writes into the Deployment: see `withEnvironment`
  'Pod', // `helm test`
]);

/** Signs certificates at upgrades. The script makes a CA for each, and forgets its key. */
const CA_OF_HELM = 'smooth-operator-ca';

const LABELS_OF_HELM = ['helm.sh/chart', 'app.kubernetes.io/version', 'app.kubernetes.io/managed-by'];

/** kustomize ends the names of what it generates in a digest. */
const GENERATED = /-[a-z0-9]{10}$/;
/** The chart does so for the policy. */
const DIGEST = /-[a-f0-9]{8}$/;

const POLICY = { requireImageTag: true };

const CLUSTER_WIDE = new Set(['CompositeController', 'ValidatingWebhookConfiguration']);

type Fields = Record<string, unknown>;

/** @throws AssertionError with the differences. */
export async function compareInstalls(tools: Tools): Promise<void> {
  const kustomize = await overlays(tools);
  try {
    for (const features of FEATURE_SETS) {
      deepStrictEqual(
        normal(await chart(tools, { features })),
        normal(await kustomize.build('production', features)),
      );
    }
    deepStrictEqual(
      normal(await chart(tools, { 'secretDigest.existingSecret': 'smooth-operator-secret-digest' })),
      normal(await kustomize.build('production', ['secret-digest'])),
    );
    const off = { 'runtimeImage.enabled': false };
    deepStrictEqual(normal(await chart(tools, off)), normal(await withoutRuntime(kustomize)));
    deepStrictEqual(
      normal(await chart(tools, BY_CERT_MANAGER)),
      normal(await kustomize.build('cert-manager')),
    );
    const policy = path.join(kustomize.directory('production'), '../../components/policy/policy.yaml');
    writeFileSync(policy, JSON.stringify(POLICY));
    deepStrictEqual(
      normal(await chart(tools, { policy: POLICY })),
      normal(await kustomize.build('production', ['policy'])),
    );
  } finally {
    kustomize.remove();
  }
}

/** The production overlay as a user turns the runtime image off: without its line, and without the component. */
async function withoutRuntime(kustomize: Overlays): Promise<KubernetesObject[]> {
  const undo = [
    edited(kustomize, 'settings.env', (text) =>
      text.replace(/^MCP_RUNTIME_IMAGE=.+$/m, 'MCP_RUNTIME_IMAGE='),
    ),
    edited(kustomize, 'kustomization.yaml', (text) => text.replace(/^ {2}- .+\/verification\n/m, '')),
  ];
  try {
    return await kustomize.build('production');
  } finally {
    for (const one of undo) one();
  }
}

/** @returns what takes the edit back. */
function edited(kustomize: Overlays, name: string, edit: (text: string) => string): () => void {
  const file = path.join(kustomize.directory('production'), name);
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, edit(before));
  return () => writeFileSync(file, before);
}

/** @returns the objects by kind and name, without what may differ. */
export function normal(objects: KubernetesObject[]): Record<string, Fields> {
  const configMaps = objects.filter(({ kind }) => kind === 'ConfigMap') as { data?: Fields }[];
  const configMap = configMaps.find(({ data }) => data && !('policy.yaml' in data));
  const entries = objects
    .filter(({ kind, metadata }) => !APART.has(kind) && !(kind === 'Secret' && metadata.name === CA_OF_HELM))
    .map((object) => {
      const copy = structuredClone(object) as KubernetesObject & Fields;
      copy.metadata = metadataOf(copy);
      BY_KIND[copy.kind]?.(copy, configMap?.data ?? {});
      return [`${copy.kind}/${copy.metadata.name}`, copy] as const;
    });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function metadataOf({ kind, metadata }: KubernetesObject): KubernetesObject['metadata'] {
  const { name, namespace } = metadata;
  const labels = Object.entries(metadata.labels ?? {}).filter(([label]) => !LABELS_OF_HELM.includes(label));
  return {
    name: kind === 'Secret' ? name.replace(GENERATED, '') : name,
    // kustomize cannot know that this kind has none; kubectl leaves it out.
    ...(namespace && !CLUSTER_WIDE.has(kind) ? { namespace } : {}),
    // The chart marks its Secrets and the CRD; kustomize generates the one and copies the other.
    ...(kind === 'Secret' || kind === 'CustomResourceDefinition'
      ? {}
      : { labels: Object.fromEntries(labels) }),
  };
}

const BY_KIND: Record<string, (object: KubernetesObject & Fields, environment: Fields) => void> = {
  Secret(secret) {
    // Which keys there are counts, not what was drawn for them.
    secret.data = Object.keys(secret.data as object).sort();
  },
  CompositeController(object) {
    const { childResources, hooks } = (object as unknown as CompositeController).spec;
    // Components add to the end, whatever the order of the list.
    childResources.sort((a, b) => (a.resource < b.resource ? -1 : 1));
    for (const { webhook } of Object.values(hooks)) {
      webhook.path = webhook.path.replace(/=.+$/, '=REVISION');
      for (const reference of [webhook.caBundle?.secretRef, webhook.authorization?.secretRef]) {
        if (reference) reference.name = reference.name.replace(GENERATED, '');
      }
    }
  },
  ValidatingWebhookConfiguration(object) {
    const { webhooks } = object as unknown as { webhooks: { clientConfig: { caBundle?: string } }[] };
    for (const { clientConfig } of webhooks) {
      // cert-manager writes it.
      if (clientConfig.caBundle === undefined) continue;
      match(Buffer.from(clientConfig.caBundle, 'base64').toString(), /^-----BEGIN CERTIFICATE-----/);
      clientConfig.caBundle = 'CA';
    }
  },
  NetworkPolicy(object) {
    const { ingress } = object.spec as { ingress: { from?: { podSelector?: object }[] }[] };
    // `helm test` is let in by its pod's labels.
    for (const rule of ingress)
      if (rule.from) rule.from = rule.from.filter(({ podSelector }) => !podSelector);
  },
  Deployment: withEnvironment,
};

/** The environment as the hook sees it: its defaults, then what either installation says. */
function withEnvironment(object: KubernetesObject, configMap: Fields): void {
  const { spec } = (object.spec as { template: { spec: PodSpec } }).template;
  const defaults = Object.entries(Environment.properties).map(([name, one]) => [name, String(one.default)]);
  for (const container of spec.containers) {
    const own = (container.env as { name: string; value: string }[] | undefined) ?? [];
    const environment: Fields = {
      ...Object.fromEntries(defaults),
      ...configMap,
      ...Object.fromEntries(own.map(({ name, value }) => [name, value])),
    };
    container.env = {
      ...environment,
      FEATURES: [...loadSettings({ FEATURES: String(environment.FEATURES) }).render.features].sort(),
      REVISION: 'REVISION',
    };
    delete container.envFrom;
  }
  for (const { secret, configMap: policy } of spec.volumes ?? []) {
    if (secret) secret.secretName = secret.secretName.replace(GENERATED, '');
    if (policy) policy.name = policy.name.replace(GENERATED, '').replace(DIGEST, '');
  }
}

interface PodSpec {
  containers: { env?: unknown; envFrom?: unknown }[];
  volumes?: { secret?: { secretName: string }; configMap?: { name: string } }[];
}
