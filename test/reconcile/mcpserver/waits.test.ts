import type { V1Deployment, V1DeploymentStatus } from '@kubernetes/client-node';
import t from 'tap';
import { complaintsOf, keepsOldPods } from '../../../src/reconcile/mcpserver/waits.ts';

function deployment(spec: object, status: V1DeploymentStatus = {}): V1Deployment {
  return { metadata: { name: 'search', namespace: 'default' }, spec, status } as V1Deployment;
}

t.test('what a Deployment complains about is told once, in its own words', async (t) => {
  const condition = (type: string, status: string, message: string) => ({ type, status, message });
  const full = 'exceeded quota: pods';
  const conditions = [
    condition('Available', 'False', 'below the minimum'),
    condition('ReplicaFailure', 'True', full),
    condition('Progressing', 'False', full),
  ];
  t.strictSame(complaintsOf(deployment({}, { conditions })), [
    full,
    'kubectl describe resourcequota -n default',
  ]);
  t.strictSame(
    complaintsOf(deployment({}, { conditions: [condition('Progressing', 'True', 'going on')] })),
    [],
  );
});

t.test('a Deployment that somebody has paused says how it goes on', async (t) => {
  const [said] = complaintsOf(deployment({ paused: true }));
  t.match(said, 'kubectl rollout resume -n default deployment search');
});

t.test('so does one of which nobody knows but that its controller says so', async (t) => {
  const conditions = [{ type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused' }];
  const [said] = complaintsOf(deployment({}, { conditions }));
  t.match(said, 'it is paused');
});

t.test('where pods are refused, the field in doubt and the next command are named', async (t) => {
  const refusals: [string, string][] = [
    [
      'failed quota: compute: must specify limits.cpu for: mcp-server',
      'kubectl describe resourcequota -n default',
    ],
    [
      'maximum memory usage per Container is 128Mi, but limit is 256Mi',
      'kubectl describe limitrange -n default',
    ],
    [
      'violates PodSecurity "restricted:latest"',
      'spec.pod asks for more than the namespace allows (securityContext, containerSecurityContext, volumes, sidecars, initContainers): kubectl get namespace default --show-labels',
    ],
    [
      'error looking up service account default/search',
      'is serviceAccountName right? kubectl get serviceaccount -n default',
    ],
    [
      'pod rejected: RuntimeClass "gvisor" not found',
      'is pod.runtimeClassName right? kubectl get runtimeclass',
    ],
    [
      'admission webhook "a.example.com" denied the request',
      'kubectl describe replicaset -n default -l mcp.dev/server=search',
    ],
  ];
  const selector = { matchLabels: { 'mcp.dev/server': 'search' } };
  for (const [message, command] of refusals) {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
    t.strictSame(complaintsOf(deployment({ selector }, { conditions })), [message, command]);
  }
});

t.test('pods that are ready and not yet available wait for minReadySeconds', async (t) => {
  const status = { readyReplicas: 2, availableReplicas: 1 };
  t.match(complaintsOf(deployment({ minReadySeconds: 60 }, status)), [/ready for minReadySeconds \(60\)/]);
  t.strictSame(complaintsOf(deployment({}, status)), []);
  t.strictSame(complaintsOf(deployment({ minReadySeconds: 60 }, { ...status, availableReplicas: 2 })), []);
});

t.test('old pods stay where the strategy lets none go before a new one is available', async (t) => {
  const rolling = (maxUnavailable: number | string, replicas: number) => ({
    replicas,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable } },
  });
  const beside = { replicas: 2, updatedReplicas: 1 };
  const keeps = (spec: object, status: V1DeploymentStatus = beside) => keepsOldPods(deployment(spec, status));
  t.ok(keeps(rolling(0, 1)));
  t.ok(keeps(rolling('25%', 3)), 'less than one pod');
  t.notOk(keeps(rolling('25%', 4)));
  t.notOk(keeps(rolling(1, 1)));
  t.notOk(keeps({ replicas: 1, strategy: { type: 'Recreate' } }));
  t.notOk(keeps(rolling(0, 1), { replicas: 1, updatedReplicas: 1 }), 'no old pod is left');
});
