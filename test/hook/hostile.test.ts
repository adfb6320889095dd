import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { emptyPlaces } from '../reconcile/invariants.ts';
import { hook, metric, parentOf, post, sync } from './fixture.ts';

const { app, log } = await hook();
t.teardown(() => app.close());

const alive = async () => (await app.inject(sync())).statusCode === 200;
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
/** A valid call in which one text stands in place of `"HERE"`. */
const callWith = (text: string, call: object) => post('/sync', JSON.stringify(call).replace('"HERE"', text));

const parent = parentOf();
const child = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'search', namespace: 'default' } };

const refusals: [string, number, ReturnType<typeof post>][] = [
  ['no JSON', 400, post('/sync', '{"parent": ')],
  ['an empty body', 400, post('/sync', '')],
  ['a body that is no object', 400, post('/sync', '[]')],
  ['a body that is null', 400, post('/sync', 'null')],
  ['no parent', 400, post('/sync', { children: {} })],
  ['a parent that is null', 400, post('/sync', { parent: null })],
  ['a parent without metadata', 400, sync({ ...parent, metadata: undefined })],
  [
    'a parent without a namespace',
    400,
    sync({ ...parent, metadata: { ...parent.metadata, namespace: undefined } }),
  ],
  [
    'a generation that is a string',
    400,
    sync({ ...parent, metadata: { ...parent.metadata, generation: '1' } }),
  ],
  ['another kind', 400, sync({ ...parent, kind: 'Deployment' })],
  ['another version', 400, sync({ ...parent, apiVersion: 'mcp.dev/v9' })],
  [
    'the name of a method of objects as a kind',
    400,
    sync({ ...parent, kind: 'constructor', apiVersion: '__proto__' }),
  ],
  ['a status that is a list', 400, sync({ ...parent, status: [] })],
  ['a status that counts in words', 400, sync({ ...parent, status: { replicas: 'many' } })],
  ['conditions that are no objects', 400, sync({ ...parent, status: { conditions: [null] } })],
  ['children that are a list', 400, sync(parent, { children: [] })],
  ['a child that is null', 400, sync(parent, { children: { 'Service.v1': { 'default/search': null } } })],
  ['a child without metadata', 400, sync(parent, { children: { 'Service.v1': { 'default/search': {} } } })],
  [
    'a child whose conditions are no list',
    400,
    sync(parent, {
      children: { 'Service.v1': { 'default/search': { ...child, status: { conditions: {} } } } },
    }),
  ],
  ...(
    [
      ['containers that are no list', { status: { containerStatuses: 'none' } }],
      ['a container that is null', { status: { containerStatuses: [null] } }],
      ['a container whose state is a word', { status: { containerStatuses: [{ name: 'a', state: 'up' }] } }],
      [
        'a container that waits with a number',
        { status: { containerStatuses: [{ name: 'a', state: { waiting: { message: 5 } } }] } },
      ],
      [
        'a container that has ended as null',
        { status: { containerStatuses: [{ name: 'a', lastState: { terminated: null } }] } },
      ],
      ['a spec that is a word', { spec: 'none' }],
      ['a probe that is a word', { spec: { containers: [{ name: 'a', startupProbe: 'none' }] } }],
      ['volumes that are null', { spec: { volumes: [null] } }],
      ['finalizers that are a word', { metadata: { name: 'a', finalizers: 'none' } }],
    ] as const
  ).map(([name, more]): [string, number, ReturnType<typeof post>] => [
    `a pod with ${name}`,
    400,
    sync(parent, {
      related: {
        'Pod.v1': { 'default/a': { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, ...more } },
      },
    }),
  ]),
  [
    'related owners that are no list',
    400,
    sync(parent, {
      related: {
        'Service.v1': { 'default/search': { ...child, metadata: { name: 'a', ownerReferences: 5 } } },
      },
    }),
  ],
  ['a body of 50 MB', 413, post('/sync', ' '.repeat(50 * 1024 * 1024))],
  ['text', 400, post('/sync', 'parent', { 'content-type': 'text/plain' })],
  ['a form', 415, post('/sync', 'parent=1', { 'content-type': 'application/x-www-form-urlencoded' })],
  ['an unknown route', 404, post('/synch', {})],
  ['an address that is none', 404, { method: 'GET', url: '/%zz' }],
  ['a part of the documentation that is not there', 404, { method: 'GET', url: '/docs/static/nothing' }],
  ['an unknown method', 404, { method: 'GET', url: '/sync' }],
];

for (const [name, code, call] of refusals) {
  t.test(`${name} is refused, in a short sentence that Metacontroller can show`, async (t) => {
    const response = await app.inject(call);
    t.equal(response.statusCode, code, response.body);
    t.strictSame(Object.keys(response.json()), ['error']);
    t.ok(response.json().error.length <= 200);
    t.ok(await alive(), 'the next call is answered');
  });
}

