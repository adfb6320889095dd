/** Whole lives of a server that is asked what it is: when it is asked, what a user gets to see, and what it costs. */
import t from 'tap';
import type { MCPServerStatus } from '../../../src/api/mcpserver.ts';
import { type KubernetesObject, kindKey } from '../../../src/reconcile/contract.ts';
import { mcpServerController } from '../../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../../src/settings.ts';
import { type Observed, requestOf } from '../golden.ts';

const settings = loadSettings({
  MCP_RUNTIME_IMAGE: 'registry.acme.com/smooth-operator-runtime:1.2.3',
}).render;
const old = { image: 'ghcr.io/acme/search:1' };
const next = { image: 'ghcr.io/acme/search:2' };
const serving: Observed = { pods: { ready: 1 } };
const offer = { count: 1, names: ['search'] };
const server = {
  name: 'search',
  version: '1.2.3',
  protocolVersions: ['2025-11-25'],
  capabilities: ['tools'],
  instructions: false,
  tools: offer,
  prompts: offer,
  resources: offer,
};
const good = { reason: 'Verified', message: 'It speaks MCP.', server };
const slow = { reason: 'Timeout', message: 'It does not answer in time.' };
const bad = { reason: 'WrongPath', message: 'Nothing is served at /mcp.' };

/** A server with the pod that asks it, which comes and goes as it is asked for. */
class Life {
  readonly written: MCPServerStatus[] = [];
  /** How often a pod was made, and how often one was deleted. */
  made = 0;
  deleted = 0;
  resyncAfterSeconds: number | undefined;
  private status: MCPServerStatus | undefined;
  private pod: KubernetesObject | undefined;
  private isRefused = false;
  private generation = 0;
  private spec: object = {};
  private seconds = 0;
  private related: KubernetesObject[] = [];
  private settings = settings;
  private isWatched = true;
  private nodeAheadSeconds = 0;
  deployment: KubernetesObject | undefined;

  wants(spec: object): this {
    this.spec = spec;
    this.generation++;
    return this;
  }

  relates(...related: KubernetesObject[]): this {
    this.related = related;
    return this;
  }

  /** What runs stays as it was rendered with the settings of before. */
  isOf(operator: typeof settings): this {
    this.settings = operator;
    return this;
  }

  watchesPods(isWatched: boolean): this {
    this.isWatched = isWatched;
    return this;
  }

  /** By how much the clock of the node is ahead of the operator's. */
  nodeIsAhead(seconds: number): this {
    this.nodeAheadSeconds = seconds;
    return this;
  }

  sees(observed: Observed, secondsLater = 1): this {
    this.seconds += secondsLater;
    const request = requestOf(
      {
        parent: {
          metadata: { generation: this.generation },
          spec: this.spec,
          ...(this.status && { status: this.status }),
        },
        observed,
        given: this.pod ? [this.pod] : [],
        related: this.related,
      },
      settings,
    );
    if (!this.isWatched) delete request.children[POD];
    const { status, children, resyncAfterSeconds } = mcpServerController.sync(request, {
      settings: this.settings,
      now: this.now,
    });
    this.resyncAfterSeconds = resyncAfterSeconds;
    if (JSON.stringify(status) !== JSON.stringify(this.status)) this.written.push(status as MCPServerStatus);
    this.status = status as MCPServerStatus;
    const ofKind = (wanted: string) => (children as KubernetesObject[]).find(({ kind }) => kind === wanted);
    this.deployment = ofKind('Deployment');
    const wanted = ofKind('Pod');
    if (!wanted && this.pod) {
      this.pod = undefined;
      this.deleted++;
    } else if (wanted && !this.pod && !this.isRefused) {
      this.pod = wanted;
      this.made++;
    }
    return this;
  }

