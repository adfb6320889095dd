/**
 * What the throwaway cluster is made of, pinned. Everything comes from Go modules and is built once
 * into the cache (see binaries.ts); a changed line here is a new folder there.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { GoBuild } from './build.ts';

export const KUBERNETES = 'v1.36.3';

/**
 * Without its variables, the API server and the kubelet disagree about each other's version.
 *
 * @param staging the version of Kubernetes' staging modules, which its go.mod names without one. They are released beside it
 * as v0.MINOR.PATCH, though not every patch of them.
 */
const kubernetes = (version: string, staging = version.replace(/^v1/, 'v0')) => ({
  module: 'k8s.io/kubernetes',
  version,
  staging,
  variables: {
    'k8s.io/component-base/version.gitVersion': version,
    'k8s.io/component-base/version.gitMajor': '1',
    'k8s.io/component-base/version.gitMinor': version.split('.')[1]!,
  },
});

const controlPlaneOf = (version: string, staging?: string): GoBuild => ({
  name: 'control-plane',
  ...kubernetes(version, staging),
  binaries: {
    'kube-apiserver': 'cmd/kube-apiserver',
    'kube-controller-manager': 'cmd/kube-controller-manager',
    'kube-scheduler': 'cmd/kube-scheduler',
    kubectl: 'cmd/kubectl',
  },
});

export const controlPlane = controlPlaneOf(KUBERNETES);

/** The releases that a simulated cluster can be of: the newest, and the oldest that the chart admits. */
export const controlPlanes = {
  'v1.36': controlPlane,
  'v1.31': controlPlaneOf('v1.31.14', 'v0.31.13'),
};
export type Release = keyof typeof controlPlanes;
export const NEWEST: Release = 'v1.36';
export const OLDEST: Release = 'v1.31';

