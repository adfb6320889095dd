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
    const { status, children, resyncAfterSeconds } = mcpServerController.sync(request, {
      settings,
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
    const terminated = { exitCode: 0, finishedAt: this.now, message };
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

  get now(): string {
    return `${new Date(Date.UTC(2026, 0, 1) + this.seconds * 1000).toISOString().slice(0, 19)}Z`;
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
  const { [kindKey({ apiVersion: 'v1', kind: 'Pod' })]: _, ...children } = request.children;
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