  /** The pod ends, with these last words. */
  says(words: object | string): this {
    const message = typeof words === 'string' ? words : JSON.stringify(words);
    const terminated = { exitCode: 0, finishedAt: this.later(this.nodeAheadSeconds), message };
    const status = { phase: 'Succeeded', containerStatuses: [{ name: 'verify', state: { terminated } }] };
    this.pod = { ...this.pod!, status };
    return this;
  }

  runs(): this {
    const containerStatuses = [{ name: 'verify', ready: true, state: { running: { startedAt: this.now } } }];
    const conditions = [{ type: 'Ready', status: 'True' }];
    this.pod = { ...this.pod!, status: { phase: 'Running', conditions, containerStatuses } };
    return this;
  }

  /** The node that the pod was on goes, and the pod with it. */
  losesPod(): this {
    this.pod = undefined;
    return this;
  }

  /** The next call is still sent the status from before the last one. */
  lagsBehind(): this {
    this.status = this.written.at(-2);
    return this;
  }

  losesStatus(): this {
    this.status = undefined;
    return this;
  }

  refusesPods(isRefused = true): this {
    this.isRefused = isRefused;
    return this;
  }

  /** Goes on for so long; whoever asks is answered with these words at once. */
  lives(seconds: number, words: object | string): this {
    for (const end = this.seconds + seconds; this.seconds < end; ) {
      if (this.isAsked) this.says(words).sees(serving).sees(serving);
      else this.sees(serving, Math.min(this.resyncAfterSeconds ?? seconds, end - this.seconds));
    }
    return this;
  }

  get now(): string {
    return this.later(0);
  }

  private later(seconds: number): string {
    return `${new Date(Date.UTC(2026, 0, 1) + (this.seconds + seconds) * 1000).toISOString().slice(0, 19)}Z`;
  }

  get verified() {
    const { status, reason, message } = this.status!.conditions!.find(({ type }) => type === 'Verified')!;
    return { verdict: `${status} ${reason}`, message };
  }

  get tools() {
    return this.status!.server?.tools.count;
  }

  get endpoint() {
    return this.status!.endpoints?.service;
  }

  get isAsked(): boolean {
    return this.pod !== undefined;
  }
}

const POD = kindKey({ apiVersion: 'v1', kind: 'Pod' });

const verified = (spec: object = old) =>
  new Life()
    .wants(spec)
    .sees({ pods: { ready: 0 } })
    .sees(serving)
    .says(good)
    .sees(serving)
    .sees(serving);

t.test('a new server is asked once, by one pod, and that is one write more', async (t) => {
  const life = new Life().wants(old).sees({ pods: { ready: 0 } });
  t.notOk(life.isAsked, 'not before it serves');
  life.sees(serving);
  t.equal(life.verified.verdict, 'Unknown Asking');
  t.equal(life.written.length, 2, 'that it is asked is told with Ready');
  life.sees(serving, 1).says(good).sees(serving).sees(serving);
  t.equal(life.verified.verdict, 'True Verified');
  t.equal(life.tools, 1);
  t.equal(life.written.length, 3);
  t.strictSame([life.made, life.deleted], [1, 1]);
  life
    .sees(serving, 86_400)
    .sees({ pods: { total: 1, ready: 0, updated: 1 } })
    .sees(serving);
  t.strictSame([life.made, life.deleted], [1, 1], 'settled, and after a pod was lost, nobody is asked');
  t.equal(life.tools, 1);
});

t.test('a call that is still sent the status of before asks nobody anew', async (t) => {
  const life = new Life()
    .wants(old)
    .sees({ pods: { ready: 0 } })
    .sees(serving)
    .says(good)
    .sees(serving);
  t.equal(life.resyncAfterSeconds, 1);
  t.ok(life.isAsked, 'the pod stays until the status that tells it is seen');
  life.lagsBehind().sees(serving, 0).sees(serving);
  t.equal(life.verified.verdict, 'True Verified');
  t.strictSame([life.made, life.deleted], [1, 1]);
});

t.test('a lost status asks again', async (t) => {
  const life = verified().losesStatus().sees(serving).says(good).sees(serving).sees(serving);
  t.equal(life.verified.verdict, 'True Verified');
  t.equal(life.made, 2);
});

