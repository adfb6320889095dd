/**
 * The small stub's idea of a server, written by hand: a Deployment and a Service with what they cannot do without, and a
 * status of one word. It is the yardstick, so it shares nothing with what the operator renders.
 */
import type { V1Deployment, V1Service } from '@kubernetes/client-node';
import type { KubernetesObject, SyncRequest } from '../../src/reconcile/contract.ts';

const PORT = 8080;

interface Spec {
  image: string;
  replicas: number;
  env: { name: string; value: string }[];
  resources: { requests: Record<string, string>; limits: Record<string, string> };
}

export function smallDeployment({ metadata: { namespace, name }, spec }: KubernetesObject): V1Deployment {
  const { image, replicas, env, resources } = spec as Spec;
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: namespace!, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: 'server', image, env, resources, ports: [{ containerPort: PORT }] }],
        },
      },
    },
  };
}

export function smallService({ metadata: { namespace, name } }: KubernetesObject): V1Service {
  const labels = { app: name };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: namespace!, labels },
    spec: { selector: labels, ports: [{ port: 80, targetPort: PORT }] },
  };
}

/** The one word is true as well: a hook that calls an update done before it is has less to do. */
export function smallPhase({ parent, children }: SyncRequest): 'Ready' | 'Creating' {
  const { namespace, name } = parent.metadata;
  const { image, replicas } = parent.spec as Spec;
  const observed = children['Deployment.apps/v1']?.[`${namespace}/${name}`] as V1Deployment | undefined;
  const { observedGeneration, ...counts } = observed?.status ?? {};
  const isReady =
    observed?.spec?.template.spec?.containers[0]?.image === image &&
    observedGeneration === observed.metadata?.generation &&
    [counts.replicas, counts.updatedReplicas, counts.availableReplicas].every((count) => count === replicas);
  return isReady ? 'Ready' : 'Creating';
}

/** The whole of what it asks of Metacontroller: two kinds of child and one hook, nothing related. */
export function smallController(url: string, revision: string, resyncPeriodSeconds: number): object {
  const updateStrategy = { method: 'InPlace' };
  return {
    apiVersion: 'metacontroller.k8s.io/v1alpha1',
    kind: 'CompositeController',
    metadata: { name: 'small-stub' },
    spec: {
      parentResource: { apiVersion: 'mcp.dev/v1alpha1', resource: 'mcpservers', ignoreStatusChanges: true },
      generateSelector: true,
      childResources: [
        { apiVersion: 'apps/v1', resource: 'deployments', updateStrategy },
        { apiVersion: 'v1', resource: 'services', updateStrategy },
      ],
      resyncPeriodSeconds,
      hooks: {
        sync: { version: 'v2', webhook: { url: `${url}/sync?rev=${revision}`, timeout: '10s' } },
      },
    },
  };
}
