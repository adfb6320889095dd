/** What `examples/` holds is what works. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { formatProblem } from '../../src/api/problem.ts';
import { secretsOf } from '../../src/children/secrets.ts';
import { FEATURES } from '../../src/environment.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { mcpServerController } from '../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../src/settings.ts';
import { hook, sync } from './fixture.ts';

/** What each example makes beside ServiceAccount, Service and Deployment, and the features that its first line asks for. */
const EXAMPLES: Record<string, { kinds?: string[]; needs?: string }> = {
  'autoscaling.yaml': { kinds: ['HorizontalPodAutoscaler', 'PodDisruptionBudget'] },
  'availability.yaml': { kinds: ['PodDisruptionBudget'] },
  'browser.yaml': {},
  'catalog-rollout.yaml': { needs: 'catalogs' },
  'catalog.yaml': { needs: 'catalogs' },
  'config.yaml': { kinds: ['ConfigMap'] },
  'from-manifests.yaml': { kinds: ['Ingress', 'PodDisruptionBudget'] },
  'front-door.yaml': { kinds: ['NetworkPolicy'] },
  'further-ports.yaml': { kinds: ['NetworkPolicy'] },
  'gateway-discovery.yaml': {},
  'httproute-gke.yaml': { kinds: ['HTTPRoute'], needs: 'httproutes' },
  'httproute.yaml': { kinds: ['HTTPRoute'], needs: 'httproutes' },
  'identity.yaml': { kinds: ['ConfigMap'] },
  'image-from-mirror.yaml': {},
  'ingress-prefix.yaml': { kinds: ['Ingress', 'Middleware'], needs: 'middlewares' },
  'ingress.yaml': { kinds: ['Ingress'] },
  'kubernetes-access.yaml': {},
  'load-balancer.yaml': { kinds: ['PodDisruptionBudget'] },
  'metrics.yaml': { kinds: ['ServiceMonitor'], needs: 'servicemonitors' },
  'minimal.yaml': {},
  'network-policy.yaml': { kinds: ['NetworkPolicy'] },
  'oauth-prefix.yaml': { kinds: ['Ingress', 'Ingress'] },
  'package-pypi.yaml': {},
  'package.yaml': {},
  'pods.yaml': {},
  'probes.yaml': {},
  'secret-by-name.yaml': {},
  'secrets-from-store.yaml': { kinds: ['ExternalSecret', 'ExternalSecret'], needs: 'externalsecrets' },
  'sidecars.yaml': {},
  'stdio.yaml': {},
  'team-search.yaml': { kinds: ['PodDisruptionBudget'] },
  'tls-server.yaml': { kinds: ['Ingress'] },
  'tracing.yaml': {},
  'verified.yaml': {},
};
const ALWAYS = ['Deployment', 'Service', 'ServiceAccount'];

const FOLDER = path.join(import.meta.dirname, '../../examples');
const read = (file: string) => readFileSync(path.join(FOLDER, file), 'utf8');
const files = globSync('**/*.yaml', { cwd: FOLDER }).sort();
const manifests = files.flatMap((file) =>
  parseAllDocuments(read(file)).map((document) => ({ file, object: document.toJS() as KubernetesObject })),
);
const servers = manifests.filter(({ object }) => object.kind === 'MCPServer');

/** As the API server has it. */
function admitted(object: KubernetesObject, variables: Record<string, string>) {
  const metadata = { namespace: 'default', uid: 'uid', generation: 1, ...object.metadata };
  return mcpServerController.check({ ...object, metadata }, loadSettings(variables).render);
}

t.test('every file is in the table', async (t) => {
  t.strictSame(files, Object.keys(EXAMPLES));
});

const SETTINGS: Record<string, Record<string, string>> = {
  'with the settings as they come': {},
  'with everything that a cluster may have': {
    FEATURES: FEATURES.join(','),
    MCP_SECRET_STORE_NAME: 'vault',
    MCP_DEFAULT_INGRESS_HOST: 'mcp.example.com',
    MCP_OTLP_ENDPOINT: 'http://otel-collector.observability:4317',
  },
};

for (const [title, variables] of Object.entries(SETTINGS)) {
  t.test(`every MCPServer is valid and has no unknown field, ${title}`, async (t) => {
    for (const { file, object } of servers) {
      const { problems, unknown } = admitted(object, variables);
      t.strictSame([...problems, ...unknown].map(formatProblem), [], file);
    }
  });
}

t.test('every example makes what it is about, with the features that it names', async (t) => {
  for (const [file, { kinds = [], needs = '' }] of Object.entries(EXAMPLES)) {
    const [comment] = read(file).split('\n');
    t.match(comment, /^# \S/, `${file} says what it shows`);
    t.equal(/FEATURES=(\w+)/.exec(comment!)?.[1] ?? '', needs, `${file} says what it needs`);
    const { object } = servers.find((one) => one.file === file)!;
    const variables = { FEATURES: needs, MCP_RUNTIME_IMAGE: 'acme/smooth-operator-runtime:1' };
    const { parent } = admitted(object, variables);
    const made = mcpServerController.render(parent, loadSettings(variables).render);
    t.strictSame(made.map(({ kind }) => kind).sort(), [...ALWAYS, ...kinds].sort(), file);

    // The first pods wait for the Secrets that they need, and with them the Deployment.
    const waits = secretsOf(parent as unknown as MCPServer).some(({ required }) => required);
    const { app } = await hook(variables);
    const response = await app.inject(sync(parent));
    t.equal(response.statusCode, 200, file);
    t.equal(response.json().children.length, made.length - (waits ? 1 : 0), file);
  }
});

t.test('all of them can be applied at once', async (t) => {
  const names = servers.map(({ object }) => object.metadata.name);
  t.equal(new Set(names).size, files.length, 'one server each, of its own name');
  for (const { file, object } of servers) {
    const { parent } = admitted(object, {});
    const made = mcpServerController.render(parent, loadSettings({ FEATURES: FEATURES.join(',') }).render);
    const there = [...manifests.filter((one) => one.file === file).map((one) => one.object), ...made]
      .filter(({ kind }) => kind === 'Secret' || kind === 'ExternalSecret')
      .map(({ metadata }) => metadata.name);
    for (const { name, required } of secretsOf(parent as unknown as MCPServer)) {
      if (required) t.ok(there.includes(name), `${file}: Secret ${name} is in it, or comes from a store`);
    }
  }
});

t.test('the sample request is answered with three children', async (t) => {
  const { app } = await hook();
  const response = await app.inject({ ...sync(), payload: read('sync-request.json') });
  t.equal(response.statusCode, 200);
  const { status, children } = response.json();
  t.equal(status.phase, 'Creating');
  t.equal(children.length, 3);
});

t.test('the sample request is the minimal example', async (t) => {
  const { parent } = JSON.parse(read('sync-request.json'));
  const minimal = servers.find(({ file }) => file === 'minimal.yaml')!.object;
  t.strictSame(parent.spec, minimal.spec);
  t.equal(parent.metadata.name, minimal.metadata.name);
});
