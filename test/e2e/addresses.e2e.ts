/** Two servers ask for one address, in namespaces that know nothing of each other: by every engine. */
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { installCrds } from '../cluster/addons/crds.ts';
import { up } from '../cluster/cluster.ts';
import { poll } from '../cluster/process.ts';
import { kubernetes } from './kubernetes.ts';
import { apply, condition, exists, get } from './look.ts';
import { type Engine, engineReport, engines, startOperator } from './operator.ts';

t.comment(engineReport);
// One for all engines, for it takes its garbage collector half a minute to learn of a new kind.
const cluster = await up({ kubernetes });
t.teardown(() => cluster.down());
await installCrds(cluster, 'httpRoutes');
for (const name of ['first', 'second']) await cluster.kubectl(['create', 'namespace', name]);
for (const engine of engines) await t.test(engine.name, (t) => twoAtOneAddress(t, engine));

async function twoAtOneAddress(t: Test, engine: Engine): Promise<void> {
  const operator = await startOperator(cluster, engine, { resyncSeconds: 3600, features: ['httproutes'] });
  const ask = (name: string, host = 'mcp.example.com') =>
    apply(cluster, {
      apiVersion: 'mcp.dev/v1alpha1',
      kind: 'MCPServer',
      metadata: { name, namespace: name },
      spec: { image: 'ghcr.io/acme/search:1', ingress: { host } },
    });
  const hasIngress = (name: string) => exists(cluster, 'ingress', name, '--namespace', name);
  const reasonOf = async (name: string) => {
    const one = await get<MCPServer>(cluster, 'mcpserver', name, '--namespace', name);
    return condition(one, 'IngressReady');
  };

  await ask('first');
  await poll('the first has its Ingress', () => hasIngress('first'), 30);
  await ask('second');
  const isTold = async () => (await reasonOf('second'))?.reason === 'AddressTaken';
  await poll('the second is told', isTold, 30);
  t.match((await reasonOf('second'))?.message, 'MCPServer first/first has its host and path');
  t.notOk(await hasIngress('second'), 'and has no Ingress');
  t.ok(await hasIngress('first'), 'the first keeps its own');

  await ask('first', 'other.example.com');
  await poll('the second takes over', () => hasIngress('second'), 30);
  await ask('first');
  await poll('who comes back is told', async () => (await reasonOf('first'))?.reason === 'AddressTaken', 30);
  t.notOk(await hasIngress('first'), 'and waits');
  await cluster.kubectl(['delete', 'mcpserver', 'second', '--namespace=second']);
  await poll('until the holder is deleted', () => hasIngress('first'), 60);
  await cluster.kubectl(['delete', 'mcpserver', 'first', '--namespace=first']);
  await poll('nothing is left', async () => !(await hasIngress('first')), 60);
  await someHosts(t);
  await operator.stop();
}

/** Who asks for a host more keeps what it has, whoever has the other. */
async function someHosts(t: Test): Promise<void> {
  const ask = (name: string, ...hostnames: string[]) =>
    apply(cluster, {
      apiVersion: 'mcp.dev/v1alpha1',
      kind: 'MCPServer',
      metadata: { name, namespace: name },
      spec: {
        image: 'ghcr.io/acme/search:1',
        route: { parentRefs: [{ name: 'edge', namespace: 'default' }], hostnames },
      },
    });
  const hostsOf = async (name: string) => {
    const path = ['--ignore-not-found', '-o', 'jsonpath={.spec.hostnames}'];
    return (await cluster.kubectl(['get', 'httproute', name, '--namespace', name, ...path])).stdout;
  };
  await ask('first', 'a.example.com');
  await ask('second', 'b.example.com');
  await poll('the first has its route', async () => (await hostsOf('first')) === '["a.example.com"]', 30);
  await poll('the second has its own', async () => (await hostsOf('second')) === '["b.example.com"]', 30);
  await ask('second', 'a.example.com', 'b.example.com', 'c.example.com');
  const some = async () => (await hostsOf('second')) === '["b.example.com","c.example.com"]';
  await poll('it gets what nobody has', some, 30);
  t.equal(await hostsOf('first'), '["a.example.com"]', 'and the first keeps its own');
  await cluster.kubectl(['delete', 'mcpserver', 'first', '--namespace=first']);
  const all = async () => (await hostsOf('second')) === '["a.example.com","b.example.com","c.example.com"]';
  await poll('and all of it when the other goes', all, 60);
  await cluster.kubectl(['delete', 'mcpserver', 'second', '--namespace=second']);
  await poll('nothing is left', async () => (await hostsOf('second')) === '', 60);
}
