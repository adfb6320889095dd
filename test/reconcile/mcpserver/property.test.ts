import fc from 'fast-check';
import t from 'tap';
import { formatProblem } from '../../../src/api/problem.ts';
import { stored } from '../../../src/children/stored.ts';
import { FEATURES } from '../../../src/environment.ts';
import type { KubernetesObject } from '../../../src/reconcile/contract.ts';
import { mcpServerController } from '../../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../../src/settings.ts';
import { validName, validSpec } from '../../api/random-specs.ts';
import { childrenOf, NOW, requestOf } from '../golden.ts';
import { violations } from '../invariants.ts';

const settings = loadSettings({ FEATURES: FEATURES.join() }).render;
const context = { settings, now: NOW };
const MCP_RUNTIME_IMAGE = 'registry.acme.com/smooth-operator-runtime:1.2.3';
const various = [
  {},
  { MCP_APPLY_STRATEGY: 'dynamic-apply' },
  { MCP_APPLY_STRATEGY: 'server-side-apply', MCP_RUNTIME_IMAGE },
  { MCP_RUNTIME_IMAGE },
].map((more) => ({ settings: loadSettings({ FEATURES: FEATURES.join(), ...more }).render, now: NOW }));

const pods = fc.record(
  {
    total: fc.nat({ max: 9 }),
    updated: fc.nat({ max: 9 }),
    ready: fc.nat({ max: 9 }),
    available: fc.nat({ max: 9 }),
  },
  { requiredKeys: [] },
);
const observed = fc.option(
  fc.record(
    {
      pods,
      absent: fc.subarray(['ServiceAccount', 'Service', 'Deployment']),
      unseen: fc.boolean(),
      conditions: fc.subarray([
        { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' },
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota \u{1F600}' },
      ]),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);

t.test('any valid spec is accepted, and its answer holds what every answer holds', async () => {
  fc.assert(
    fc.property(validName, validSpec, observed, fc.constantFrom(...various), (name, spec, seen, context) => {
      const { settings } = context;
      const parent = { metadata: { name }, spec };
      const request = requestOf({ parent, ...(seen ? { observed: seen } : {}) }, settings);
      const { problems, unknown } = mcpServerController.check(request.parent, settings);
      const found = [...problems, ...unknown].map(formatProblem);
      return (
        [...found, ...violations(request, context)].length === 0 ||
        fail([...found, ...violations(request, context)])
      );
    }),
    { numRuns: 40 },
  );
});

t.test('what is rendered has nothing that the API server would drop', async () => {
  fc.assert(
    fc.property(validSpec, (spec) => {
      const { parent } = mcpServerController.check(
        requestOf({ parent: { spec } }, settings).parent,
        settings,
      );
      // Of the kinds of others nothing is dropped.
      const ours = mcpServerController.render(parent, settings).filter((child) => isOfKubernetes(child));
      // As they travel: what is made at random has maps without a prototype.
      t.equal(JSON.stringify(ours.map(stored)), JSON.stringify(ours));
    }),
    { numRuns: 40 },
  );
});

function isOfKubernetes({ apiVersion }: KubernetesObject): boolean {
  return ['v1', 'apps/v1', 'autoscaling/v2', 'networking.k8s.io/v1', 'policy/v1'].includes(apiVersion);
}

const good = { image: 'ghcr.io/acme/search:1' };

/** What a server answers that ran well before its spec became this. */
function answerTo(spec: unknown) {
  const request = requestOf({ parent: { spec: good }, observed: { pods: { ready: 1 } } }, settings);
  const parent = { ...request.parent, spec, metadata: { ...request.parent.metadata, generation: 2 } };
  return {
    request: { ...request, parent },
    answer: mcpServerController.sync({ ...request, parent }, context),
  };
}

function judge(spec: unknown): boolean {
  const { request, answer } = answerTo(spec);
  const conditions = answer.status.conditions as { type: string; status: string }[];
  const valid = conditions.find(({ type }) => type === 'SpecValid')!.status === 'True';
  const { problems, unknown } = mcpServerController.check(request.parent, settings);
  if (valid !== (problems.length === 0)) return fail(['validate and sync disagree']);
  // The API server drops fields that it does not know, so no answer has to make sense of them.
  if (valid && unknown.length > 0) return true;
  const kinds = (answer.children as KubernetesObject[]).map(({ kind }) => kind);
  // The live number of replicas decides whether there is a budget, too.
  // And catalogs have an entry of it once it answers.
  const own = kinds.filter((kind) => kind !== 'PodDisruptionBudget' && kind !== 'MCPServerEntry');
  if (!valid && own.join() !== 'ServiceAccount,Service,Deployment')
    return fail([`children are lost: ${kinds}`]);
  const kept = JSON.stringify(childrenOf({ ...request.parent, spec: good }, {}, settings)[2]!.spec);
  const deployment = (answer.children as KubernetesObject[]).find(({ kind }) => kind === 'Deployment');
  const replicas = (deployment!.spec as { replicas: number }).replicas;
  if (!valid && JSON.stringify({ ...(deployment!.spec as object), replicas: 1 }) !== kept) {
    return fail(['the Deployment is no longer the last good one']);
  }
  if (!Number.isInteger(replicas)) return fail([`replicas is ${replicas}`]);
  const found = violations(request, context);
  return found.length === 0 || fail(found);
}

t.test('any other spec is refused, and what runs is kept', async () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), judge), { numRuns: 80 });
  fc.assert(
    fc.property(
      fc.record({ image: fc.constant(good.image), pod: fc.jsonValue(), replicas: fc.jsonValue() }),
      judge,
    ),
    { numRuns: 60 },
  );
});

/** A valid spec of which something, at any depth, is replaced by any JSON. */
const mutated = fc
  .tuple(validSpec, fc.jsonValue({ maxDepth: 2 }), fc.array(fc.nat(), { minLength: 1, maxLength: 6 }))
  .map(([spec, value, steps]) => {
    const copy = structuredClone(spec) as Record<string, unknown>;
    let at = copy;
    for (const step of steps) {
      const keys = Object.keys(at);
      if (keys.length === 0) break;
      const key = keys[step % keys.length]!;
      const below = at[key];
      if (typeof below !== 'object' || below === null || step === steps.at(-1)) {
        at[key] = value;
        break;
      }
      at = below as Record<string, unknown>;
    }
    return copy;
  });

t.test('a valid spec with any part replaced is judged without fail', async () => {
  fc.assert(fc.property(mutated, judge), { numRuns: 60 });
});

function fail(found: string[]): never {
  throw new Error(found.join('\n').slice(0, 2000));
}