t.test('keys by which JavaScript finds prototypes are keys like any other', async (t) => {
  for (const spec of ['{"__proto__":{"image":"x"}}', '{"constructor":{"prototype":{"image":"x"}}}']) {
    const response = await app.inject(callWith(spec, { parent: { ...parent, spec: 'HERE' } }));
    t.match(response.json().status, {
      phase: 'Failed',
      message: /spec\.image: Invalid value: exactly one of image and package/,
    });
  }
  // Both are keys that a Secret may have, and a rotation of either has to be seen.
  const server = { ...parent, spec: { image: 'acme/search:1', secretName: 'keys' } };
  const digests = await Promise.all(
    [
      '{"__proto__":"b25l"}',
      '{"__proto__":"dHdv"}',
      // Out of order, so that it is copied on the way.
      '{"b":"Yg==","__proto__":"b25l"}',
      '{"b":"Yg==","__proto__":"dHdv"}',
      '{"constructor":"b25l"}',
      '{}',
    ].map(async (data) => {
      const metadata = { name: 'keys', namespace: 'default', uid: 'u' };
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata, data: 'HERE' };
      const call = callWith(data, { parent: server, related: { 'Secret.v1': { 'default/keys': secret } } });
      const { children } = (await app.inject(call)).json();
      const deployment = children.find(({ kind }: { kind: string }) => kind === 'Deployment');
      return deployment.spec.template.metadata.annotations['mcp.dev/secrets'];
    }),
  );
  t.equal(new Set(digests).size, digests.length);
  t.equal(({} as { image?: unknown }).image, undefined);
});

t.test('a body of hostile depth never ends the process', async (t) => {
  const deep = nested(100_000);
  const places: [string, object][] = [
    ['in the spec', { parent: { ...parent, spec: 'HERE' } }],
    ['in a field of the spec', { parent: { ...parent, spec: { image: 'HERE' } } }],
    ['in an unknown field', { parent: { ...parent, spec: { image: 'acme/search:1', deep: 'HERE' } } }],
    ['in the metadata', { parent: { ...parent, metadata: { ...parent.metadata, deep: 'HERE' } } }],
    ['in the status', { parent: { ...parent, status: { lastUpdated: '', deep: 'HERE' } } }],
    ['in a child', { parent, children: { 'Service.v1': { 'default/search': { ...child, spec: 'HERE' } } } }],
    [
      'in a child that is kept',
      {
        parent: { ...parent, spec: {} },
        children: { 'Service.v1': { 'default/search': { ...child, spec: 'HERE' } } },
      },
    ],
    [
      'in a related object',
      { parent, related: { 'Service.v1': { 'default/search': { ...child, spec: 'HERE' } } } },
    ],
    ['beside the parent', { parent, extra: 'HERE' }],
  ];
  for (const [place, call] of places) {
    const { statusCode, body } = await app.inject(callWith(deep, call));
    t.ok([200, 400].includes(statusCode), `${place}: ${statusCode} ${body.slice(0, 200)}`);
    t.ok(await alive(), `the next call is answered, ${place}`);
  }
});

t.test('parts that are any JSON never fail the hook', async (t) => {
  const json = fc.jsonValue({ maxDepth: 4 });
  const maybe = (value: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, value);
  const call = fc.record({
    spec: fc.oneof(
      json,
      fc.record({ image: fc.constant('acme/search:1'), pod: json, env: json, resources: json }),
    ),
    status: maybe(
      fc.oneof(json, fc.record({ conditions: json, replicas: json, phase: json, lastUpdated: json })),
    ),
    child: maybe(
      fc.oneof(json, fc.record({ spec: json, status: json, metadata: json }, { requiredKeys: [] })),
    ),
    related: maybe(json),
    children: maybe(json),
  });
  await fc.assert(
    fc.asyncProperty(call, async ({ spec, status, child: other, related, children }) => {
      const shaped =
        typeof other === 'object' && !Array.isArray(other)
          ? {
              ...child,
              apiVersion: 'apps/v1',
              kind: 'Deployment',
              ...other,
              metadata: { ...child.metadata, ...(other as { metadata?: object } | null)?.metadata },
            }
          : other;
      const body = {
        parent: { ...parent, spec, ...(status === undefined ? {} : { status }) },
        children:
          children ?? (other === undefined ? {} : { 'Deployment.apps/v1': { 'default/search': shaped } }),
        related: related ?? {},
      };
      for (const url of ['/sync', '/customize']) {
        const { statusCode, body: text } = await app.inject(post(url, body));
        if (statusCode !== 200 && statusCode !== 400) throw new Error(`${url}: ${statusCode} ${text}`);
        const [empty] = emptyPlaces(JSON.parse(text));
        if (empty) throw new Error(`${url} answers ${empty}`);
      }
    }),
    { numRuns: 200 },
  );
  t.ok(await alive());
});

t.test('a caller that hangs up gives its place free', async (t) => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    'POST /sync HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"par',
  );
  const inFlight = () => metric(app, 'smooth_operator_hook_in_flight');
  while ((await inFlight()) !== 1) await new Promise(setImmediate);
  socket.destroy();
  while ((await inFlight()) !== 0) await new Promise(setImmediate);
  t.ok(await alive());
});

t.test('a caller that hangs up before the answer, its body sent, gives its place free', async (t) => {
  const { port } = app.server.address() as AddressInfo;
  const { payload } = sync() as { payload: unknown };
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const head = `POST /sync HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  for (const calls of [1, 1, 1, 1, 1, 5]) {
    const socket = await connected(port);
    socket.write((head + body).repeat(calls), () => socket.resetAndDestroy());
    await once(socket, 'close');
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.equal(await metric(app, 'smooth_operator_hook_in_flight'), 0);
  t.ok(await alive());
});

/** A busy machine may reset a connection that is about to be made. */
async function connected(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const made = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    if (!made) continue;
    socket.on('error', () => {});
    return socket;
  }
}

t.test('none of this was a failure of ours', async (t) => {
  t.notMatch(log(), 'a call failed');
});