t.test('a rollout is asked once it is complete, and until then the result of before stays', async (t) => {
  const life = verified().wants(next);
  const rolling: Observed = { spec: old, pods: { ready: 1 } };
  life.sees(rolling);
  t.equal(life.verified.verdict, 'True Verified', 'no flap');
  t.match(life.verified.message, /^It speaks MCP\. \(asked before the last change\)$/);
  life.sees({ pods: { total: 2, updated: 1, ready: 1 } }).sees({ pods: { total: 2, updated: 1, ready: 2 } });
  t.notOk(life.isAsked);
  life.sees(serving);
  t.ok(life.isAsked);
  t.equal(life.tools, 1, 'what the server said stays as well');
  life.says(bad).sees(serving).sees(serving);
  t.equal(life.verified.verdict, 'False WrongPath');
  t.match(life.verified.message, /^Nothing is served at \/mcp\. It last passed at 2026-01-01T00:00:\d\dZ\.$/);
  t.equal(life.tools, undefined);
  t.strictSame([life.made, life.deleted], [2, 2]);
  life
    .wants(old)
    .sees({ spec: next, pods: { ready: 1 } })
    .sees(serving)
    .says(good)
    .sees(serving)
    .sees(serving);
  t.equal(life.verified.message, 'It speaks MCP.', 'and back');
  t.strictSame([life.made, life.deleted], [3, 3]);
});

t.test('a change that rolls no pods asks nobody', async (t) => {
  const life = verified().wants({ ...old, replicas: 2, podDisruptionBudget: { enabled: false } });
  life.sees({ spec: old, pods: { ready: 1 } }).sees({ pods: { total: 2, ready: 2 } });
  t.equal(life.made, 1);
  t.equal(life.verified.message, 'It speaks MCP.');
});

t.test('a rollout that begins while a server is asked has it asked anew', async (t) => {
  const life = new Life().wants(old).sees(serving);
  t.ok(life.isAsked);
  life.wants(next).sees({ spec: old, pods: { ready: 1 } });
  t.notOk(life.isAsked, 'who was asked is about to go');
  t.equal(life.verified.verdict, 'Unknown Pending');
  life.sees(serving).says(good).sees(serving).sees(serving);
  t.equal(life.verified.verdict, 'True Verified');
  t.strictSame([life.made, life.deleted], [2, 2]);
});

t.test('a pod that asks something else makes way first', async (t) => {
  const life = new Life().wants(old).sees(serving).wants(next).sees(serving);
  t.strictSame([life.made, life.deleted], [1, 1]);
  life.sees(serving);
  t.strictSame([life.made, life.deleted], [2, 1]);
});

t.test('a pod that goes with its node is made again', async (t) => {
  const life = new Life()
    .wants(old)
    .sees(serving)
    .losesPod()
    .sees(serving)
    .says(good)
    .sees(serving)
    .sees(serving);
  t.equal(life.verified.verdict, 'True Verified');
  t.equal(life.made, 2);
});

t.test('a pod that is refused is told, asked for no more, and asked for again later', async (t) => {
  const life = new Life().refusesPods().wants(old).sees(serving);
  t.equal(life.resyncAfterSeconds, 20);
  life.sees(serving, 10);
  t.equal(life.verified.verdict, 'Unknown Asking');
  life.sees(serving, 10);
  t.equal(life.verified.verdict, 'Unknown NotAsked');
  t.match(life.verified.message, /Pod default\/search-verify was asked for and is not there/);
  t.ok(life.endpoint, 'nothing else suffers');
  const { length } = life.written;
  life.refusesPods(false).sees(serving, 60);
  t.equal(life.made, 0);
  t.equal(life.written.length, length);
  life.sees(serving, 540);
  t.equal(life.made, 1);
  t.equal(life.verified.verdict, 'Unknown NotAsked', 'until it is known');
  life.says(good).sees(serving).sees(serving);
  t.equal(life.verified.verdict, 'True Verified');
});

