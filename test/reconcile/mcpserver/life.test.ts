/** Whole lives of a server: which statuses a user gets to see, and that none of them says nothing new. */
import t from 'tap';
import type { MCPServerStatus } from '../../../src/api/mcpserver.ts';
import { mcpServerController } from '../../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../../src/settings.ts';
import { type Observed, requestOf } from '../golden.ts';

const settings = loadSettings({}).render;
const old = { image: 'ghcr.io/acme/search:1' };
const next = { image: 'ghcr.io/acme/search:2' };

/** A server that lives on from sync to sync, seconds apart, each of which sees what it is told. */
class Life {
  /** Every status that was written: those that differ from the one before. */
  readonly written: MCPServerStatus[] = [];
  private status: MCPServerStatus | undefined;
  private generation = 0;
  private spec: object = {};
  private seconds = 0;

  wants(spec: object): this {
    this.spec = spec;
    this.generation++;
    return this;
  }

  sees(observed: Observed | undefined, secondsLater = 1): this {
    this.seconds += secondsLater;
    const parent = {
      metadata: { generation: this.generation },
      spec: this.spec,
      ...(this.status ? { status: this.status } : {}),
    };
    const now = `${new Date(Date.UTC(2026, 0, 1) + this.seconds * 1000).toISOString().slice(0, 19)}Z`;
    const request = requestOf({ parent, ...(observed ? { observed } : {}) }, settings);
    const { status } = mcpServerController.sync(request, { settings, now });
    if (JSON.stringify(status) !== JSON.stringify(this.status)) this.written.push(status as MCPServerStatus);
    this.status = status as MCPServerStatus;
    return this;
  }

  get phases() {
    return this.written.map(({ phase }) => phase);
  }

  /** The course of one condition: `True`, `False` and reasons, where they change. */
  course(type: string): string[] {
    return this.written
      .map(({ conditions }) => conditions!.find((one) => one.type === type)!)
      .map(({ status, reason }) => `${status} ${reason}`)
      .filter((verdict, index, all) => verdict !== all[index - 1]);
  }

  /** Times at which a condition is said to have flipped, where they change. */
  flips(type: string): string[] {
    return [
      ...new Set(
        this.written.map(
          ({ conditions }) => conditions!.find((one) => one.type === type)!.lastTransitionTime,
        ),
      ),
    ];
  }
}

/** One server from nothing to ready, with every step that a cluster shows on the way. */
const grown = (spec: object = old) =>
  new Life()
    .wants(spec)
    .sees(undefined)
    .sees({ absent: ['Service', 'Deployment'] })
    .sees({ absent: ['Deployment'] })
    .sees({ unseen: true, pods: { total: 0 } })
    .sees({ pods: { total: 0 } })
    .sees({ pods: { total: 1, ready: 0 } })
    .sees({ pods: { total: 1, ready: 1, available: 0 } })
    .sees({ pods: { ready: 1 } })
    .sees({ pods: { ready: 1 } }, 3600);

t.test('from nothing to ready two statuses are written', async (t) => {
  const life = grown();
  t.strictSame(
    life.phases.filter((phase, index, all) => phase !== all[index - 1]),
    ['Creating', 'Ready'],
  );
  t.strictSame(life.course('Ready'), ['False Unavailable', 'True Available']);
  t.strictSame(life.course('Progressing'), ['True Creating', 'False Complete']);
  t.equal(life.flips('SpecValid').length, 1);
});

t.test('a pod that is ready at once is worth no more than two writes', async (t) => {
  const life = new Life()
    .wants(old)
    .sees(undefined)
    .sees({ unseen: true, pods: { total: 0 } })
    .sees({ pods: { total: 1, ready: 0 } })
    .sees({ pods: { ready: 1 } })
    .sees({ pods: { ready: 1 } }, 86_400);
  t.strictSame(life.phases, ['Creating', 'Ready']);
});

t.test('a rolling update writes three statuses at most, and is ready all the while', async (t) => {
  const life = grown();
  const before = life.written.length;
  life
    .wants(next)
    .sees({ spec: old, pods: { ready: 1 } })
    .sees({ unseen: true, pods: { ready: 1 } })
    .sees({ pods: { total: 2, updated: 1, ready: 1 } })
    .sees({ pods: { total: 2, updated: 1, ready: 2 } })
    .sees({ pods: { total: 1, updated: 1, ready: 1 } })
    .sees({ pods: { total: 1, updated: 1, ready: 1 } }, 3600);
  const written = life.written.slice(before);
  t.ok(written.length <= 3, `${written.length} writes`);
  t.strictSame(life.course('Ready'), ['False Unavailable', 'True Available']);
  t.strictSame(life.course('Progressing').slice(2), ['True Updating', 'False Complete']);
  t.equal(life.flips('Ready').length, 2, 'Ready has flipped once, when it was grown');
  t.ok(
    written.every(({ endpoints }) => endpoints?.service !== undefined),
    'the address stays',
  );
});

t.test('a scale-up stays ready and counts its pods', async (t) => {
  const life = grown();
  const before = life.written.length;
  const wanted = { ...old, replicas: 3 };
  life
    .wants(wanted)
    .sees({ spec: old, pods: { ready: 1 } })
    .sees({ unseen: true, pods: { ready: 1 } })
    .sees({ pods: { total: 3, ready: 1 } })
    .sees({ pods: { total: 3, ready: 2 } })
    .sees({ pods: { total: 3, ready: 3 } })
    .sees({ pods: { total: 3, ready: 3 } }, 60);
  const written = life.written.slice(before);
  t.strictSame(
    written.map(({ ready }) => ready).filter((one, index, all) => one !== all[index - 1]),
    ['1/3', '2/3', '3/3'],
  );
  t.equal(written.at(-1)!.phase, 'Ready');
  t.strictSame(life.course('Ready'), ['False Unavailable', 'True Available']);
});

