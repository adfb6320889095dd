import t from 'tap';
import { Cache } from '../../src/engine/cache.ts';
import type { StoredObject } from '../../src/engine/client.ts';

function object(name: string, resourceVersion: string, owner?: string): StoredObject {
  const reference = { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', name: 'p', controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'demo',
      uid: name,
      resourceVersion,
      ...(owner && { ownerReferences: [{ ...reference, uid: owner }] }),
    },
  };
}

function watched() {
  const cache = new Cache();
  const changes: string[] = [];
  cache.onChange((before, after) => {
    const version = (one: StoredObject | undefined) => one?.metadata.resourceVersion ?? '-';
    changes.push(`${(after ?? before)!.metadata.name} ${version(before)} ${version(after)}`);
  });
  return { cache, changes };
}

t.test('what is older than the object that is there is passed over', async (t) => {
  const { cache, changes } = watched();
  cache.put(object('a', '9'));
  cache.put(object('a', '10'));
  cache.put(object('a', '10'));
  cache.put(object('a', '9'));
  cache.remove(object('a', '9'));
  t.strictSame(changes, ['a - 9', 'a 9 10']);
  t.equal(cache.get('demo/a')?.metadata.resourceVersion, '10');
});

t.test('a list takes away what it lacks, but nothing that came after it', async (t) => {
  const { cache, changes } = watched();
  cache.put(object('gone', '5'));
  cache.put(object('new', '12'));
  changes.length = 0;
  cache.replace([object('listed', '7')], '10');
  t.strictSame(changes, ['gone 5 -', 'listed - 7']);
  t.strictSame([...cache.values()].map(({ metadata }) => metadata.name).sort(), ['listed', 'new']);
});

t.test('objects are found by the uid of their controller owner', async (t) => {
  const { cache } = watched();
  const names = (uid: string) => cache.ownedBy(uid).map(({ metadata }) => metadata.name);
  cache.put(object('a', '1', 'one'));
  cache.put(object('b', '2', 'one'));
  cache.put(object('c', '3'));
  t.strictSame(names('one'), ['a', 'b']);
  cache.put(object('a', '4', 'two'));
  cache.remove(object('b', '5'));
  t.strictSame(names('one'), []);
  t.strictSame(names('two'), ['a']);
});