t.test('a pod that does not end is told once its time is over', async (t) => {
  const life = new Life()
    .wants({ ...old, verify: { timeout: '10s' } })
    .sees(serving)
    .sees(serving, 150);
  t.equal(life.verified.verdict, 'Unknown Asking');
  life.sees(serving, 10).sees(serving);
  t.equal(life.verified.verdict, 'Unknown NotAsked');
  t.match(life.verified.message, /Pod default\/search-verify: it has no node/);
  t.notOk(life.isAsked);
});

t.test('a server is asked again as often as it says, and says when it last passed', async (t) => {
  const life = verified({ ...old, verify: { every: '1h' } });
  t.ok(life.resyncAfterSeconds! > 3590 && life.resyncAfterSeconds! <= 3600, `${life.resyncAfterSeconds}`);
  life.sees(serving, 3600);
  t.ok(life.isAsked);
  t.equal(life.verified.message, 'It speaks MCP.', 'until there is another');
  life.says(bad).sees(serving).sees(serving);
  t.equal(life.verified.verdict, 'False WrongPath');
  t.match(life.verified.message, /It last passed at 2026-01-01T00:00:\d\dZ\.$/, 'it passed before');
  life.sees(serving, 3600).says(bad).sees(serving).sees(serving);
  t.match(life.verified.message, /It last passed at 2026-01-01T00:00:\d\dZ\.$/, 'it still says when');
  life.sees(serving, 3600).says(good).sees(serving).sees(serving);
  t.equal(life.verified.message, 'It speaks MCP.');
});

for (const [clock, ahead] of [
  ['as it should be', 0],
  ['behind by more than the period', -4_000],
  ['ahead by a day', 86_400],
] as const) {
  t.test(`a server is asked as often by a node whose clock is ${clock}`, async (t) => {
    const often = verified({ ...old, verify: { every: '1h' } })
      .nodeIsAhead(ahead)
      .lives(6.5 * 3600, good);
    t.equal(often.made, 1 + 6);
    const inVain = new Life().nodeIsAhead(ahead).wants(old).sees(serving).lives(3300, '');
    t.equal(inVain.made, 6);
  });
}

t.test('where it is required, a server that does not pass is asked again until it does', async (t) => {
  const life = new Life().wants({ ...old, verify: { mode: 'Require' } }).sees(serving);
  life.says(slow).sees(serving).sees(serving);
  t.equal(life.verified.verdict, 'False Timeout');
  t.ok(life.resyncAfterSeconds! >= 25 && life.resyncAfterSeconds! <= 30, `${life.resyncAfterSeconds}`);
  const { message } = life.verified;
  life.lives(1_200, slow);
  t.ok(life.made >= 6 && life.made <= 8, `the pauses double: ${life.made} times`);
  t.equal(life.verified.message, message);
  const { made, written } = life;
  const { length } = written;
  life.lives(6 * 3600, slow);
  t.ok(life.made - made >= 34 && life.made - made <= 36, `then every ten minutes: ${life.made - made} times`);
  t.equal(written.length - length, 2 * (life.made - made), 'that it is asked, and that it was');
  life.lives(600, good);
  t.equal(life.verified.verdict, 'True Verified');
  t.ok(life.endpoint);
  t.equal(life.resyncAfterSeconds, undefined, 'and then no more');
});

t.test('where it is required, one that passed is asked again as soon when it no longer does', async (t) => {
  const life = verified({ ...old, verify: { mode: 'Require', every: '6h' } });
  life.lives(6 * 3600, slow);
  t.equal(life.verified.verdict, 'False Timeout');
  t.equal(life.endpoint, undefined);
  life.lives(60, good);
  t.ok(life.endpoint);
  life.lives(6 * 3600, slow).lives(20, good);
  t.equal(life.verified.verdict, 'False Timeout');
  life.lives(20, good);
  t.equal(life.verified.verdict, 'True Verified', 'the pauses are short again');
});

