/** How LiteLLM comes to load what is published: the pod that is asked for, and what the condition Applied says meanwhile. */
import { test } from 'tap';
import type { MCPCatalogStatus } from '../../../src/api/mcpcatalog.ts';
import { ROLL_REASONS } from '../../../src/api/rollout.ts';
import type { KubernetesObject } from '../../../src/reconcile/contract.ts';
import { Life } from './life.ts';

const MCP_RUNTIME_IMAGE = 'acme/smooth-operator-runtime:1';
const search = { namespace: 'team', name: 'search' };
const byPod = { by: 'Pod', deployment: 'litellm', serviceAccountName: 'litellm-roller' };
const rolled = (rollout: object, settings = { MCP_RUNTIME_IMAGE }) =>
  new Life({ litellm: { file: { rollout } } }, settings);

/** LiteLLM's Deployment, whose pod template carries a digest, or not; with `ready` of its two pods replaced. */
function litellm(loaded?: string, ready = 2, conditions: object[] = []): KubernetesObject {
  const annotations = loaded === undefined ? {} : { annotations: { 'mcp.dev/catalog': loaded } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'litellm', namespace: 'ai', uid: 'uid-of-litellm', generation: 2 },
    spec: { replicas: 2, template: { metadata: annotations } },
    status: {
      observedGeneration: 2,
      replicas: 2,
      updatedReplicas: ready,
      availableReplicas: ready,
      conditions,
    },
  };
}

function podOf({ children }: Life): KubernetesObject | undefined {
  return children.find(({ kind }) => kind === 'Pod');
}

/** The pod has ended, with this as its termination message. */
function ends(life: Life, message: string): void {
  const at = life.now();
  life.children = life.children.map((child) =>
    child.kind !== 'Pod'
      ? child
      : {
          ...child,
          metadata: { ...child.metadata, creationTimestamp: at },
          status: {
            containerStatuses: [
              { name: 'roll', state: { terminated: { exitCode: 1, message, finishedAt: at } } },
            ],
          },
        },
  );
}

test('once the file is seen, a pod puts its digest onto the Deployment, and it counts once all pods have it', async (t) => {
  const life = rolled(byPod);
  life.related = [litellm()];
  life.sync([search]);
  t.equal(podOf(life), undefined, 'the file has yet to be seen');
  t.equal(life.condition('Applied'), 'Unknown Rolling');
  life.seconds++;
  life.sync([search]);
  const hash = life.status!.litellm!.hash!;
  const pod = podOf(life)!;
  t.equal(pod.metadata.name, 'all-rollout');
  t.match(pod.spec, {
    serviceAccountName: 'litellm-roller',
    containers: [{ args: ['roll', '--deployment', 'ai/litellm', '--annotation', `mcp.dev/catalog=${hash}`] }],
  });
  t.equal(life.told('search')?.state, 'Pending');
  t.equal(life.condition('Ready'), 'False Rolling');
  life.related = [litellm(hash, 1)];
  t.same(life.settle([search]).broken, []);
  t.equal(podOf(life), undefined, 'its work is done');
  t.equal(life.condition('Applied'), 'Unknown Rolling');
  life.related = [litellm(hash)];
  t.same(life.settle([search]).broken, []);
  t.equal(life.condition('Applied'), 'True Applied');
  t.equal(life.condition('Ready'), 'True Published');
  t.equal(life.told('search')?.state, 'Registered');
});

test('what LiteLLM has already stays told while it loads what is new', async (t) => {
  const life = rolled(byPod);
  life.related = [litellm()];
  life.settle([search]);
  life.related = [litellm(life.status!.litellm!.hash!)];
  life.settle([search]);
  const before = life.told('search');
  t.equal(before?.state, 'Registered');
  life.settle([search, { namespace: 'team', name: 'notes' }]);
  t.same(life.told('search'), before);
  t.equal(life.condition('Applied'), 'Unknown Rolling');
  t.equal(life.condition('Ready'), 'True Published', 'what is on its way takes nothing from that');
  t.equal(life.told('notes')?.state, 'Pending');
  t.ok(podOf(life));
});

test('what is in the way is told with a remedy, and tried again', async (t) => {
  for (const [reason, { remedy }] of Object.entries(ROLL_REASONS)) {
    const life = rolled(byPod);
    life.related = [litellm()];
    life.settle([search]);
    ends(life, JSON.stringify({ reason, message: `so it is: ${reason}` }));
    life.sync([search]);
    if (reason === 'Stamped') {
      t.equal(life.condition('Applied'), 'Unknown Rolling', 'the Deployment is on its way here');
      continue;
    }
    t.equal(life.condition('Applied'), 'False NotRolled', reason);
    t.match(said(life.status), remedy);
    t.match(said(life.status), `so it is: ${reason}`);
    t.ok(podOf(life), 'whoever reads that can look at it');
    life.seconds += 61;
    life.sync([search]);
    t.equal(podOf(life), undefined);
    life.sync([search]);
    t.ok(podOf(life), 'the next try');
  }
});

test('words of a stranger are data', async (t) => {
  const life = rolled(byPod);
  life.related = [litellm()];
  life.settle([search]);
  ends(life, '{"reason":"Stamped","message":');
  t.same(life.sync([search]).broken, []);
  t.equal(life.condition('Applied'), 'False NotRolled');
  t.match(said(life.status), 'its report is not JSON');
});

test('a pod that is refused is told after a while', async (t) => {
  const life = rolled(byPod);
  life.related = [litellm()];
  life.refuses.add('Pod');
  life.settle([search]);
  life.seconds += 11;
  life.sync([search]);
  t.equal(life.condition('Applied'), 'False NotRolled');
  t.match(said(life.status), 'the events of this MCPCatalog say why');
});

test('a rollout that does not come to an end, a Deployment that is not there, no image to do it with', async (t) => {
  const life = rolled(byPod);
  life.settle([search]);
  t.equal(life.condition('Applied'), 'False NoDeployment');
  const stuck = {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'timed out',
  };
  life.related = [litellm(life.status!.litellm!.hash!, 1, [stuck])];
  life.settle([search]);
  t.equal(life.condition('Applied'), 'False RolloutFailed');
  t.equal(life.condition('Ready'), 'False RolloutFailed');
  const without = rolled(byPod, { MCP_RUNTIME_IMAGE: '' });
  without.related = [litellm()];
  without.settle([search]);
  t.equal(without.condition('Applied'), 'False NoRuntimeImage');
});

test('Reloader is told by its annotation, and what it does is not known', async (t) => {
  const life = rolled({ by: 'Reloader' });
  life.settle([search]);
  const map = life.children.find(({ kind }) => kind === 'ConfigMap')!;
  t.same(map.metadata.annotations, { 'reloader.stakater.com/match': 'true' });
  t.equal(life.condition('Applied'), 'Unknown Reloader');
  t.equal(life.condition('Ready'), 'True Published');
  t.equal(life.told('search')?.state, 'Registered');
});

test('a ServiceAccount that the policy does not grant is no account of a catalog', async (t) => {
  const life = rolled(byPod);
  life.settings = {
    ...life.settings,
    policy: { serviceAccounts: [{ namespaces: ['*'], allowed: ['mcp-*'] }] },
  };
  life.settle([search]);
  t.equal(life.condition('SpecValid'), 'False Invalid');
  t.equal(podOf(life), undefined);
});

function said(status: MCPCatalogStatus | undefined): string {
  return status!.conditions!.find(({ type }) => type === 'Applied')!.message;
}
