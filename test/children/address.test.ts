/** What is left of the addresses of an Ingress or a route, where others have some of them. */
import t from 'tap';
import { addressesServed, addressLabels, divide } from '../../src/children/address.ts';

const route = {
  hostnames: ['a.example.com', 'b.example.com'],
  rules: [{ matches: [{ path: { value: '/mcp' } }] }, { matches: [{ path: { value: '/authorize' } }] }],
};
const taken = (...addresses: [string, string][]) =>
  new Set(addresses.flatMap(([host, path]) => Object.keys(addressLabels([host], path))));

t.test('a host goes with the main path', async (t) => {
  t.strictSame(divide([route], taken(['a.example.com', '/mcp'])), {
    hosts: { left: ['b.example.com'], lost: ['a.example.com'] },
    paths: { left: ['/mcp', '/authorize'], lost: [] },
  });
  const all = taken(['a.example.com', '/mcp'], ['b.example.com', '/mcp/']);
  t.strictSame(divide([route], all).hosts.left, [], 'with or without a slash at its end');
});

t.test('a further path goes from all hosts, unless it is taken at lost ones alone', async (t) => {
  t.strictSame(divide([route], taken(['a.example.com', '/authorize'])), {
    hosts: { left: ['a.example.com', 'b.example.com'], lost: [] },
    paths: { left: ['/mcp'], lost: ['/authorize'] },
  });
  const { paths } = divide([route], taken(['a.example.com', '/mcp'], ['a.example.com', '/authorize']));
  t.strictSame(paths.lost, []);
});

t.test('several Ingresses are judged together, the first path being the main one', async (t) => {
  const ingress = (path: string) => ({ rules: [{ host: 'a.example.com', http: { paths: [{ path }] } }] });
  const both = [ingress('/tools/a/mcp'), ingress('/.well-known/a')];
  t.strictSame(divide(both, taken(['a.example.com', '/.well-known/a'])).paths.lost, ['/.well-known/a']);
  t.strictSame(divide(both, taken(['a.example.com', '/tools/a/mcp'])).hosts.left, []);
});

t.test('who names no host serves every one', async (t) => {
  const { rules } = route;
  t.strictSame(divide([{ rules }], taken(['', '/authorize'])), {
    hosts: { left: [''], lost: [] },
    paths: { left: ['/mcp'], lost: ['/authorize'] },
  });
  t.strictSame(divide([{ rules }], taken(['', '/mcp'])).hosts.left, []);
});

t.test('what an object serves has the labels that it should have', async (t) => {
  const labels = addressLabels(route.hostnames, '/mcp', '/authorize');
  t.strictSame([...addressesServed(route)].sort(), Object.keys(labels).sort());
  t.equal(Object.keys(labels).length, 4);
});
