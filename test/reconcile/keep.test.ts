import t from 'tap';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { keepAsObserved } from '../../src/reconcile/keep.ts';

const LAST_APPLIED = 'metacontroller.k8s.io/last-applied-configuration';
const applied = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'search', namespace: 'default', labels: { a: 'b' } },
  spec: { type: 'ClusterIP' },
};
const observed = (annotation: string): KubernetesObject => ({
  ...applied,
  metadata: {
    ...applied.metadata,
    uid: 'u-1',
    generation: 4,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ownerReferences: [{ apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', name: 'search', uid: 'u-0' }],
    annotations: { [LAST_APPLIED]: annotation },
  },
  spec: { type: 'ClusterIP', clusterIP: '10.0.0.7' },
  status: { loadBalancer: {} },
});

t.test('what Metacontroller applied last is asked for again', async (t) => {
  t.strictSame(keepAsObserved(observed(JSON.stringify(applied))), applied);
});

t.test('an annotation that speaks of another object is not believed', async (t) => {
  const others: unknown[] = [
    { ...applied, kind: 'Secret' },
    { ...applied, apiVersion: 'acme.com/v1' },
    { ...applied, metadata: { ...applied.metadata, name: 'other' } },
    { ...applied, metadata: { ...applied.metadata, namespace: 'kube-system' } },
    { apiVersion: 'v1', kind: 'Service' },
    null,
    5,
    [],
  ];
  for (const other of others) {
    const kept = keepAsObserved(observed(JSON.stringify(other)));
    t.match(
      kept,
      { apiVersion: 'v1', kind: 'Service', spec: { clusterIP: '10.0.0.7' } },
      JSON.stringify(other),
    );
    t.strictSame([kept.metadata.name, kept.metadata.namespace], ['search', 'default']);
  }
  t.match(keepAsObserved(observed('{"kind":')), { spec: { clusterIP: '10.0.0.7' } }, 'no JSON');
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const nested = observed(JSON.stringify({ ...applied, deep: 0 }).replace('"deep":0', `"deep":${deep}`));
  t.match(keepAsObserved(nested), { spec: { clusterIP: '10.0.0.7' } }, 'nested too deep');
});

t.test('without a record the object is asked for without what the API server sets', async (t) => {
  const child = observed('');
  const template = {
    metadata: { creationTimestamp: null, labels: { a: 'b' } },
    list: [{ x: null }, null, 1],
  };
  const kept = keepAsObserved({ ...child, spec: { template } });
  t.strictSame(Object.keys(kept).sort(), ['apiVersion', 'kind', 'metadata', 'spec']);
  t.strictSame(Object.keys(kept.metadata).sort(), ['annotations', 'labels', 'name', 'namespace']);
  t.strictSame(
    kept.spec,
    { template: { metadata: { labels: { a: 'b' } }, list: [{}, 1] } },
    'and without nulls',
  );
});
