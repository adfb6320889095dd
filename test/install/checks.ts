/** What installations promise beyond being equal. Each check throws where one does not hold. */
import { deepStrictEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Feature } from '../../src/environment.ts';
import type { ChildKind, KubernetesObject } from '../../src/reconcile/contract.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { checkAgreement } from './agreement.ts';
import { normal } from './compare.ts';
import { type CompositeController, guardsOf, readYaml, type Webhook } from './files.ts';
import { BY_CERT_MANAGER, chart, FEATURE_SETS, type Overlays, overlays, type Tools } from './render.ts';

/** What Helm takes for one. */
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** Secrets that are there already: then everything renders the same each time. */
const OWN_SECRETS = {
  'tls.existingSecret': 'own-tls',
  'auth.existingSecret': 'own-token',
  'admission.caBundle': CERTIFICATE,
};

type HelmTools = Pick<Tools, 'helm' | 'kubernetes'>;

export async function checkChart(tools: HelmTools): Promise<void> {
  await rejects(chart(tools, { replica: 3 }), /additional properties 'replica' not allowed/);
  await rejects(chart(tools, { features: ['ingresses'] }), /at '\/features\/0': value must be one of/);
  await rejects(
    chart({ ...tools, kubernetes: 'v1.30.14' }),
    /requires kubeVersion: >=1\.31\.0-0 which is incompatible with Kubernetes v1\.30\.14/,
  );
  await checkNulls(tools);
  await checkFeatures((features) => chart(tools, { ...OWN_SECRETS, features }));
  await checkNumbers(tools);
  await checkRevision(tools);
  await checkSecretDigest(tools);
  await checkCertManager(tools);
  await checkClientCertificates(tools);
  await checkCaOfWebhook(tools);
  await checkPlain(tools);
  await checkResync(tools);
  await checkRuntimeImage(tools);
  await checkPermissions(tools);
  await checkCrds(tools);
  await checkAgreement(tools);
}

/** A null takes a value away. No guard goes by that: only a policy does, which asks for nothing that it does not say. */
async function checkNulls(tools: HelmTools): Promise<void> {
  const values = readYaml<object>('charts', 'smooth-operator', 'values.yaml');
  for (const place of guardsOf(values)) {
    const name = place.at(-1)!;
    const holder = ['', ...place.slice(0, -1)].join('/');
    await rejects(
      chart(tools, { [place.join('.')]: null }),
      new RegExp(`at '${holder}': missing property '${name}'`),
    );
  }
  ok((await chart(tools, { policy: null })).length > 0);
}

/** The one list of features decides what hook and CompositeController know, and makes a revision of its own. */
async function checkFeatures(
  install: (features: readonly Feature[]) => Promise<KubernetesObject[]>,
): Promise<void> {
  const revisions = new Set<string>();
  for (const features of FEATURE_SETS) {
    const objects = await install(features);
    const declared = objects.filter(({ kind }) => kind === 'CompositeController') as CompositeController[];
    deepStrictEqual(
      declared.flatMap(({ spec }) => spec.childResources.map(inGroup)).sort(),
      childrenWith(features).map(inGroup).sort(),
      `children with ${features.join(', ') || 'no feature'}`,
    );
    for (const { spec } of declared) {
      for (const { resource, updateStrategy } of spec.childResources) {
        equal(updateStrategy?.method, resource === 'pods' ? 'OnDelete' : 'InPlace', resource);
      }
    }
    const [hook] = hookOf(objects).spec.containers;
    deepStrictEqual(hook!.env.FEATURES, [...features].sort());
    revisions.add(revisionOf(objects));
  }
  equal(revisions.size, FEATURE_SETS.length, [...revisions].join(', '));
}

function childrenWith(features: readonly Feature[]): ChildKind[] {
  return controllers
    .filter(({ feature }) => !feature || features.includes(feature))
    .flatMap(({ children }) => children)
    .filter(({ feature }) => !feature || features.includes(feature));
}

function inGroup({ apiVersion, resource }: { apiVersion: string; resource: string }): string {
  return `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${resource}`;
}

/**
 * It is of the hook's own build where nothing else is said, and the one switch takes pods from the children and from what
 * Metacontroller may do.
 */
