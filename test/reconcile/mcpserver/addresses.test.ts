import fc from 'fast-check';
import t from 'tap';
import { addressLabels } from '../../../src/children/address.ts';
import type { KubernetesObject, SyncRequest } from '../../../src/reconcile/contract.ts';
import { addressesOf } from '../../../src/reconcile/mcpserver/addresses.ts';

const KEY = 'Ingress.networking.k8s.io/v1';
const HOST = 'mcp.example.com';

interface Given {
  name: string;
  created?: string;
  uid?: string;
  host?: string;
  /** Where it differs from what it serves. */
  labels?: Record<string, string>;
  className?: string;
}

function ingressOf(given: Given): KubernetesObject {
  const { name, created, uid, host = HOST, className = 'traefik' } = given;
  const { labels = addressLabels([host], '/mcp') } = given;
  const owner = {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    name,
    uid: `uid-of-${name}`,
    controller: true,
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: name,
      labels,
      ownerReferences: [owner],
      ...(created ? { creationTimestamp: created } : {}),
      ...(uid ? { uid } : {}),
    },
    spec: { ingressClassName: className, rules: [{ host, http: { paths: [{ path: '/mcp' }] } }] },
  };
}

/** Whether a server may have its Ingress, where all of these are there. */
function mayHave(name: string, there: readonly Given[], className = 'traefik'): boolean {
  const byKey = (list: readonly Given[]) =>
    Object.fromEntries(list.map((one) => [`${one.name}/${one.name}`, ingressOf(one)]));
  const request = {
    parent: { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', metadata: { name, namespace: name } },
    children: { [KEY]: byKey(there.filter((one) => one.name === name)) },
    related: { [KEY]: byKey(there) },
  } as SyncRequest;
  const wanted = [ingressOf({ name, className })];
  return !addressesOf(wanted, wanted, request).conflicts.has(KEY);
}

t.test('who has an address keeps it', async (t) => {
  t.notOk(mayHave('second', [{ name: 'first', created: '2026-01-01T00:00:00Z' }]));
  t.ok(mayHave('first', [{ name: 'first', created: '2026-01-01T00:00:00Z' }]));
  t.ok(mayHave('first', []));
});

t.test(
  'who moves to an address that another has does not get it, however old its own Ingress is',
  async (t) => {
    t.notOk(
      mayHave('second', [
        { name: 'first', created: '2026-01-01T00:00:00Z' },
        { name: 'second', created: '2020-01-01T00:00:00Z', host: 'other.example.com' },
      ]),
    );
  },
);

t.test(
  'who moves to the class of another does not get its address, however old its own Ingress is',
  async (t) => {
    const there = [
      { name: 'first', created: '2026-01-01T00:00:00Z' },
      { name: 'second', created: '2020-01-01T00:00:00Z', className: 'nginx' },
    ];
    t.notOk(mayHave('second', there));
    t.ok(mayHave('first', there));
  },
);

t.test('a label alone takes no address from anybody', async (t) => {
  const labels = { ...addressLabels([HOST], '/mcp'), ...addressLabels(['other.example.com'], '/mcp') };
  const forged = { name: 'first', created: '2020-01-01T00:00:00Z', host: 'other.example.com', labels };
  t.ok(mayHave('second', [forged, { name: 'second', created: '2026-01-01T00:00:00Z' }]));
  t.ok(mayHave('second', [forged]));
});

t.test('who leaves the class to the cluster has any, until it has been given one', async (t) => {
  const first = { name: 'first', created: '2026-01-01T00:00:00Z', className: 'nginx' };
  t.notOk(mayHave('second', [first], ''), 'before its Ingress is there');
  const given = { name: 'second', created: '2026-01-01T00:00:01Z', className: 'traefik' };
  t.ok(mayHave('second', [first, given], ''), 'with one of another class');
  t.notOk(mayHave('second', [first, { ...given, className: 'nginx' }], ''), 'with one of that class');
});

t.test('of several that have come by it at once exactly one keeps it', async (t) => {
  const second = fc.integer({ min: 0, max: 3 }).map((at) => `2026-01-01T00:00:0${at}Z`);
  const servers = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), created: second }), {
    minLength: 1,
    selector: ({ name }) => name,
  });
  fc.assert(
    fc.property(servers, (there) => {
      const all = there.map((one) => ({ ...one, uid: `uid-${one.name}` }));
      const keepers = all.filter(({ name }) => mayHave(name, all));
      return keepers.length === 1;
    }),
  );
  t.pass();
});