export const node: GoBuild = {
  name: 'node',
  ...kubernetes(KUBERNETES),
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

const ESO = { module: 'github.com/external-secrets/external-secrets', version: 'v0.20.4' };
/** A package that registers others by importing them. */
const registering = (folder: string, names: string[]) =>
  ['package register', ...names.map((name) => `import _ "${ESO.module}/${folder}/${name}"`), ''].join('\n');

/** With what needs no account anywhere. All of it takes twice as long to build and is more than three times the size. */
export const externalSecrets: GoBuild = {
  name: 'external-secrets',
  ...ESO,
  binaries: { 'external-secrets': '.' },
  replaced: {
    'pkg/provider/register/register.go': registering('pkg/provider', ['fake', 'kubernetes', 'webhook']),
    'pkg/generator/register/register.go': registering('pkg/generator', ['fake', 'password', 'uuid']),
  },
};

const TRAEFIK = { module: 'github.com/traefik/traefik/v3', version: 'v3.6.12' };

export const traefik: GoBuild = { name: 'traefik', ...TRAEFIK, binaries: { traefik: 'cmd/traefik' } };

const CERT_MANAGER = { module: 'github.com/cert-manager/cert-manager', version: 'v1.21.2' };

/** Its commands are modules that refer to unpublished ones: a `main` of ours starts its controllers. */
export const certManager: GoBuild = {
  name: 'cert-manager',
  ...CERT_MANAGER,
  binaries: { 'cert-manager': 'smooth' },
  replaced: {
    'smooth/main.go': readFileSync(path.join(import.meta.dirname, 'addons/cert-manager/main.go'), 'utf8'),
  },
};

const KUBE_ROUTER = { module: 'github.com/cloudnativelabs/kube-router/v2', version: 'v2.1.0' };

export const kubeRouter: GoBuild = {
  name: 'kube-router',
  ...KUBE_ROUTER,
  binaries: { 'kube-router': 'cmd/kube-router' },
  // Without it, it warns of a malformed version at each start.
  variables: { [`${KUBE_ROUTER.module}/pkg/version.Version`]: KUBE_ROUTER.version },
};

export const kubeScore: GoBuild = {
  name: 'kube-score',
  module: 'github.com/zegl/kube-score',
  version: 'v1.20.0',
  binaries: { 'kube-score': 'cmd/kube-score' },
};

export const kubeconform: GoBuild = {
  name: 'kubeconform',
  module: 'github.com/yannh/kubeconform',
  version: 'v0.8.0',
  binaries: { kubeconform: 'cmd/kubeconform' },
};

/** Published CRDs, apart from the programs that serve them: who wants only the kinds waits for no build. */
const crdFiles = (folder: string, names: string[]) =>
  Object.fromEntries(names.map((name) => [name, `${folder}/${name}`]));

export const externalSecretsCrds: GoBuild = {
  name: 'external-secrets-crds',
  ...ESO,
  binaries: {},
  files: crdFiles('config/crds/bases', [
    'external-secrets.io_externalsecrets.yaml',
    'external-secrets.io_secretstores.yaml',
    'external-secrets.io_clustersecretstores.yaml',
    // Nobody makes one here, but the operator does not work before it can watch them.
    'generators.external-secrets.io_generatorstates.yaml',
  ]),
};

export const serviceMonitorCrds: GoBuild = {
  name: 'service-monitor-crds',
  module: 'github.com/prometheus-operator/prometheus-operator',
  version: 'v0.85.0',
  binaries: {},
  files: crdFiles('example/prometheus-operator-crd', ['monitoring.coreos.com_servicemonitors.yaml']),
};

export const httpRouteCrds: GoBuild = {
  name: 'http-route-crds',
  module: 'sigs.k8s.io/gateway-api',
  version: 'v1.7.0',
  binaries: {},
  files: crdFiles('config/crd/standard', [
    'gateway.networking.k8s.io_backendtlspolicies.yaml',
    'gateway.networking.k8s.io_gatewayclasses.yaml',
    'gateway.networking.k8s.io_gateways.yaml',
    'gateway.networking.k8s.io_grpcroutes.yaml',
    'gateway.networking.k8s.io_httproutes.yaml',
    'gateway.networking.k8s.io_referencegrants.yaml',
  ]),
};

/** All of Traefik's kinds in one file: it waits for each of them before it serves any. */
export const traefikMiddlewareCrds: GoBuild = {
  name: 'traefik-middleware-crds',
  ...TRAEFIK,
  binaries: {},
  files: crdFiles('docs/content/reference/dynamic-configuration', ['kubernetes-crd-definition-v1.yml']),
};

export const certManagerCrds: GoBuild = {
  name: 'cert-manager-crds',
  ...CERT_MANAGER,
  binaries: {},
  files: crdFiles('deploy/crds', [
    'cert-manager.io_certificaterequests.yaml',
    'cert-manager.io_certificates.yaml',
    'cert-manager.io_clusterissuers.yaml',
    'cert-manager.io_issuers.yaml',
    // Nobody orders one here, but the controllers do not start before they can watch them.
    'acme.cert-manager.io_challenges.yaml',
    'acme.cert-manager.io_orders.yaml',
  ]),
};

/** What each profile starts. */
export const simulatedBuilds = (release: Release = NEWEST) => [controlPlanes[release], etcd, kwok];
export const realBuilds = [controlPlane, etcd, node, coredns];
/** What a cluster has only when it is asked to. */
export const crdBuilds = [
  externalSecretsCrds,
  serviceMonitorCrds,
  httpRouteCrds,
  traefikMiddlewareCrds,
  certManagerCrds,
];
export const addonBuilds = [
  ...crdBuilds,
  kubeScore,
  kubeconform,
  kubeRouter,
  certManager,
  externalSecrets,
  traefik,
];
/** All of it, in the order in which it is worth having. */
export const allBuilds = [
  controlPlane,
  etcd,
  kwok,
  node,
  coredns,
  helm,
  ...addonBuilds,
  controlPlanes[OLDEST],
];
