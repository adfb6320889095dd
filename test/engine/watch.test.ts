import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import t, { type Test } from 'tap';
import { Cache } from '../../src/engine/cache.ts';
import { Client } from '../../src/engine/client.ts';
import { KindWatch } from '../../src/engine/watch.ts';

const PATH = '/api/v1/namespaces/demo/services';
const service = (name: string, resourceVersion: string) => ({
  metadata: { name, namespace: 'demo', resourceVersion },
});

/** An API server with one kind: `lists` are its answers to lists in turn, the last one for good. */
async function serve(t: Test, lists: (object | number)[]) {
  const asked: string[] = [];
  const streams: ServerResponse[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://server');
    const version = url.searchParams.get('resourceVersion');
    asked.push(url.searchParams.has('watch') ? `watch ${version}` : `list ${url.pathname}`);
    if (url.searchParams.has('watch')) {
      response.writeHead(200).flushHeaders();
      streams.push(response);
    } else {
      const answer = lists.length > 1 ? lists.shift()! : lists[0]!;
      if (typeof answer === 'number') response.writeHead(answer).end(JSON.stringify({ message: 'not now' }));
      else response.end(JSON.stringify(answer));
    }
    for (const look of waiting) look();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: 'test', server: address, skipTLSVerify: true }, { name: 'test' });

  const cache = new Cache();
  cache.onChange(() => waiting.forEach((look) => void look()));
  const troubles: string[] = [];
  const watch = new KindWatch({
    kubeConfig,
    client: new Client(kubeConfig, address),
    kind: { apiVersion: 'v1', kind: 'Service', resource: 'services', namespaced: true },
    namespace: 'demo',
    cache,
    onTrouble: ({ message }) => troubles.push(message),
  });
  t.teardown(async () => {
    await watch.stop();
    server.closeAllConnections();
    server.close();
  });
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => condition() && resolve();
      waiting.push(look);
      look();
    });
  const names = () => [...cache.values()].map(({ metadata }) => metadata.name).sort();
  const send = (type: string, object: object) =>
    streams.at(-1)!.write(`${JSON.stringify({ type, object })}\n`);
  return { asked, streams, troubles, watch, until, names, send };
}

t.test('a list, then what happens after it', async (t) => {
  const list = { metadata: { resourceVersion: '5' }, items: [service('a', '3')] };
  const { asked, streams, watch, until, names, send } = await serve(t, [list]);
  await watch.listed();
  t.strictSame(names(), ['a']);
  await until(() => streams.length === 1);
  send('ADDED', service('b', '6'));
  send('DELETED', service('a', '7'));
  await until(() => names().join() === 'b');
  streams[0]!.end();
  await until(() => streams.length === 2);
  t.strictSame(asked, [`list ${PATH}`, 'watch 5', 'watch 7'], 'goes on where it was');
});

t.test('a version that is no longer known is listed anew', async (t) => {
  const { asked, streams, until, names, send } = await serve(t, [
    { metadata: { resourceVersion: '5' }, items: [service('a', '3')] },
    { metadata: { resourceVersion: '90' }, items: [service('b', '80')] },
  ]);
  await until(() => streams.length === 1);
  send('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
  streams[0]!.end();
  await until(() => streams.length === 2);
  t.strictSame(names(), ['b']);
  t.strictSame(asked.slice(2), [`list ${PATH}`, 'watch 90']);
});

t.test('a connection that breaks is listed anew', async (t) => {
  const list = { metadata: { resourceVersion: '5' }, items: [] };
  const { asked, streams, until } = await serve(t, [list]);
  await until(() => streams.length === 1);
  streams[0]!.destroy();
  await until(() => streams.length === 2);
  t.strictSame(asked.slice(2), [`list ${PATH}`, 'watch 5']);
});

t.test('whoever waits for a list hears why there is none, and it is tried again', async (t) => {
  const list = { metadata: { resourceVersion: '5' }, items: [] };
  const { troubles, watch } = await serve(t, [503, list]);
  await t.rejects(watch.listed(), { message: 'not now' });
  await watch.listed();
  t.strictSame(troubles, ['not now']);
});

t.test('stopping ends a watch', async (t) => {
  const list = { metadata: { resourceVersion: '5' }, items: [] };
  const { streams, troubles, watch, until } = await serve(t, [list]);
  await until(() => streams.length === 1);
  const closed = once(streams[0]!, 'close');
  await watch.stop();
  await closed;
  t.strictSame(troubles, []);
});
