/** The webhook as the API server meets it: AdmissionReviews in, verdicts out, and an answer whatever comes. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import t from 'tap';
import type { AdmissionReview } from '../../src/admission/review.ts';
import { FEATURES } from '../../src/environment.ts';
import { cases, serverOf } from '../admission/cases.ts';
import { cases as agreementCases } from '../api/agreement/cases.ts';
import { hook, metric, post, sync } from './fixture.ts';

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';
const RESOURCE = { group: 'mcp.dev', version: 'v1alpha1', resource: 'mcpservers' };
const KIND = { group: 'mcp.dev', version: 'v1alpha1', kind: 'MCPServer' };

const folder = mkdtempSync(path.join(tmpdir(), 'smooth-policy-'));
t.teardown(async () => (await import('node:fs/promises')).rm(folder, { recursive: true }));

const EVERY_RULE = {
  allowedRegistries: ['registry.example.com'],
  requireImageTag: true,
  resources: { requireLimits: ['cpu'], maxLimits: { memory: '1Gi' } },
  forbiddenPodOverrides: ['Root'],
  hosts: [],
  iamRoles: [],
};

async function guarded(policy: object, environment: Record<string, string> = {}) {
  const file = path.join(folder, 'policy.yaml');
  writeFileSync(file, JSON.stringify(policy));
  const made = await hook({ ...environment, POLICY_FILE: file });
  t.teardown(() => made.app.close());
  return made;
}

function reviewOf(request: object) {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: UID, kind: KIND, resource: RESOURCE, name: 'search', namespace: 'default', ...request },
  };
}
const creation = (spec: object, namespace?: string) =>
  reviewOf({ operation: 'CREATE', object: serverOf(spec, namespace), oldObject: null });
const update = (before: object, spec: object) =>
  reviewOf({ operation: 'UPDATE', object: serverOf(spec), oldObject: serverOf(before) });
const scale = (before: number, replicas: number) => {
  const of = (count: number) => ({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'search', namespace: 'default' },
    spec: count === 0 ? {} : { replicas: count },
  });
  return reviewOf({
    operation: 'UPDATE',
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    subResource: 'scale',
    object: of(replicas),
    oldObject: of(before),
  });
};

type Guarded = Awaited<ReturnType<typeof guarded>>;
async function ask({ app }: Pick<Guarded, 'app'>, review: unknown): Promise<AdmissionReview['response']> {
  const answer = await app.inject(post('/admission/validate', review));
  const body = answer.json() as AdmissionReview;
  t.equal(answer.statusCode, 200, answer.payload.slice(0, 300));
  t.match(body, { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: UID } });
  return body.response;
}

for (const { name, policy, environment, servers } of cases) {
  t.test(`by the webhook: ${name}`, async (t) => {
    const door = await guarded(policy, environment);
    for (const { spec, namespace, refused } of servers) {
      const { allowed, status } = await ask(door, creation(spec, namespace));
      t.equal(allowed, refused.length === 0, JSON.stringify(spec));
      t.strictSame(status?.details?.causes.map(({ field }) => field).sort() ?? [], [...refused].sort());
    }
  });
}

t.test('a refusal lists every problem, as the API server does', async (t) => {
  const door = await guarded({ allowedRegistries: ['registry.example.com'], requireImageTag: true });
  const { allowed, status } = await ask(
    door,
    creation({ image: 'evil.com/search:latest', resources: { requests: { cpu: 2 }, limits: { cpu: 1 } } }),
  );
  t.notOk(allowed);
  t.match(status, {
    code: 422,
    reason: 'Invalid',
    details: { name: 'search', group: 'mcp.dev', kind: 'MCPServer' },
  });
  t.match(
    status!.message,
    /^MCPServer\.mcp\.dev "search" is invalid: \[spec\.resources\.requests\.cpu: .*, spec\.image: Invalid value: "evil\.com\/search:latest": must come from registry\.example\.com, by the policy of this cluster, spec\.image: Invalid value: .* must have a tag other than latest, or a digest, by the policy of this cluster\]$/,
  );
});

t.test('an update is refused only for what it brings', async (t) => {
  const door = await guarded({ requireImageTag: true, allowedTransports: ['http'] });
  const before = { image: 'acme/search:latest' };
  const beside = await ask(door, update(before, { ...before, config: { LEVEL: 'debug' } }));
  t.ok(beside.allowed, 'what was wrong before');
  t.match(beside.warnings?.[0], /^spec\.image: .*must have a tag.*as before/);
  t.notOk((await ask(door, update(before, { image: 'acme/other:latest' }))).allowed, 'another wrong value');
  t.notOk((await ask(door, update(before, { ...before, transport: 'sse' }))).allowed, 'another problem');
  t.ok((await ask(door, update(before, { image: 'acme/search:1' }))).allowed, 'a repair');
});

t.test('an update of what a CRD of before has let through is refused only for what it brings', async (t) => {
  const door = await guarded({ allowedRegistries: ['registry.example.com'] });
  const [good, evil] = ['registry.example.com/search:1', 'evil.com/search:1'];
  const fields = async (review: object) =>
    (await ask(door, review)).status?.details?.causes?.map(({ field }) => field) ?? [];
  for (const wrong of [
    { replicas: -1 },
    { autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 1 } },
  ]) {
    const old = { image: evil, ...wrong };
    // What a sync has found out of it makes no difference.
    for (const isKnown of [false, true]) {
      if (isKnown) await door.app.inject(sync(serverOf(old)));
      t.strictSame(await fields(update(old, { ...old, env: [{ name: 'A', value: 'b' }] })), [], 'beside it');
      t.strictSame(await fields(update(old, { image: evil })), [], 'the repair of one of two');
      const worse = update({ image: good, ...wrong }, old);
      t.strictSame(await fields(worse), ['spec.image'], 'another image, though it would not be rolled out');
    }
  }
});

t.test('what is being deleted passes, and so does a deletion', async (t) => {
  const door = await guarded({ requireImageTag: true });
  const object = serverOf({ image: 'acme/other' });
  const leaving = { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  t.ok(
    (await ask(door, reviewOf({ operation: 'UPDATE', object: leaving, oldObject: serverOf({}) }))).allowed,
  );
  t.ok((await ask(door, reviewOf({ operation: 'DELETE', object: null, oldObject: leaving }))).allowed);
});

t.test('of a scale only the number is judged', async (t) => {
  const door = await guarded({ allowScaleToZero: false, requireImageTag: true });
  const { allowed, status } = await ask(door, scale(1, 0));
  t.notOk(allowed);
  t.match(status?.message, /spec\.replicas: Invalid value: 0: must be 1 or more/);
  t.ok((await ask(door, scale(1, 3))).allowed);
  t.ok((await ask(door, scale(0, 0))).allowed, 'it was stopped before');
  const free = await guarded({});
  t.ok((await ask(free, scale(1, 0))).allowed);
});

t.test('what is unwise is a warning', async (t) => {
  const door = await guarded({});
  const { allowed, warnings } = await ask(
    door,
    creation({
      image: 'acme/search',
      env: [{ name: 'API_TOKEN', value: 'abc' }],
      route: { parentRefs: [{ name: 'gateway' }], hostnames: ['a.example.com'] },
    }),
  );
  t.ok(allowed);
  t.match(warnings, [
    /^spec\.image: /,
    /^spec\.env\[0\]\.value: API_TOKEN looks like/,
    /^spec\.route: .*httproutes/,
  ]);
  t.notMatch(warnings?.join(), 'abc', 'and shows no value');
  t.notOk((await ask(door, creation({ image: 'acme/search:1' }))).warnings, 'what is wise needs none');
});

t.test(
  'a part whose kind the operator does not make says what is left out, and who can have it made',
  async (t) => {
    const door = await guarded({});
    const parts: [object, RegExp][] = [
      [
        { observability: { metrics: { enabled: true } } },
        /lack servicemonitors, so no ServiceMonitor is made: /,
      ],
      [
        {
          secretStore: { name: 'vault' },
          secrets: [{ name: 'TOKEN', remoteKey: 'search' }],
        },
        /lack externalsecrets, so no ExternalSecret is made, and pods wait for the Secret search-secrets: /,
      ],
    ];
    for (const [spec, warning] of parts) {
      const { warnings } = await ask(door, creation({ image: 'acme/search:1', ...spec }));
      t.match(warnings, [warning]);
      t.match(warnings, [/: add it there, or ask whoever runs the operator$/]);
    }
  },
);

t.test('a server that has to be verified where nobody can do it is a warning', async (t) => {
  const warned = async (settings: Record<string, string>) =>
    (
      await ask(
        await guarded({}, settings),
        creation({ image: 'acme/search:1', verify: { mode: 'Require' } }),
      )
    ).warnings;
  t.match(await warned({}), [/^spec\.verify\.mode: .*MCP_RUNTIME_IMAGE names no image.*runs the operator$/]);
  t.notOk(await warned({ MCP_RUNTIME_IMAGE: 'registry.acme.com/smooth-operator-runtime:1.2.3' }));
});

t.test('sessions of a stdio server that its memory has no room for are a warning', async (t) => {
  const door = await guarded({}, { MCP_RUNTIME_IMAGE: 'registry.acme.com/smooth-operator-runtime:1.2.3' });
  const warned = async (stdio: object, memory?: string) => {
    const resources = memory === undefined ? {} : { resources: { limits: { memory } } };
    const spec = { image: 'acme/search:1', transport: 'stdio', command: ['search'], stdio, ...resources };
    return (await ask(door, creation(spec))).warnings;
  };
  t.match(await warned({ maxSessions: 20 }), [
    /^spec\.stdio\.maxSessions: 20 sessions .* may take 1870Mi .* limit is 1Gi: raise the limit, lower maxSessions/,
  ]);
  t.notOk(await warned({ maxSessions: 20 }, '2Gi'));
  t.notOk(await warned({ maxSessions: 9 }), 'as many as the page on stdio says');
  t.match(await warned({ maxSessions: 9, spareProcesses: 2 }), [/^spec\.stdio\.maxSessions: /]);
  t.notOk(await warned({ maxSessions: 20, sessions: 'Shared' }), 'they share a process');
  t.notOk(await warned({}), 'without a number there are as many as there is room for');
  t.match(await warned({}, '256Mi'), [
    /^spec\.resources\.limits\.memory: a session .* may take 350Mi .* is 256Mi/,
  ]);
});

t.test('443 without a scheme is a warning', async (t) => {
  const door = await guarded({});
  const warned = async (more: object) =>
    (await ask(door, creation({ image: 'acme/search:1', servicePort: 443, ...more }))).warnings;
  t.match(await warned({}), [
    /^spec\.servicePort: 443 without a scheme means .* or to HTTP where it does not$/,
  ]);
  t.notOk(await warned({ scheme: 'HTTP' }));
  t.notOk(await warned({ scheme: 'HTTPS' }));
});

t.test('an update that would wait for its own volume is a warning', async (t) => {
  const door = await guarded({});
  const warned = async (more: object) => {
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    return (await ask(door, creation({ image: 'acme/search:1', pod: { volumes }, ...more }))).warnings;
  };
  const shared = [/^spec\.pod\.volumes\[0\]\.persistentVolumeClaim: up to 3 pods share it, /];
  t.match(await warned({ strategy: { type: 'Recreate' }, replicas: 3 }), shared);
  t.equal((await warned({ replicas: 3 }))?.length, 2, 'and an update that surges is one more');
  t.match(await warned({}), [
    /^spec\.pod\.volumes\[0\]\.persistentVolumeClaim: .* strategy: \{type: Recreate\}, or rollingUpdate: \{maxSurge: 0\}$/,
  ]);
  t.ok(await warned({ strategy: { rollingUpdate: { maxUnavailable: 1 } } }), 'one pod more all the same');
  t.notOk(await warned({ strategy: { type: 'Recreate' } }));
  t.notOk(await warned({ strategy: { rollingUpdate: { maxSurge: '0%' } } }));
});

t.test('a thousand problems make an answer of bounded size', async (t) => {
  const door = await guarded({
    forbiddenPodOverrides: ['AddedCapabilities', 'Privileged'],
    requireImageTag: true,
  });
  const many = Array.from({ length: 8 }, (_, at) => ({
    name: `helper-${at}`,
    image: `acme/${'a'.repeat(400)}`,
    securityContext: { privileged: true, capabilities: { add: Array(64).fill('NET_ADMIN_'.repeat(6)) } },
  }));
  const response = await ask(
    door,
    creation({
      pod: { sidecars: many, initContainers: many.map((one) => ({ ...one, name: `i${one.name}` })) },
    }),
  );
  t.notOk(response.allowed);
  t.ok(JSON.stringify(response).length < 20_000, `${JSON.stringify(response).length} characters`);
  t.match(response.status?.message, /and \d+ more problems/);
});

t.test('reviews that are not for this webhook are answered in words', async (t) => {
  const door = await guarded({});
  const odd: [string, object][] = [
    ['another version of the review', { ...creation({}), apiVersion: 'admission.k8s.io/v1beta1' }],
    ['another kind of body', { ...creation({}), kind: 'TokenReview' }],
    [
      'another resource',
      reviewOf({ operation: 'CREATE', resource: { group: '', version: 'v1', resource: 'pods' }, object: {} }),
    ],
    [
      'another version of ours',
      reviewOf({ operation: 'CREATE', resource: { ...RESOURCE, version: 'v9' }, object: {} }),
    ],
    ['an object that is a list', reviewOf({ operation: 'CREATE', object: [1] })],
    ['an object without metadata', reviewOf({ operation: 'CREATE', object: { spec: {} } })],
    [
      'a scale of another kind',
      reviewOf({ operation: 'UPDATE', subResource: 'scale', object: serverOf({}) }),
    ],
  ];
  for (const [name, review] of odd) {
    const { allowed, status } = await ask(door, review);
    t.notOk(allowed, name);
    t.match(status, { code: 400, message: /webhook|no Kubernetes object|scale/ }, name);
  }
});

t.test('what is no review at all is refused without a crash', async (t) => {
  const door = await guarded({});
  for (const [name, body, code] of [
    ['no JSON', '{"request": {"uid": ', 400],
    ['an empty body', '', 400],
    ['null', 'null', 400],
    ['a list', '[]', 400],
    ['no request', '{}', 400],
    ['a request without a uid', '{"request": {}}', 400],
    [
      'many values, each of which takes memory',
      JSON.stringify(creation({ args: Array(550_000).fill({}) })),
      413,
    ],
    ['too much', JSON.stringify({ filler: 'x'.repeat(9 * 1024 * 1024) }), 413],
    ['a depth that no object has', `{"request": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400],
  ] as [string, string, number][]) {
    const answer = await door.app.inject(post('/admission/validate', body));
    t.equal(answer.statusCode, code, name);
    t.ok(answer.payload.length < 400, answer.payload);
  }
  t.ok((await ask(door, creation({}))).allowed, 'and it goes on');
});

t.test('what is long and has few values is judged', async (t) => {
  const door = await guarded({});
  // Signs that stand in a text are no values.
  const long = { description: '{"[\\",'.repeat(300_000) };
  const { metadata, ...rest } = serverOf({});
  const object = { ...rest, metadata: { ...metadata, annotations: long } };
  t.ok((await ask(door, reviewOf({ operation: 'CREATE', object }))).allowed);
  t.ok(
    (await ask(door, creation({ config: { NUMBERS: '1,'.repeat(400_000) } }))).status,
    'config is bounded',
  );
});

t.test('no more large reviews are held at once than memory has room for', async (t) => {
  const { app } = await guarded({});
  const text = JSON.stringify(creation({}));
  const open = Array.from({ length: 5 }, () => {
    const body = new PassThrough();
    body.write(text.slice(0, 10));
    // Of unknown length: each may become as large as they like.
    return { body, answer: app.inject({ ...post('/admission/validate', ''), payload: body }) };
  });
  const beyond = await Promise.race(open.map(({ answer }) => answer));
  t.equal(beyond.statusCode, 429);
  t.equal(beyond.headers['retry-after'], '1');
  t.equal((await app.inject(sync())).statusCode, 200, 'syncs have places of their own');
  for (const { body } of open) body.end(text.slice(10));
  const codes = (await Promise.all(open.map(({ answer }) => answer))).map(({ statusCode }) => statusCode);
  t.strictSame(codes.sort(), [200, 200, 200, 200, 429]);
  t.equal((await app.inject(post('/admission/validate', text))).statusCode, 200, 'and then the next');
});

t.test('what a CRD without our rules has let through is judged by the rest, without a crash', async (t) => {
  const door = await guarded(EVERY_RULE, { FEATURES: FEATURES.join() });
  for (const { object: given } of agreementCases) {
    const object = { ...serverOf({}), ...given, metadata: { ...serverOf({}).metadata, ...given.metadata } };
    const both = reviewOf({ operation: 'UPDATE', object, oldObject: object });
    t.ok(await ask(door, reviewOf({ operation: 'CREATE', object, oldObject: null })));
    t.ok((await ask(door, both)).allowed, 'and an update that brings nothing passes');
  }
});

t.test('whatever stands in an object, the answer echoes the uid', async () => {
  const door = await guarded(EVERY_RULE);
  const anything = fc.jsonValue();
  const property = fc.asyncProperty(
    anything,
    anything,
    fc.constantFrom(undefined, 'scale', 'status'),
    async (spec, metadata, subResource) => {
      for (const object of [{ ...serverOf({}), spec }, { ...serverOf({}), metadata }, spec]) {
        const kind = subResource === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : KIND;
        const review = reviewOf({ operation: 'UPDATE', kind, subResource, object, oldObject: object });
        const answer = await door.app.inject(post('/admission/validate', review));
        if (answer.statusCode !== 200 || (answer.json() as AdmissionReview).response.uid !== UID)
          return false;
      }
      return true;
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

t.test('verdicts are counted', async (t) => {
  const door = await guarded({ allowScaleToZero: false });
  await ask(door, creation({}));
  await ask(door, creation({ replicas: 0 }));
  const calls = (result: string) =>
    metric(
      door.app,
      `smooth_operator_hook_calls_total{kind="MCPServer",hook="admission",result="${result}"}`,
    );
  t.equal(await calls('ok'), 1);
  t.equal(await calls('invalid'), 1);
});