t.test('where it is not, one that may have been starting is asked a few times more', async (t) => {
  const life = new Life().wants(old).sees(serving).lives(86_400, slow);
  t.ok(life.made >= 6 && life.made <= 8, `${life.made}`);
  t.equal(life.resyncAfterSeconds, undefined);
  const broken = { reason: 'InvalidTools', message: 'Clients refuse its tools.' };
  t.equal(new Life().wants(old).sees(serving).lives(86_400, broken).made, 1);
});

for (const [what, off, on] of [
  [
    'without a runtime image',
    (life: Life) => life.isOf(loadSettings({}).render),
    (life: Life) => life.isOf(settings),
  ],
  [
    'that does not see its pods',
    (life: Life) => life.watchesPods(false),
    (life: Life) => life.watchesPods(true),
  ],
] as const) {
  t.test(`an operator ${what} leaves a verified server as it is`, async (t) => {
    const required = { verify: { mode: 'Require', every: '1h' } };
    const life = verified({ ...old, ...required });
    off(life).sees(serving).sees(serving, 86_400);
    t.equal(life.verified.verdict, 'True Verified');
    t.match(life.verified.message, /^It speaks MCP\. \(nobody asks it again: .*\)$/);
    t.ok(life.endpoint);
    t.equal(life.tools, 1);
    t.equal(life.made, 1);
    on(life).sees(serving);
    t.equal(life.verified.message, 'It speaks MCP.');
    t.equal(life.made, 2, 'its time has come');
    life.says(good).sees(serving).sees(serving);
    off(life)
      .wants({ ...next, ...required })
      .sees(serving);
    t.match(
      life.verified.verdict,
      /^Unknown (NoRuntimeImage|PodsNotWatched)$/,
      'of other pods nothing is known',
    );
    t.equal(life.endpoint, undefined);
  });
}

t.test('a verified stdio server keeps its result while there is no image for its bridge', async (t) => {
  const life = verified({ ...old, transport: 'stdio', command: ['search'], verify: { mode: 'Require' } });
  t.ok(life.endpoint);
  life.isOf(loadSettings({}).render).sees(serving).sees(serving);
  t.equal(life.verified.verdict, 'True Verified');
  t.equal(life.tools, 1);
});

t.test('who is asked again in vain keeps the result of these very pods', async (t) => {
  const life = verified({ ...old, verify: { mode: 'Require', every: '1h' } }).sees(serving, 3600);
  life.says('<html>').sees(serving).sees(serving);
  t.equal(life.verified.verdict, 'True Verified');
  t.match(life.verified.message, /^It speaks MCP\. \(asked again in vain: Pod .* its report is not JSON\)$/);
  t.ok(life.endpoint, 'nothing else suffers');
  life.sees(serving, 3600).says(good).sees(serving).sees(serving);
  t.equal(life.verified.message, 'It speaks MCP.');
});

t.test('where it is required, the address comes with the first pass and stays in rollouts', async (t) => {
  const spec = (image: object) => ({ ...image, verify: { mode: 'Require' } });
  const life = new Life().wants(spec(old)).sees(serving);
  t.equal(life.endpoint, undefined);
  life.says(bad).sees(serving).sees(serving);
  t.equal(life.endpoint, undefined);
  life
    .wants(spec(next))
    .sees({ spec: spec(old), pods: { ready: 1 } })
    .sees(serving)
    .says(good)
    .sees(serving)
    .sees(serving);
  t.ok(life.endpoint);
  life.wants(spec(old)).sees({ spec: spec(next), pods: { ready: 1 } });
  t.ok(life.endpoint, 'it does not go for every rollout');
  life.sees(serving);
  t.ok(life.endpoint);
  life.says(bad).sees(serving).sees(serving);
  t.equal(life.endpoint, undefined, 'the new pods do not pass');
});