t.test('a stop and a start', async (t) => {
  const life = grown();
  const before = life.written.length;
  life
    .wants({ ...old, replicas: 0 })
    .sees({ spec: old, pods: { ready: 1 } })
    .sees({ pods: { ready: 1 } })
    .sees({ pods: { total: 0 } })
    .wants(old)
    .sees({ spec: { ...old, replicas: 0 }, pods: { total: 0 } })
    .sees({ pods: { total: 1 } })
    .sees({ pods: { ready: 1 } });
  const phases = life.phases.slice(before);
  t.strictSame(
    phases.filter((phase, index) => phase !== phases[index - 1]),
    ['Updating', 'Stopped', 'Updating', 'Ready'],
  );
});

t.test('a broken image ends with the reason, while the old pod serves', async (t) => {
  const timedOut = 'ReplicaSet "search-2" has timed out progressing';
  const conditions = [
    { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: `${timedOut}.` },
  ];
  const life = grown();
  const before = life.written.length;
  life
    .wants(next)
    .sees({ spec: old, pods: { ready: 1 } })
    .sees({ pods: { total: 2, updated: 1, ready: 1 } })
    .sees({ pods: { total: 2, updated: 1, ready: 1 }, conditions }, 600)
    .sees({ pods: { total: 2, updated: 1, ready: 1 }, conditions }, 3600);
  t.ok(life.written.length - before <= 3);
  t.strictSame(life.course('Progressing').slice(2), ['True Updating', 'False ProgressDeadlineExceeded']);
  t.strictSame(life.course('Ready'), ['False Unavailable', 'True Available']);
  const last = life.written.at(-1)!;
  t.equal(last.phase, 'Degraded');
  t.match(last.message, timedOut);

  life.wants(old).sees({ spec: next, pods: { total: 2, updated: 1, ready: 1 }, conditions });
  t.equal(life.phases.at(-1), 'Updating', 'going back is a rollout');
  life.sees({ pods: { total: 1, updated: 1, ready: 1 } });
  t.equal(life.phases.at(-1), 'Ready');
});

t.test('pods that are lost and come back are no rollout', async (t) => {
  const life = grown()
    .sees({ pods: { total: 1, ready: 0 } }, 3600)
    .sees({ pods: { ready: 1 } }, 60);
  t.strictSame(life.phases.slice(-3), ['Ready', 'Degraded', 'Ready']);
  t.strictSame(life.course('Progressing'), ['True Creating', 'False Complete']);
  t.strictSame(life.course('Ready'), [
    'False Unavailable',
    'True Available',
    'False Unavailable',
    'True Available',
  ]);
  t.equal(life.flips('Ready').length, 4, 'each flip has its time');
  t.equal(life.flips('Progressing').length, 2);
});

t.test('an invalid spec is told once, and forgotten once it is good again', async (t) => {
  const life = grown();
  const before = life.written.length;
  life
    .wants({ image: 'No Image' })
    .sees({ spec: old, pods: { ready: 1 } })
    .sees({ spec: old, pods: { ready: 1 } }, 3600)
    .wants(old)
    .sees({ pods: { ready: 1 } });
  t.strictSame(life.phases.slice(before), ['Degraded', 'Ready']);
  t.strictSame(life.course('SpecValid'), ['True Valid', 'False Invalid', 'True Valid']);
  t.strictSame(life.course('Ready'), ['False Unavailable', 'True Available']);
});

t.test('a refused child is told once it has been waited for', async (t) => {
  const absent = ['Deployment'];
  const life = new Life().wants(old).sees(undefined).sees({ absent }).sees({ absent }, 60);
  t.strictSame(life.phases, ['Creating', 'Creating'], 'it may be asked for by this very answer');
  t.match(life.written.at(-1)!.message, /Deployment default\/search is asked for and not there yet/);
  life.sees({ absent }, 30).sees({ absent }, 3600);
  t.strictSame(life.phases, ['Creating', 'Creating', 'Pending']);
  t.match(life.written.at(-1)!.message, /Deployment default\/search was asked for and is not there/);
  life.sees({ pods: { total: 1 } }).sees({ pods: { ready: 1 } });
  t.strictSame(life.phases.slice(-2), ['Creating', 'Ready']);
  t.equal(life.written.at(-1)!.message, undefined);
});

t.test('a child that a new generation asks for first is not called refused at once', async (t) => {
  const life = new Life()
    .wants({ ...old, serviceAccountName: 'not-there-yet' })
    .sees({ absent: ['ServiceAccount'], pods: { total: 1 } })
    .sees({ absent: ['ServiceAccount'], pods: { total: 1 } }, 60)
    .wants(old)
    .sees({ absent: ['ServiceAccount'], spec: old, pods: { total: 1 } })
    .sees({ absent: ['ServiceAccount'], spec: old, pods: { total: 1 } }, 2);
  t.notOk(life.phases.includes('Pending'), life.phases.join(', '));
  for (const later of [60, 30])
    life.sees({ absent: ['ServiceAccount'], spec: old, pods: { total: 1 } }, later);
  t.equal(life.phases.at(-1), 'Pending', 'but in time it is');
});

t.test('a child that is lost before the first pods are there is not called refused at once', async (t) => {
  const life = new Life()
    .wants(old)
    .sees(undefined)
    .sees({ pods: { total: 1, ready: 0 } });
  const before = life.written.length;
  life.sees({ absent: ['Deployment'] }, 15).sees({ pods: { total: 1, ready: 0 } }, 1);
  t.notOk(life.phases.slice(before).includes('Pending'), life.phases.join(', '));
});
