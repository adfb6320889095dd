import t from 'tap';
import type { KubernetesObject, SyncRequest } from '../../../src/reconcile/contract.ts';
import { kindKey } from '../../../src/reconcile/contract.ts';
import { mcpServerController } from '../../../src/reconcile/mcpserver/controller.ts';
import { mcpServerDiagnosisController } from '../../../src/reconcile/mcpserverdiagnosis/controller.ts';
import { loadSettings } from '../../../src/settings.ts';
import { requestOf } from '../golden.ts';
import { NOW, rows } from '../mcpserver/pods.table.ts';

const { render: settings } = loadSettings({ MCP_RELATE_PODS: 'late' });
const context = { settings, now: NOW };
const GENERATION = 3;

/** A server that has been late for an hour, with its diagnosis as it is observed. */
function late(status?: object): SyncRequest {
  const diagnosis = diagnosisOf('search', status);
  const earlier = [{ observed: { pods: { total: 1 } } }];
  const parent = { spec: { image: 'ghcr.io/acme/search:1.2.3' } };
  return requestOf({ parent, observed: { pods: { total: 1 } }, given: [diagnosis], earlier }, settings);
}

function diagnosisOf(name: string, status?: object): KubernetesObject {
  return {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServerDiagnosis',
    metadata: { name, namespace: 'default', uid: 'uid-of-diagnosis', generation: 1 },
    spec: {},
    ...(status && { status }),
  };
}

for (const { when, pods, deployment, before, reason } of rows) {
  t.test(`${when}: the status of the server repeats it`, async (t) => {
    const workload = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      ...deployment,
      metadata: { ...deployment?.metadata, name: 'search', namespace: 'default', generation: GENERATION },
      status: { ...deployment?.status, observedGeneration: GENERATION },
    } as KubernetesObject;
    const related = [...pods.map((pod) => ({ apiVersion: 'v1', kind: 'Pod', ...pod })), workload];
    const map: SyncRequest['related'] = {};
    for (const one of related as KubernetesObject[]) {
      map[kindKey(one)] = { ...map[kindKey(one)], [`default/${one.metadata.name}`]: one };
    }
    const parent = diagnosisOf('search', { message: before });
    const { status } = mcpServerDiagnosisController.sync({ parent, children: {}, related: map }, context);
    t.equal(status.reason, reason);
    t.equal(status.deploymentGeneration, GENERATION);
    const told = mcpServerController.sync(late(status), context);
    if (reason) t.match(told.status.message, status.message as string);
    t.equal(statusOf(told, 'DeploymentReady').reason, reason ?? 'Unavailable');
  });
}

t.test('what a diagnosis says of an older Deployment is not repeated', async (t) => {
  const status = { reason: 'CrashLoopBackOff', message: 'of before', deploymentGeneration: GENERATION - 1 };
  t.notMatch(mcpServerController.sync(late(status), context).status.message, 'of before');
});

t.test('of a Deployment that its controller has not seen nothing new is said', async (t) => {
  const status = { reason: 'CrashLoopBackOff', message: 'of before', deploymentGeneration: GENERATION };
  const workload = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'search', namespace: 'default', generation: GENERATION + 1 },
    status: { observedGeneration: GENERATION },
  };
  const related = { 'Deployment.apps/v1': { 'default/search': workload as KubernetesObject } };
  const request = { parent: diagnosisOf('search', status), children: {}, related };
  t.same(mcpServerDiagnosisController.sync(request, context).status, status);
});

t.test('whatever somebody writes into a diagnosis, a condition can hold it', async (t) => {
  for (const [reason, message] of [
    ['not one word', 'a\nb'],
    [7, 'c'],
    ['x'.repeat(100), 'd'.repeat(20_000)],
    ['Good', { a: 1 }],
  ]) {
    const told = mcpServerController.sync(
      late({ reason, message, deploymentGeneration: GENERATION }),
      context,
    );
    t.match(statusOf(told, 'DeploymentReady').reason, /^(NotReady|Unavailable)$/);
    t.notMatch(told.status.message, '\n');
  }
});

function statusOf({ status }: { status: Record<string, unknown> }, type: string) {
  return (status.conditions as { type: string; reason: string }[]).find((one) => one.type === type)!;
}
