/** What pages show beside specs: manifests that become an MCPServer, and examples in full. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { mcpServerController } from '../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../src/settings.ts';
import { ROOT } from './commands.ts';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const settings = loadSettings({}).render;

/** As much of a manifest as is compared. */
// biome-ignore lint/suspicious/noExplicitAny: a manifest as YAML has it
type Manifest = any;

const documents = (text: string): Manifest[] => parseAllDocuments(text).map((document) => document.toJS());
const ofKind = (manifests: Manifest[], kind: string): Manifest => manifests.find((one) => one.kind === kind);

function made(server: Manifest): KubernetesObject[] {
  const { parent, problems } = mcpServerController.check(
    { ...server, metadata: { namespace: 'default', uid: 'uid', generation: 1, ...server.metadata } },
    settings,
  );
  t.strictSame(problems, []);
  return mcpServerController.render(parent, settings);
}

t.test('the worked example makes what the plain manifests said', async (t) => {
  const page = read('docs/from-manifests.md');
  const block = (name: string) =>
    new RegExp(`<!-- ${name} -->\n\`\`\`yaml\n(.*?)\`\`\``, 's').exec(page)![1]!;
  const before = documents(block('plain'));
  const server = parse(block('one')) as Manifest;
  t.strictSame(
    documents(read('examples/from-manifests.yaml'))[0],
    server,
    'the example is what the page shows',
  );
  t.strictSame(documents(read('test/docs/plain-manifests.yaml')), before, 'and what is switched from');

  const after = made(server);
  const [deployment, was] = [ofKind(after, 'Deployment'), ofKind(before, 'Deployment')];
  const [pod, podWas] = [deployment.spec.template.spec, was.spec.template.spec];
  const [container, containerWas] = [pod.containers[0], podWas.containers[0]];
  t.equal(deployment.spec.replicas, was.spec.replicas);
  for (const field of ['image', 'args', 'env', 'envFrom', 'resources']) {
    t.strictSame(container[field], containerWas[field], field);
  }
  for (const field of ['terminationGracePeriodSeconds', 'nodeSelector', 'imagePullSecrets']) {
    t.strictSame(pod[field], podWas[field], field);
  }
  const { app: _, ...labels } = was.spec.template.metadata.labels;
  t.has(deployment.spec.template.metadata.labels, labels);
  t.has(deployment.spec.template.metadata.annotations, was.spec.template.metadata.annotations);
  t.has(named(pod.volumes), named(podWas.volumes));
  t.has(named(container.volumeMounts), named(containerWas.volumeMounts));
  t.equal(container.ports[0].containerPort, containerWas.ports[0].containerPort);
  t.equal(container.readinessProbe.httpGet.path, containerWas.readinessProbe.httpGet.path);
  t.equal(container.readinessProbe.httpGet.port, container.ports[0].name);

  const [service, serviceWas] = [ofKind(after, 'Service'), ofKind(before, 'Service')];
  t.equal(service.spec.ports[0].port, serviceWas.spec.ports[0].port);
  t.equal(service.spec.ports[0].targetPort, container.ports[0].name);

  const [ingress, ingressWas] = [ofKind(after, 'Ingress'), ofKind(before, 'Ingress')];
  t.equal(ingress.spec.ingressClassName, ingressWas.spec.ingressClassName);
  t.has(ingress.metadata.annotations, ingressWas.metadata.annotations);
  t.strictSame(ingress.spec.tls, ingressWas.spec.tls);
  const [rule, ruleWas] = [ingress.spec.rules[0], ingressWas.spec.rules[0]];
  t.equal(rule.host, ruleWas.host);
  t.equal(rule.http.paths[0].path, ruleWas.http.paths[0].path);
  t.equal(rule.http.paths[0].pathType, ruleWas.http.paths[0].pathType);
});

t.test('what pages show of these examples is what the examples say', async (t) => {
  const shown = {
    'docs/front-door.md': 'examples/front-door.yaml',
    'docs/images.md': 'examples/browser.yaml',
    'docs/kubernetes-access.md': 'examples/kubernetes-access.yaml',
  };
  for (const [page, example] of Object.entries(shown)) {
    const { spec } = ofKind(documents(read(example)), 'MCPServer');
    const specs = [...read(page).matchAll(/^```yaml\n(spec:\n.*?)^```$/gms)].map(
      ([, text]) => parse(text!).spec,
    );
    t.ok(find(specs, spec), page);
  }
});

t.test(
  'the account that the RoleBinding names is the one that the server runs as, with a token',
  async (t) => {
    const manifests = documents(read('examples/kubernetes-access.yaml'));
    const pages = [...read('docs/kubernetes-access.md').matchAll(/^```yaml\n(api.*?)^```$/gms)];
    t.strictSame(documents(pages[0]![1]!), manifests.slice(1), 'as the page shows');
    const binding = ofKind(manifests, 'RoleBinding');
    t.equal(binding.roleRef.name, ofKind(manifests, 'Role').metadata.name);
    const after = made(ofKind(manifests, 'MCPServer'));
    t.equal(binding.subjects[0].name, ofKind(after, 'ServiceAccount').metadata.name);
    const { spec } = ofKind(after, 'Deployment').spec.template;
    t.match(spec, { serviceAccountName: binding.subjects[0].name, automountServiceAccountToken: true });
  },
);

t.test(
  'the account that restarts LiteLLM may patch the Deployment that the catalog names, and nothing else',
  async (t) => {
    const manifests = documents(read('examples/catalog-rollout.yaml'));
    const [, text] = /<!-- rollout -->\n```yaml\n(.*?)```/s.exec(read('docs/catalog.md'))!;
    t.strictSame(documents(text!), manifests.slice(2), 'as the page shows');
    const { rollout } = ofKind(manifests, 'MCPCatalog').spec.litellm.file;
    const [binding, role] = [ofKind(manifests, 'RoleBinding'), ofKind(manifests, 'Role')];
    t.strictSame(role.rules, [
      {
        apiGroups: ['apps'],
        resources: ['deployments'],
        resourceNames: [rollout.deployment],
        verbs: ['patch'],
      },
    ]);
    t.equal(binding.roleRef.name, role.metadata.name);
    t.equal(binding.subjects[0].name, rollout.serviceAccountName);
  },
);

/** @returns the entries of a list by their names. */
function named(list: Manifest[]): Record<string, Manifest> {
  return Object.fromEntries(list.map((one) => [one.name, one]));
}

/** @returns whether one of the values is just that. */
function find(values: unknown[], wanted: unknown): boolean {
  return values.some((value) => JSON.stringify(value) === JSON.stringify(wanted));
}
