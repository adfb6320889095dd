import fc from 'fast-check';
import t from 'tap';
import type { Pod } from '../../../src/reconcile/mcpserver/pods/pod.ts';
import { reportOf } from '../../../src/reconcile/mcpserver/pods/report.ts';
import { words } from '../../../src/reconcile/mcpserver/pods/words.ts';
import { shuffle } from '../invariants.ts';
import { NOW, rows } from './pods.table.ts';

for (const { when, pods, deployment, before, reason, says = [], hides = [], after } of rows) {
  t.test(when, async (t) => {
    const { trouble, lookAgainAfter } = reportOf(pods, deployment, NOW, before);
    t.equal(trouble?.reason, reason);
    for (const one of says) t.match(trouble?.message, one);
    for (const one of hides) t.notMatch(trouble?.message, one);
    if (trouble) t.match(trouble.message, /[;?] kubectl (describe|logs) /, 'the next command is named');
    t.equal(lookAgainAfter, after);
    if (after === undefined) return;
    const then = new Date(Date.parse(NOW) + after * 1000).toISOString();
    t.ok(reportOf(pods, deployment, then).trouble, 'it is told when it has lasted');
  });
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('x'.repeat(10_000), '\u{1F600}'.repeat(3000), 'a\nb', '\u202Ereversed', 'Back-off 5m0s: '),
);
const time = fc.constantFrom('2026-01-01T11:00:00Z', '2026-01-01T12:30:00Z', 'never', undefined);
const word = fc.oneof(text, fc.constantFrom(...reasons()));
const some = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const partly = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });
const state = partly({
  waiting: partly({ reason: word, message: text }),
  running: partly({ startedAt: time }),
  terminated: partly({
    reason: word,
    exitCode: fc.nat(255),
    signal: fc.nat(31),
    startedAt: time,
    finishedAt: time,
  }),
});
const container = fc
  .tuple(
    fc.record({ name: text, image: text, ready: fc.boolean(), restartCount: fc.nat(9) }),
    partly({ started: fc.boolean(), state, lastState: state }),
  )
  .map(([a, b]) => ({ ...a, ...b }));
const condition = partly({
  type: fc.constantFrom('Ready', 'ContainersReady', 'PodScheduled', 'Initialized', 'DisruptionTarget'),
  status: fc.constantFrom('True', 'False', 'Unknown'),
  reason: word,
  message: text,
  lastTransitionTime: time,
});
const status = partly({
  phase: fc.constantFrom('Pending', 'Running', 'Failed', 'Succeeded', 'Unknown'),
  reason: word,
  message: text,
  startTime: time,
  conditions: fc.array(condition, { maxLength: 4 }),
  initContainerStatuses: fc.array(container, { maxLength: 2 }),
  containerStatuses: fc.array(container, { maxLength: 3 }),
});
const anyPod = fc.record({
  metadata: fc.record(
    {
      name: fc.constantFrom('search-a', 'search-b'),
      namespace: fc.constant('default'),
      creationTimestamp: time,
      deletionTimestamp: some(fc.constant('2026-01-01T11:00:00Z')),
      finalizers: fc.array(text, { maxLength: 2 }),
    },
    { requiredKeys: ['name', 'namespace'] },
  ),
  spec: some(
    partly({ nodeName: text, schedulingGates: fc.array(fc.record({ name: text }), { maxLength: 2 }) }),
  ),
  status: some(status),
}) as unknown as fc.Arbitrary<Pod>;

t.test('whatever a pod says, what is told of it is one printable line of bounded length', async () => {
  fc.assert(
    fc.property(fc.array(anyPod, { maxLength: 4 }), (pods) => {
      const { trouble, lookAgainAfter = 1 } = reportOf(pods, undefined, NOW);
      if (!(lookAgainAfter > 0 && lookAgainAfter <= 30)) return false;
      if (!trouble) return true;
      const { reason, message } = trouble;
      const isWord = /^[A-Za-z][A-Za-z0-9]{0,62}$/.test(reason);
      return (
        isWord && message.length <= 2500 && message.isWellFormed() && !/[\p{C}\p{Zl}\p{Zp}]/u.test(message)
      );
    }),
    { numRuns: 500 },
  );
});

t.test('the same pods give the same report, in whatever order they are sent', async () => {
  fc.assert(
    fc.property(fc.array(anyPod, { maxLength: 4 }), (pods) => {
      const named = pods.map((pod, index) => ({
        ...pod,
        metadata: { ...pod.metadata, name: `search-${index}` },
      }));
      const told = (given: Pod[]) => JSON.stringify(reportOf(given, undefined, NOW));
      return told(named) === told(shuffle(named, 1).reverse());
    }),
    { numRuns: 200 },
  );
});

t.test('the same trouble is told in the same words however often it is tried', async (t) => {
  const tries: [string, string][] = [
    ['back-off 10s restarting failed container=x', 'back-off 5m0s restarting failed container=x'],
    ['read tcp 10.0.0.5:43210->10.0.0.1:443: reset', 'read tcp 10.0.0.5:51002->10.0.0.1:443: reset'],
    ['mkdir /tmp/containerd-mount123456: no', 'mkdir /tmp/containerd-mount98765: no'],
    ['GET failed, request id: 9f1c, after 1.2s', 'GET failed, request id: 77ab, after 2m3.4s'],
    [
      'pod 2b1f6a04-8c5e-4f0e-9a55-0d3b6c1f7a11 attempt 1',
      'pod 11111111-8c5e-4f0e-9a55-0d3b6c1f7a11 attempt 12',
    ],
    ['at 2026-01-01T11:00:00Z: no', 'at 2026-01-01T11:00:10.5Z: no'],
    [
      'since 2026-01-01 11:00:00.1 +0000 UTC m=+12.3: locked',
      'since 2026-01-01 11:00:33.12 +0000 UTC m=+45.67: locked',
    ],
    ['unexpected commit size 123, expected 999', 'unexpected commit size 45, expected 999'],
    [`sandbox "${'a'.repeat(64)}" failed`, `sandbox "${'b'.repeat(64)}" failed`],
  ];
  for (const [first, second] of tries) t.equal(words(first), words(second), first);
  t.equal(
    words('pod search-6d5f-5642s, volume pvc-2b1f6a04-8c5e-4f0e-9a55-0d3b6c1f7a11'),
    'pod search-6d5f-5642s, volume pvc-2b1f6a04-8c5e-4f0e-9a55-0d3b6c1f7a11',
  );
  t.match(words(`image a@sha256:${'c'.repeat(64)} not found`), 'c'.repeat(64), 'an image stays recognisable');
});

function reasons(): string[] {
  return rows
    .flatMap(({ reason }) => reason ?? [])
    .concat('ContainerCreating', 'PodInitializing', 'ErrImagePull');
}
