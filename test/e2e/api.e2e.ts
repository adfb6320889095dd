/** The API server's own verdict: on the manifests that `validate` judges, on every child, and on both installations. */
import t from 'tap';
import { agreeWithApiServer } from '../api/agreement/server.ts';
import { installCrds as installFeatureCrds } from '../cluster/addons/crds.ts';
import { binaries } from '../cluster/binaries.ts';
import { up } from '../cluster/cluster.ts';
import { controlPlanes, helm as helmBuild } from '../cluster/versions.ts';
import { checkChart, checkOverlays } from '../install/checks.ts';
import { compareInstalls } from '../install/compare.ts';
import { overlays } from '../install/render.ts';
import { childrenPassDryRun, randomChildrenPassDryRun } from '../reconcile/dry-run.ts';
import { childrenPassGraders, installationPassesGraders } from './graders.ts';
import { kubernetes } from './kubernetes.ts';
import { installCrds } from './operator.ts';

const cluster = await up({ kubernetes });
t.teardown(() => cluster.down());
const find = await binaries([controlPlanes[kubernetes], helmBuild]);
const tools = { kubectl: find('kubectl'), helm: find('helm'), kubernetes: cluster.kubernetes };
await installCrds(cluster);
await installFeatureCrds(cluster, 'externalSecrets', 'serviceMonitors', 'httpRoutes', 'traefikMiddlewares');

t.test('validate and the API server agree on good and bad servers', async (t) => {
  t.strictSame(await agreeWithApiServer(cluster.kubectl), []);
});

t.test('every child passes a dry run and Pod Security "restricted"', async (t) => {
  t.strictSame(await childrenPassDryRun(cluster.kubectl), []);
});

t.test('every child of a random server passes a dry run', async (t) => {
  t.strictSame(await randomChildrenPassDryRun(cluster.kubectl), []);
});

t.test('graders that others made find nothing in any child', async (t) => {
  t.strictSame(await childrenPassGraders(cluster), []);
});

t.test('graders that others made find nothing in the chart', async (t) => {
  t.strictSame(await installationPassesGraders(cluster, tools), []);
});

t.test('the chart keeps its promises', () => checkChart(tools));
t.test('the overlays keep theirs', () => checkOverlays(tools));
t.test('chart and production overlay install the same', () => compareInstalls(tools));

t.test('kubectl apply -k just works', async (t) => {
  const copy = await overlays(tools);
  t.teardown(() => copy.remove());
  for (const overlay of ['development', 'production']) {
    await cluster.kubectl(['apply', '-k', copy.directory(overlay)]);
    const rollout = ['rollout', 'status', 'deployment', '--namespace=smooth-operator', '--timeout=60s'];
    t.match((await cluster.kubectl(rollout)).stdout, /successfully rolled out/, overlay);
    await cluster.kubectl(['delete', '-k', copy.directory(overlay), '--timeout=60s']);
  }
});
