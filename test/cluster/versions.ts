/**
 * What the throwaway cluster is made of, pinned. Everything comes from Go modules and is built once
 * into the cache (see binaries.ts); a changed line here is a new folder there.
 */
import type { GoBuild } from './build.ts';

export const KUBERNETES = 'v1.36.3';
/** Kubernetes' staging modules are released beside it as v0.MINOR.PATCH; its go.mod names them without a version. */
const STAGING = KUBERNETES.replace(/^v1/, 'v0');
const [, MINOR = ''] = KUBERNETES.split('.');

/** Without these, the API server and the kubelet disagree about each other's version. */
const kubernetesVariables = {
  'k8s.io/component-base/version.gitVersion': KUBERNETES,
  'k8s.io/component-base/version.gitMajor': '1',
  'k8s.io/component-base/version.gitMinor': MINOR,
};

export const controlPlane: GoBuild = {
  name: 'control-plane',
  module: 'k8s.io/kubernetes',
  version: KUBERNETES,
  staging: STAGING,
  variables: kubernetesVariables,
  binaries: {
    'kube-apiserver': 'cmd/kube-apiserver',
    'kube-controller-manager': 'cmd/kube-controller-manager',
    'kube-scheduler': 'cmd/kube-scheduler',
    kubectl: 'cmd/kubectl',
  },
};

export const node: GoBuild = {
  name: 'node',
  module: 'k8s.io/kubernetes',
  version: KUBERNETES,
  staging: STAGING,
  variables: kubernetesVariables,
  binaries: { kubelet: 'cmd/kubelet', 'kube-proxy': 'cmd/kube-proxy' },
  files: { 'pause.c': 'build/pause/linux/pause.c' },
};

export const etcd: GoBuild = {
  name: 'etcd',
  module: 'go.etcd.io/etcd/server/v3',
  version: 'v3.7.3',
  binaries: { etcd: '.' },
};

/** kwok refuses to start without stages; these make a node and its pods ready at once. */
export const kwok: GoBuild = {
  name: 'kwok',
  module: 'sigs.k8s.io/kwok',
  version: 'v0.8.0',
  binaries: { kwok: 'cmd/kwok' },
  files: {
    'node-initialize.yaml': 'kustomize/stage/node/fast/node-initialize.yaml',
    'node-heartbeat.yaml': 'kustomize/stage/node/heartbeat/node-heartbeat.yaml',
    'pod-ready.yaml': 'kustomize/stage/pod/fast/pod-ready.yaml',
    'pod-complete.yaml': 'kustomize/stage/pod/fast/pod-complete.yaml',
    'pod-delete.yaml': 'kustomize/stage/pod/fast/pod-delete.yaml',
  },
};

export const coredns: GoBuild = {
  name: 'coredns',
  module: 'github.com/coredns/coredns',
  version: 'v1.15.0',
  binaries: { coredns: '.' },
};

export const helm: GoBuild = {
  name: 'helm',
  module: 'helm.sh/helm/v3',
  version: 'v3.22.0',
  binaries: { helm: 'cmd/helm' },
};

/** What each profile starts. */
export const simulatedBuilds = [controlPlane, etcd, kwok];
export const realBuilds = [controlPlane, etcd, node, coredns];
/** All of it, in the order in which it is worth having. */
export const allBuilds = [controlPlane, etcd, kwok, node, coredns, helm];
