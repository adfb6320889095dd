/** What installations promise beyond being equal. Each check throws where one does not hold. */
import { deepStrictEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import type { CompositeController, Webhook } from './files.ts';
import { chart, overlays, type Tools } from './render.ts';

/** Secrets that are there already: then everything renders the same each time. */
const OWN_SECRETS = { 'tls.existingSecret': 'own-tls', 'auth.existingSecret': 'own-token' };

type HelmTools = Pick<Tools, 'helm' | 'kubernetes'>;

export async function checkChart(tools: HelmTools): Promise<void> {
  await rejects(chart(tools, { replica: 3 }), /additional properties 'replica' not allowed/);
  await checkRevision(tools);
  await checkPlain(tools);
  await checkPermissions(tools);
  await checkCrds(tools);
}

/** The revision is one value, the same each time, and another where anything changes that reaches the hook. */
async function checkRevision(tools: HelmTools): Promise<void> {
  const revisionWith = async (values: Record<string, unknown>) =>
    revisionOf(await chart(tools, { ...OWN_SECRETS, ...values }));
  const first = await revisionWith({});
  equal(await revisionWith({}), first, 'the same values give the same revision');
  equal(await revisionWith({ replicas: 5 }), first, 'what does not reach the hook does not count');
  for (const [name, value] of [
    ['settings.MCP_CPU_LIMIT', '1'],
    ['image.tag', 'other'],
    ['credentialsGeneration', 2],
    ['tls.existingSecret', 'another'],
  ] as const) {
    notEqual(await revisionWith({ [name]: value }), first, `${name} changes the revision`);
  }
}

/** @returns the one value that hooks, `helm test` and Metacontroller agree on. */
export function revisionOf(objects: KubernetesObject[]): string {
  const found = new Set<string>();
  for (const object of objects) {
    if (object.kind === 'Deployment' || object.kind === 'Pod') {
      for (const [, revision] of JSON.stringify(object).matchAll(/"name":"REVISION","value":"([^"]*)"/g)) {
        found.add(revision!);
      }
    }
    const { REVISION } = (object as { data?: Record<string, string> }).data ?? {};
    if (object.kind === 'ConfigMap' && REVISION) found.add(REVISION);
    for (const webhook of webhooksOf(object)) found.add(webhook.path.split('?rev=')[1] ?? '');
  }
  deepStrictEqual(found.size, 1, `one revision, not ${[...found].join(', ')}`);
  return [...found][0]!;
}

async function checkPlain(tools: HelmTools): Promise<void> {
  const objects = await chart(tools, { 'tls.enabled': false, 'auth.enabled': false });
  isPlain(objects);
  const secured = await chart(tools, OWN_SECRETS);
  ok(!secured.some(({ kind }) => kind === 'Secret'), 'with Secrets of their own none is made');
  for (const webhook of secured.flatMap(webhooksOf)) {
    equal(webhook.caBundle?.secretRef.name, 'own-tls');
    equal(webhook.authorization?.secretRef.name, 'own-token');
  }
}

function isPlain(objects: KubernetesObject[]): void {
  ok(!objects.some(({ kind }) => kind === 'Secret'));
  for (const { service, caBundle, authorization } of objects.flatMap(webhooksOf)) {
    deepStrictEqual(
      [service.protocol, service.port, caBundle, authorization],
      ['http', 80, undefined, undefined],
    );
  }
  const deployment = JSON.stringify(objects.find(({ kind }) => kind === 'Deployment'));
  ok(!deployment.includes('HTTPS') && !deployment.includes('secretName'), 'no TLS and no Secret in the pods');
}

interface Role extends KubernetesObject {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

/** Metacontroller may do what each child kind takes, and nothing to anything else. */
async function checkPermissions(tools: HelmTools): Promise<void> {
  const objects = await chart(tools, { 'metacontroller.rbac.create': true });
  const role = objects.find(({ metadata }) => metadata.name.endsWith('-metacontroller')) as Role;
  const written = role.rules.filter(({ verbs }) => verbs.includes('delete'));
  const children = controllers.flatMap((one) => one.children);
  const group = (apiVersion: string) => (apiVersion.includes('/') ? apiVersion.split('/')[0]! : '');
  deepStrictEqual(
    written.flatMap((rule) => rule.resources.map((resource) => `${rule.apiGroups}/${resource}`)).sort(),
    children.map(({ apiVersion, resource }) => `${group(apiVersion)}/${resource}`).sort(),
  );
  ok(!JSON.stringify(role.rules).includes('*'), 'no wildcard');
}

async function checkCrds(tools: HelmTools): Promise<void> {
  const crdsWith = async (values: Record<string, unknown>) =>
    (await chart(tools, values)).filter(({ kind }) => kind === 'CustomResourceDefinition');
  for (const { metadata } of await crdsWith({})) {
    equal(metadata.annotations?.['helm.sh/resource-policy'], 'keep');
  }
  for (const { metadata } of await crdsWith({ 'crds.keep': false })) equal(metadata.annotations, undefined);
  deepStrictEqual(await crdsWith({ 'crds.enabled': false }), []);
}

export async function checkOverlays(tools: Pick<Tools, 'kubectl'>): Promise<void> {
  const copy = await overlays(tools, 'elsewhere');
  try {
    const development = await copy.build('development');
    equal(revisionOf(development), 'dev');
    isPlain(development);

    const file = path.join(copy.directory('production'), 'kustomization.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('\nnamespace: smooth-operator\n', '\nnamespace: elsewhere\n'),
    );
    const production = await copy.build('production');
    match(revisionOf(production), /^\d/);
    for (const { kind, metadata } of production) {
      if (kind === 'Namespace') equal(metadata.name, 'elsewhere');
      else if (metadata.namespace) equal(metadata.namespace, 'elsewhere', `${kind} ${metadata.name}`);
    }
    const secrets = production.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
    for (const { service, caBundle, authorization } of production.flatMap(webhooksOf)) {
      equal(service.namespace, 'elsewhere');
      for (const reference of [caBundle?.secretRef, authorization?.secretRef]) {
        equal(reference?.namespace, 'elsewhere');
        ok(secrets.includes(reference!.name), `${reference!.name} is among ${secrets.join(', ')}`);
      }
    }
  } finally {
    copy.remove();
  }
}

function webhooksOf(object: KubernetesObject): Webhook[] {
  if (object.kind !== 'CompositeController') return [];
  return Object.values((object as CompositeController).spec.hooks).map(({ webhook }) => webhook);
}