t.test('a stopped server is not asked, and started again it is as it was', async (t) => {
  const life = verified()
    .wants({ ...old, replicas: 0 })
    .sees({ pods: { total: 0 } });
  t.equal(life.verified.verdict, 'True Verified', 'of what it was asked when it ran');
  life.wants(old).sees(serving);
  t.equal(life.made, 1);
});

t.test('pods that are not among the children are told', async (t) => {
  const request = requestOf({ parent: { spec: old }, observed: serving }, settings);
  const { [POD]: _, ...children } = request.children;
  const answer = mcpServerController.sync(
    { ...request, children },
    { settings, now: '2026-01-01T00:00:00Z' },
  );
  const { conditions } = answer.status as MCPServerStatus;
  t.match(conditions!.at(-1), { type: 'Verified', status: 'Unknown', reason: 'PodsNotWatched' });
  t.notOk((answer.children as KubernetesObject[]).some(({ kind }) => kind === 'Pod'));
});

const withHeader = (more: object = {}) => ({
  ...old,
  verify: { headers: [{ name: 'Authorization', secretKeyRef: { name: 'client', key: 'header' } }], ...more },
});
const client = (data: Record<string, string>): KubernetesObject =>
  ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'client', namespace: 'default', uid: 'a' },
    data,
  }) as never;

t.test('a header whose Secret changes asks again, and rolls no pod', async (t) => {
  const life = new Life().wants(withHeader()).relates(client({ header: 'b25l', note: 'YQ==' }));
  life.sees(serving).says(good).sees(serving).sees(serving);
  t.equal(life.made, 1);
  const before = life.deployment;

  life.relates(client({ header: 'b25l', note: 'Yg==' })).sees(serving);
  t.equal(life.made, 1, 'no header comes from that key');

  life.relates(client({ header: 'dHdv', note: 'Yg==' })).sees(serving);
  t.equal(life.made, 2);
  t.match(life.verified.message, /\(asked before the last change\)$/);
  t.strictSame(life.deployment, before);
  life
    .says({ ...good, reason: 'Unauthorized', message: 'It wants credentials.' })
    .sees(serving)
    .sees(serving);
  t.equal(life.verified.verdict, 'True Unauthorized');

  life.relates().sees(serving);
  t.equal(life.made, 2, 'one that is gone is no other credential');
});

t.test('a header whose Secret comes late asks again once it is there', async (t) => {
  const life = new Life().wants(withHeader()).sees(serving).sees(serving, 600).sees(serving);
  t.equal(life.verified.verdict, 'Unknown NotAsked');
  life.relates(client({ header: 'b25l' })).sees(serving);
  t.equal(life.made, 2);
});

t.test('an invalid spec that names no header asks nobody again', async (t) => {
  const life = new Life().wants(withHeader()).relates(client({ header: 'b25l' }));
  life.sees(serving).says(good).sees(serving).sees(serving);
  life
    .wants({ image: 5 })
    .relates()
    .sees({ ...serving, spec: withHeader() });
  t.equal(life.made, 1);
  t.equal(life.verified.verdict, 'True Verified');
});

t.test('another runtime image asks nobody again', async (t) => {
  const other = loadSettings({ MCP_RUNTIME_IMAGE: 'registry.acme.com/smooth-operator-runtime:1.2.4' }).render;
  const { status } = requestOf(
    { parent: { spec: old }, observed: serving, asked: { secondsAgo: 2, says: good } },
    settings,
  ).parent;
  const parent = { spec: old, status: { ...(status as object) } };
  const first = mcpServerController.sync(requestOf({ parent, observed: serving }, settings), {
    settings,
    now: '2026-01-01T12:00:00Z',
  });
  const second = mcpServerController.sync(requestOf({ parent, observed: serving }, settings), {
    settings: other,
    now: '2026-01-01T12:00:00Z',
  });
  const questionOf = (answer: typeof first) => (answer.status as MCPServerStatus).verification;
  t.strictSame(questionOf(second), questionOf(first));
});