async function checkRuntimeImage(tools: HelmTools): Promise<void> {
  const install = (values: Record<string, unknown>) =>
    chart(tools, { ...OWN_SECRETS, 'metacontroller.rbac.create': true, ...values });
  const imageOf = (objects: KubernetesObject[]) => hookOf(objects).spec.containers[0]!.env.MCP_RUNTIME_IMAGE;
  const digest = `sha256:${'a'.repeat(64)}`;
  for (const [values, image] of [
    [{}, 'registry.example.com/smooth-operator-runtime:0.1.0'],
    [{ 'image.repository': 'acme.com:5000/op', 'image.tag': '1.2.3' }, 'acme.com:5000/op-runtime:1.2.3'],
    [{ 'image.digest': digest }, 'registry.example.com/smooth-operator-runtime:0.1.0'],
    [{ 'runtimeImage.repository': 'acme/runtime', 'runtimeImage.tag': 'x' }, 'acme/runtime:x'],
    [{ 'runtimeImage.digest': digest }, `registry.example.com/smooth-operator-runtime@${digest}`],
  ] as const) {
    equal(imageOf(await install(values)), image, JSON.stringify(values));
  }
  const [on, off] = [await install({}), await install({ 'runtimeImage.enabled': false })];
  const pods = (objects: KubernetesObject[]) =>
    objects
      .filter(({ kind }) => kind === 'CompositeController')
      .flatMap((one) => (one as CompositeController).spec.childResources)
      .filter(({ resource }) => resource === 'pods');
  deepStrictEqual(pods(on), [{ apiVersion: 'v1', resource: 'pods', updateStrategy: { method: 'OnDelete' } }]);
  deepStrictEqual([imageOf(off), pods(off)], ['', []]);
  notEqual(revisionOf(on), revisionOf(off));
  for (const wrong of [{ 'image.tag': `1@${digest}` }, { 'runtimeImage.repository': 'Acme/Runtime' }]) {
    await rejects(install(wrong), /does not match pattern/);
  }
}

/** Metacontroller takes 0 for 1, so who wants no resync gets no such field. */
async function checkResync(tools: HelmTools): Promise<void> {
  for (const seconds of [0, 90]) {
    const objects = await chart(tools, {
      ...OWN_SECRETS,
      'compositeController.resyncPeriodSeconds': seconds,
    });
    const declared = objects.filter(({ kind }) => kind === 'CompositeController') as CompositeController[];
    equal(declared.length, controllers.filter(({ feature }) => !feature).length);
    for (const { spec } of declared) equal(spec.resyncPeriodSeconds, seconds || undefined);
  }
}

interface Hook {
  spec: {
    containers: { env: Record<string, unknown>; volumeMounts?: { name: string; mountPath: string }[] }[];
    volumes?: { name: string; secret: { secretName: string; items?: { key: string; path: string }[] } }[];
  };
}

/** @returns the pods of the hook, with their environment put together. */
function hookOf(objects: KubernetesObject[]): Hook {
  const deployment = Object.values(normal(objects)).find(({ kind }) => kind === 'Deployment');
  return (deployment!.spec as { template: Hook }).template;
}

/** The hook reads the key that is mounted, the pod of `helm test` gets none, and without a Secret there is neither. */
async function checkSecretDigest(tools: HelmTools): Promise<void> {
  for (const credentials of [OWN_SECRETS, { 'tls.enabled': false, 'auth.enabled': false }]) {
    const objects = await chart(tools, {
      ...credentials,
      'secretDigest.existingSecret': 'own-digest',
      'secretDigest.key': 'hmac.key',
    });
    mountsDigestKey(objects, 'own-digest', 'hmac.key');
    const pod = JSON.stringify(objects.find(({ kind }) => kind === 'Pod'));
    ok(!pod.includes('digest'), 'the pod of `helm test`');
    ok(!JSON.stringify(hookOf(await chart(tools, credentials))).includes('secret-digest'));
  }
}

function mountsDigestKey(objects: KubernetesObject[], name: string, key: string): void {
  const { containers, volumes } = hookOf(objects).spec;
  const volume = volumes!.find(({ secret }) => secret.secretName === name)!;
  deepStrictEqual(volume.secret.items?.length, 1, 'one key of it');
  equal(volume.secret.items[0]!.key, key);
  const mount = containers[0]!.volumeMounts!.find((one) => one.name === volume.name)!;
  equal(containers[0]!.env.SECRET_DIGEST_KEY_FILE, `${mount.mountPath}/${volume.secret.items[0]!.path}`);
}

