import t from 'tap';
import { matches, Relations } from '../../src/engine/related.ts';
import type { Controller, KubernetesObject, RelatedRule } from '../../src/reconcile/contract.ts';
import { loadSettings } from '../../src/settings.ts';

const settings = loadSettings({}).render;
const parent = (generation: number): KubernetesObject => ({
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: { name: 'p', namespace: 'demo', uid: '1', generation },
});
const secret = (namespace: string, name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace, name },
});
const rule = (namespace: string, ...names: string[]): RelatedRule => ({
  apiVersion: 'v1',
  resource: 'secrets',
  namespace,
  names,
});

const labelled = (namespace: string, matchLabels: Record<string, string>): RelatedRule => ({
  apiVersion: 'v1',
  resource: 'secrets',
  namespace,
  labelSelector: { matchLabels },
});

function asked(rulesOf: (parent: KubernetesObject) => RelatedRule[]) {
  let calls = 0;
  const controller = {
    customize: (parent: KubernetesObject) => {
      calls++;
      return rulesOf(parent);
    },
  } as unknown as Controller;
  return { controller, calls: () => calls };
}

t.test('a controller is asked once for each generation', async (t) => {
  const relations = new Relations();
  const { controller, calls } = asked(({ metadata }) => [rule('demo', `of-${metadata.generation}`)]);
  relations.rulesOf('p', parent(1), controller, settings);
  relations.rulesOf('p', parent(1), controller, settings);
  t.equal(calls(), 1);
  relations.rulesOf('p', parent(2), controller, settings);
  t.equal(calls(), 2);
  t.strictSame([...relations.parentsOf('v1', 'secrets', secret('demo', 'of-1'))], []);
  t.strictSame([...relations.parentsOf('v1', 'secrets', secret('demo', 'of-2'))], ['p']);
  relations.forget('p');
  t.strictSame([...relations.parentsOf('v1', 'secrets', secret('demo', 'of-2'))], []);
});

t.test('an object is found by the rules that match it, and by no others', async (t) => {
  const rules = {
    named: rule('demo', 'a', 'b'),
    namespace: rule('demo'),
    everywhere: rule('', 'a'),
    all: rule(''),
    labelled: labelled('demo', { tier: 'gold', team: 'find' }),
  };
  const gold = secret('demo', 'd');
  gold.metadata.labels = { tier: 'gold', team: 'find', more: 'yes' };
  const objects = [
    secret('demo', 'a'),
    secret('demo', 'c'),
    secret('other', 'a'),
    secret('other', 'c'),
    gold,
  ];
  const relations = new Relations();
  for (const [key, one] of Object.entries(rules))
    relations.rulesOf(key, parent(1), asked(() => [one]).controller, settings);
  const found = objects.map((object) => [...relations.parentsOf('v1', 'secrets', object)].sort());
  t.strictSame(found, [
    ['all', 'everywhere', 'named', 'namespace'],
    ['all', 'namespace'],
    ['all', 'everywhere'],
    ['all'],
    ['all', 'labelled', 'namespace'],
  ]);
  const matching = objects.map((object) =>
    Object.entries(rules)
      .filter(([, one]) => matches(one, object))
      .map(([key]) => key)
      .sort(),
  );
  t.strictSame(matching, found, 'both say the same');
  t.strictSame([...relations.parentsOf('v1', 'configmaps', objects[0]!)], []);
});

t.test(
  'namespaces are selected by their labels, and a change of one is told to whoever selects',
  async (t) => {
    const one: RelatedRule = {
      apiVersion: 'v1',
      resource: 'secrets',
      namespaceSelector: { matchExpressions: [{ key: 'stage', operator: 'In', values: ['live', 'test'] }] },
      labelSelector: { matchLabels: { tier: 'gold' } },
    };
    const gold = secret('demo', 'd');
    gold.metadata.labels = { tier: 'gold' };
    const namespace = (labels: Record<string, string>): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'demo', labels },
    });
    t.ok(matches(one, gold, namespace({ stage: 'live' })));
    t.notOk(matches(one, gold, namespace({ stage: 'dev' })));
    t.notOk(matches(one, gold, namespace({})));
    t.notOk(matches(one, gold), 'a namespace that is not there is none of those');
    t.notOk(matches(one, secret('demo', 'e'), namespace({ stage: 'live' })), 'its own labels count too');
    const relations = new Relations();
    relations.rulesOf('selecting', parent(1), asked(() => [one]).controller, settings);
    relations.rulesOf('naming', parent(1), asked(() => [rule('demo', 'd')]).controller, settings);
    t.strictSame([...relations.parentsOf('v1', 'secrets', gold)].sort(), ['naming', 'selecting']);
    t.strictSame([...relations.parentsOf('v1', 'namespaces', namespace({}))], ['selecting']);
  },
);
