import t from 'tap';
import { type ChildKind, Children } from '../../src/engine/apply.ts';
import { Cache } from '../../src/engine/cache.ts';
import { ApiError, type Client, type FieldSet, type StoredObject } from '../../src/engine/client.ts';

const parent: StoredObject = {
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPServer',
  metadata: { name: 'search', namespace: 'demo', uid: 'p', resourceVersion: '1' },
};

interface Sent {
  metadata: { name: string; namespace: string; uid?: string; labels: Record<string, string> };
  spec: Record<string, unknown>;
}

/** An API server for Services: what is applied is stored and ours, after `store` has had its way with it. */
function cluster(store: (sent: Sent) => void = () => {}) {
  const cache = new Cache();
  const kinds: ChildKind[] = [
    { kind: { apiVersion: 'v1', kind: 'Service', resource: 'services', namespaced: true }, cache },
  ];
  const calls: string[] = [];
  let version = 10;
  const request = async (method: string, path: string, { body }: { body: Sent }) => {
    calls.push(`${method} ${path}`);
    if (method === 'DELETE') return { kind: 'Status' };
    const stored = structuredClone(body);
    store(stored);
    version += 1;
    const fieldsV1 = {
      'f:metadata': leaves(body.metadata, 'labels', 'ownerReferences'),
      'f:spec': leaves(body.spec),
    };
    return {
      ...stored,
      metadata: {
        ...stored.metadata,
        uid: stored.metadata.uid ?? `uid-${version}`,
        resourceVersion: String(version),
        managedFields: [{ manager: 'smooth-operator', operation: 'Apply', apiVersion: 'v1', fieldsV1 }],
      },
    };
  };
  const told: string[] = [];
  const children = new Children({ request } as unknown as Client, ({ message }) => told.push(message));
  return { cache, kinds, children, calls, told };
}

function leaves(fields: object, ...only: string[]): FieldSet {
  const names = Object.keys(fields).filter((name) => only.length === 0 || only.includes(name));
  return Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
}

const service = (name: string, port = 80) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'demo', labels: { app: name } },
  spec: { port },
});

t.test('children are created, then left alone, then changed, then deleted', async (t) => {
  const { cache, kinds, children, calls, told } = cluster();
  t.strictSame(await children.reconcile(parent, kinds, [service('a'), service('b')]), []);
  t.match(cache.get('demo/a')?.metadata, {
    labels: { app: 'a', 'controller-uid': 'p' },
    ownerReferences: [{ kind: 'MCPServer', uid: 'p', controller: true, blockOwnerDeletion: true }],
  });
  await children.reconcile(parent, kinds, [service('a'), service('b')]);
  await children.reconcile(parent, kinds, [service('a', 81)]);
  const path = '/api/v1/namespaces/demo/services';
  t.strictSame(calls, [`PATCH ${path}/a`, `PATCH ${path}/b`, `DELETE ${path}/b`, `PATCH ${path}/a`]);
  t.strictSame(told, [
    'Service demo/a: created',
    'Service demo/b: created',
    'Service demo/b: deleted',
    'Service demo/a: changed (spec.port)',
  ]);
});

t.test('what the API server stores otherwise is applied once, and again when it is edited', async (t) => {
  const { cache, kinds, children, calls } = cluster(({ spec }) => {
    spec.port = `${spec.port}/tcp`;
  });
  await children.reconcile(parent, kinds, [service('a')]);
  const stored = cache.get('demo/a')!;
  const changed = (version: string, more: object) =>
    cache.put({ ...stored, ...more, metadata: { ...stored.metadata, resourceVersion: version } });
  changed('20', { status: { loadBalancer: {} } });
  await children.reconcile(parent, kinds, [service('a')]);
  t.equal(calls.length, 1, 'not for its status');
  changed('21', { spec: { port: '99/tcp' } });
  await children.reconcile(parent, kinds, [service('a')]);
  t.equal(calls.length, 2);
});

t.test('a refused child does not stop the others', async (t) => {
  const { kinds, children, calls } = cluster(({ metadata }) => {
    if (metadata.name === 'a') throw new ApiError(422, 'spec.port: Invalid value', 'Invalid');
    if (metadata.name === 'b') throw new ApiError(409, 'the object has been modified', 'Conflict');
  });
  const failures = await children.reconcile(parent, kinds, [service('a'), service('b'), service('c')]);
  t.strictSame(failures, [
    { message: 'Service demo/a: spec.port: Invalid value', quiet: false },
    { message: 'Service demo/b: the object has been modified', quiet: true },
  ]);
  t.equal(calls.length, 3);
});

t.test('a child that is gone before its deletion is answered is gone', async (t) => {
  const { cache, kinds, children } = cluster();
  await children.reconcile(parent, kinds, [service('a')]);
  const child = cache.get('demo/a')!;
  const leaving = { ...child.metadata, resourceVersion: '20', deletionTimestamp: '2026-01-01T00:00:00Z' };
  // As of a pod: the answer shows it on its way out, and the watch has told its end by then.
  const request = async () => {
    cache.remove({ ...child, metadata: { ...leaving, resourceVersion: '21' } });
    return { ...child, metadata: leaving };
  };
  await new Children({ request } as unknown as Client, () => {}).reconcile(parent, kinds, []);
  t.equal(cache.get('demo/a'), undefined);
});

t.test("a stranger's object, another namespace and another kind are left alone", async (t) => {
  const { cache, kinds, children, calls } = cluster();
  cache.put({
    ...service('a'),
    metadata: { name: 'a', namespace: 'demo', uid: 'x', resourceVersion: '2' },
  });
  const elsewhere = { ...service('b'), metadata: { name: 'b', namespace: 'other' } };
  const failures = await children.reconcile(parent, kinds, [
    service('a'),
    elsewhere,
    { ...service('c'), kind: 'Pod' },
  ]);
  t.strictSame(
    failures.map(({ message }) => message),
    [
      'Service demo/a: exists and belongs to someone else: left alone',
      'Service other/b: children must be in the namespace of their parent, demo',
      'Pod demo/c: not a kind that a MCPServer may have as a child',
    ],
  );
  t.strictSame(calls, []);
});

t.test('a child that is on its way out is neither deleted again nor changed', async (t) => {
  const { cache, kinds, children, calls } = cluster();
  await children.reconcile(parent, kinds, [service('a')]);
  const { metadata, ...rest } = cache.get('demo/a')!;
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  cache.put({ ...rest, metadata: { ...metadata, resourceVersion: '20', deletionTimestamp } });
  await children.reconcile(parent, kinds, [service('a', 81)]);
  await children.reconcile(parent, kinds, []);
  t.equal(calls.length, 1);
});