/** YAML's numbers are floats to Helm: what reaches the hook is what was written. */
async function checkNumbers(tools: HelmTools): Promise<void> {
  const numbers = { MCP_CPU_REQUEST: 0.5, MCP_CPU_LIMIT: 2, MCP_MEMORY_LIMIT: 8589934592 };
  const given = Object.entries(numbers).map(([name, value]) => [`settings.${name}`, value]);
  const { env } = hookOf(await chart(tools, Object.fromEntries(given))).spec.containers[0]!;
  const { MCP_CPU_REQUEST, MCP_CPU_LIMIT, MCP_MEMORY_LIMIT } = env;
  deepStrictEqual([MCP_CPU_REQUEST, MCP_CPU_LIMIT, MCP_MEMORY_LIMIT], ['0.5', '2', '8589934592']);
}

/** The revision is one value, the same each time, and another where anything changes that reaches the hook. */
async function checkRevision(tools: HelmTools): Promise<void> {
  const revisionWith = async (values: Record<string, unknown>) =>
    revisionOf(await chart(tools, { ...OWN_SECRETS, ...values }));
  const first = await revisionWith({});
  equal(await revisionWith({}), first, 'the same values give the same revision');
  equal(await revisionWith({ replicas: 5 }), first, 'what does not reach the hook does not count');
  equal(
    await revisionWith({ features: ['middlewares', 'httproutes'] }),
    await revisionWith({ features: ['httproutes', 'middlewares'] }),
    'the order of features does not count',
  );
  for (const [name, value] of [
    ['settings.MCP_CPU_LIMIT', '1'],
    ['image.tag', 'other'],
    ['credentialsGeneration', 2],
    ['features', ['middlewares']],
    ['secretDigest.existingSecret', 'own-digest'],
    ['tls.existingSecret', 'another'],
    ['admission.clientCertificate.ca', CERTIFICATE],
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

/** Nothing secret is rendered, so everything is the same each time; cert-manager is asked for what is mounted and trusted. */
async function checkCertManager(tools: HelmTools): Promise<void> {
  const objects = await chart(tools, BY_CERT_MANAGER);
  deepStrictEqual(await chart(tools, BY_CERT_MANAGER), objects);
  ok(!objects.some(({ kind }) => kind === 'Secret'));
  const certificates = objects.filter(({ kind }) => kind === 'Certificate') as Certificate[];
  const made = certificates.map(({ spec }) => spec.secretName);
  const used = hookOf(objects).spec.volumes!.map(({ secret }) => secret.secretName);
  for (const name of used) ok(made.includes(name), `${name} is among ${made.join(', ')}`);
  for (const { caBundle, clientTLS, authorization } of objects.flatMap(webhooksOf)) {
    deepStrictEqual(
      [caBundle?.secretRef.name, clientTLS?.secretRef.name, authorization],
      [...used, undefined],
    );
  }
  const webhook = objects.find(({ kind }) => kind === 'ValidatingWebhookConfiguration')!;
  const [, name] = webhook.metadata.annotations!['cert-manager.io/inject-ca-from']!.split('/');
  const injected = certificates.find(({ metadata }) => metadata.name === name);
  equal(injected?.spec.secretName, used[0], 'the CA of what is served is injected');
  ok(!JSON.stringify(webhook).includes('caBundle'), 'where nothing else is said');

  const issuerRef = { name: 'internal', kind: 'ClusterIssuer' };
  const theirs = await chart(tools, { ...BY_CERT_MANAGER, 'tls.certManager.issuerRef': issuerRef });
  ok(!theirs.some(({ kind }) => kind === 'Issuer'));
  for (const one of theirs)
    if (one.kind === 'Certificate') deepStrictEqual((one as Certificate).spec.issuerRef, issuerRef);
  await rejects(
    chart(tools, {
      ...BY_CERT_MANAGER,
      'tls.certManager.issuerRef': { name: 'internal', kind: 'ClusterIsuer' },
    }),
    /issuerRef\.kind: must be Issuer or ClusterIssuer, not ClusterIsuer/,
  );
  await rejects(
    chart(tools, { 'tls.certManager.issuerRef': issuerRef }),
    /issuerRef: needs tls\.certManager\.enabled/,
  );
  for (const wrong of [{ 'tls.existingSecret': 'own-tls' }, { 'tls.enabled': false }]) {
    await rejects(
      chart(tools, { ...BY_CERT_MANAGER, ...wrong }),
      /tls\.certManager\.enabled: needs tls\.enabled, and goes with no/,
    );
  }
}

/** Whoever has to show a certificate is checked by its CA alone, and the keys of callers are no business of the hook's. */
async function checkClientCertificates(tools: HelmTools): Promise<void> {
  const ca = CERTIFICATE;
  const objects = await chart(tools, {
    ...OWN_SECRETS,
    'auth.clientCertificate': { enabled: true, existingSecret: 'own-client', names: ['a', 'b'] },
    'admission.clientCertificate': { ca, names: ['kube-apiserver'] },
  });
  const { containers, volumes } = hookOf(objects).spec;
  const { env, volumeMounts } = containers[0]!;
  const fileOf = (volume: string) => `${volumeMounts!.find(({ name }) => name === volume)!.mountPath}/ca.crt`;
  deepStrictEqual(volumes!.find(({ name }) => name === 'clients')!.secret.items, [
    { key: 'ca.crt', path: 'ca.crt' },
  ]);
  deepStrictEqual([env.CLIENT_CA_FILE, env.CLIENT_NAMES], [fileOf('clients'), 'a,b']);
  deepStrictEqual(
    [env.ADMISSION_CLIENT_CA_FILE, env.ADMISSION_CLIENT_NAMES],
    [fileOf('admission-clients'), 'kube-apiserver'],
  );
  const map = objects.find(({ kind }) => kind === 'ConfigMap') as KubernetesObject & { data: object };
  deepStrictEqual(map.data, { 'ca.crt': ca });
  for (const { clientTLS } of objects.flatMap(webhooksOf)) equal(clientTLS?.secretRef.name, 'own-client');

  const named = await chart(tools, { ...BY_CERT_MANAGER, 'auth.clientCertificate.names': ['caller'] });
  equal(hookOf(named).spec.containers[0]!.env.CLIENT_NAMES, 'metacontroller,caller');
  const [client] = named.flatMap(webhooksOf).map(({ clientTLS }) => clientTLS?.secretRef.name);
  const issued = named.find(
    (one) => one.kind === 'Certificate' && (one as Certificate).spec.secretName === client,
  );
  equal((issued as Certificate).spec.commonName, 'metacontroller', 'what is made may call');

  const made = await chart(tools, { 'auth.clientCertificate.enabled': true });
  const secrets = made.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name);
  ok(
    !hookOf(made).spec.volumes!.some(({ secret }) => secret.secretName.endsWith('-ca')),
    'no pod mounts the key of the CA',
  );
  for (const { clientTLS } of made.flatMap(webhooksOf)) ok(secrets.includes(clientTLS!.secretRef.name));
  await rejects(
    chart(tools, { 'auth.clientCertificate.enabled': true, 'tls.enabled': false }),
    /auth\.clientCertificate\.enabled: needs tls\.enabled/,
  );
  await rejects(
    chart(tools, { 'auth.clientCertificate.existingSecret': 'own-client' }),
    /auth\.clientCertificate\.existingSecret: needs auth\.clientCertificate\.enabled/,
  );
  const withKey = `${ca}-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n`;
  await rejects(chart(tools, { 'admission.clientCertificate.ca': withKey }), /does not match pattern/);
  await rejects(
    chart(tools, { 'admission.clientCertificate.names': ['a'] }),
    /admission\.clientCertificate\.names: needs admission\.clientCertificate\.ca/,
  );
}

/** What is said of the CA of the webhook's certificate holds for a Secret of one's own, and for no other certificate. */
async function checkCaOfWebhook(tools: HelmTools): Promise<void> {
  const objects = await chart(tools, OWN_SECRETS);
  const webhook = objects.find(({ kind }) => kind === 'ValidatingWebhookConfiguration');
  const caBundle = Buffer.from(CERTIFICATE).toString('base64');
  ok(JSON.stringify(webhook).includes(`"caBundle":"${caBundle}"`));
  for (const others of [{}, BY_CERT_MANAGER, { 'admission.enabled': false }, { 'tls.enabled': false }]) {
    await rejects(
      chart(tools, { ...others, 'admission.caBundle': CERTIFICATE }),
      /admission\.caBundle: needs tls\.existingSecret, whose CA it is: leave it out/,
    );
  }
}

interface Certificate extends KubernetesObject {
  spec: { secretName: string; commonName: string; issuerRef: object };
}

interface Role extends KubernetesObject {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

/** Metacontroller may do what each child kind takes, read what is related, and do nothing to anything else. */
async function checkPermissions(tools: HelmTools): Promise<void> {
  const rulesWith = async (values: Record<string, unknown>) => {
    const objects = await chart(tools, { 'metacontroller.rbac.create': true, ...values });
    const role = objects.find(({ metadata }) => metadata.name.endsWith('-metacontroller')) as Role;
    ok(!JSON.stringify(role.rules).includes('*'), 'no wildcard');
    return role.rules.flatMap(({ apiGroups, resources, verbs }) =>
      resources.map((resource) => ({ resource: `${apiGroups}/${resource}`, verbs: verbs.join(' ') })),
    );
  };
  for (const features of FEATURE_SETS) {
    deepStrictEqual(
      (await rulesWith({ features }))
        .filter(({ verbs }) => verbs === 'get list watch create update patch delete')
        .map(({ resource }) => resource)
        .sort(),
      [...new Set(childrenWith(features).map(inGroup))].sort(),
    );
  }
  const read = (rules: { resource: string; verbs: string }[]) =>
    rules.filter(({ resource }) => ['/secrets', '/pods'].includes(resource));
  const secrets = { resource: '/secrets', verbs: 'get list watch' };
  const pods = { resource: '/pods', verbs: 'get list watch' };
  const nobodyAsked = { 'runtimeImage.enabled': false };
  const plain = { 'tls.enabled': false, 'auth.enabled': false };
  deepStrictEqual(read(await rulesWith({ ...nobodyAsked, ...plain })), [secrets, pods]);
  for (const off of ['false', false]) {
    deepStrictEqual(read(await rulesWith({ ...nobodyAsked, 'settings.MCP_RELATE_PODS': off })), [secrets]);
  }
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
    equal(revisionOf(development), 'dev.pods');
    isPlain(development);
    for (const overlay of ['development', 'production', 'cert-manager']) {
      await checkFeatures((features) => copy.build(overlay, features));
    }
    const digest = await copy.build('development', ['secret-digest']);
    equal(revisionOf(digest), 'dev.smooth-operator-secret-digest.pods');
    mountsDigestKey(digest, 'smooth-operator-secret-digest', 'key');

    for (const overlay of ['production', 'cert-manager']) await checkNamespace(copy, overlay);
  } finally {
    copy.remove();
  }
}

/** One line of an overlay names it, and all that is called, trusted, mounted and injected follows. */
async function checkNamespace(copy: Overlays, overlay: string): Promise<void> {
  const file = path.join(copy.directory(overlay), 'kustomization.yaml');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, before.replace('\nnamespace: smooth-operator\n', '\nnamespace: elsewhere\n'));
  const objects = await copy.build(overlay);
  match(revisionOf(objects), /^\d/);
  for (const { kind, metadata } of objects) {
    if (kind === 'Namespace') equal(metadata.name, 'elsewhere');
    else if (metadata.namespace) equal(metadata.namespace, 'elsewhere', `${kind} ${metadata.name}`);
  }
  const secrets = objects.flatMap((object) => {
    if (object.kind === 'Secret') return [object.metadata.name];
    return object.kind === 'Certificate' ? [(object as Certificate).spec.secretName] : [];
  });
  for (const { service, caBundle, clientTLS, authorization } of objects.flatMap(webhooksOf)) {
    equal(service.namespace, 'elsewhere');
    const shown = [clientTLS?.secretRef, authorization?.secretRef].filter(
      (reference) => reference !== undefined,
    );
    equal(shown.length, 1, 'a token or a certificate');
    for (const reference of [caBundle?.secretRef, ...shown]) {
      equal(reference?.namespace, 'elsewhere');
      ok(secrets.includes(reference!.name), `${reference!.name} is among ${secrets.join(', ')}`);
    }
  }
  // Where the old namespace is still said, it is a label or the name of an object.
  const said = JSON.stringify(objects).matchAll(/[a-z-]+\.smooth-operator[."]|"smooth-operator\//g);
  deepStrictEqual([...said].map(String), [], 'nothing points at another namespace');
}

function webhooksOf(object: KubernetesObject): Webhook[] {
  if (object.kind !== 'CompositeController') return [];
  return Object.values((object as CompositeController).spec.hooks).map(({ webhook }) => webhook);
}
