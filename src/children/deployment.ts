/** The Deployment of an MCPServer. */
import type {
  V1Affinity,
  V1Deployment,
  V1PodAntiAffinity,
  V1PodSecurityContext,
  V1PodSpec,
} from '@kubernetes/client-node';
import type { MCPServer, MCPServerSpec } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { bridgeVolumes } from './bridge.ts';
import { canonical, digest } from './canonical.ts';
import { configDigest } from './configmap.ts';
import { CONFIG_VOLUME, extraContainers, SCRATCH_VOLUME, serverContainer } from './containers.ts';
import { givenVolumes } from './given.ts';
import {
  CONFIG_DIGEST,
  metadataOf,
  nameOf,
  podLabelsOf,
  RENDERED,
  SECRET_DIGESTS,
  selectorOf,
} from './identity.ts';
import { pullSecretsOf, runtimePullSecretsOf } from './image.ts';
import { packageVolumes } from './package.ts';
import { mountsToken } from './serviceaccount.ts';
import { stored } from './stored.ts';
import { strategyOf } from './strategy.ts';
import { isBridged } from './transport.ts';
import { volumes } from './volumes.ts';

const NODE = 'kubernetes.io/hostname';
/** Tells the pods of one rollout from those of another. */
const TEMPLATE = 'pod-template-hash';

/**
 * @param server a valid server with its defaults.
 * @returns its Deployment in canonical form, with the digest of everything but the replica count.
 */
export function deployment(server: MCPServer, settings: RenderSettings): V1Deployment {
  const { spec } = server;
  const config = configDigest(server);
  const desired = canonical<V1Deployment>({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(server),
    spec: {
      // The API server does not keep a zero.
      minReadySeconds: spec.minReadySeconds || undefined,
      progressDeadlineSeconds: settings.progressDeadlineSeconds,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorOf(server) },
      strategy: strategyOf(spec),
      template: {
        metadata: stored({
          labels: podLabelsOf(server),
          annotations: config ? { ...spec.pod?.annotations, [CONFIG_DIGEST]: config } : spec.pod?.annotations,
        }),
        spec: stored(podSpec(server, settings)),
      },
    },
  });
  desired.metadata!.annotations = { ...desired.metadata!.annotations, [RENDERED]: digest(desired.spec) };
  desired.spec!.replicas = spec.replicas;
  return desired;
}

/**
 * @param digests of the Secrets that the pods use, as their annotation holds them; empty where there are none.
 * @returns the Deployment with them on its pod template; the one that is given is not changed.
 */
export function withSecretDigests(deployment: V1Deployment, digests: string): V1Deployment {
  if (digests === '') return deployment;
  const { metadata, spec } = deployment;
  const template = spec!.template;
  const annotations = { ...template.metadata!.annotations, [SECRET_DIGESTS]: digests };
  return {
    ...deployment,
    metadata: {
      ...metadata,
      annotations: {
        ...metadata!.annotations,
        [RENDERED]: `${metadata!.annotations![RENDERED]}-${digest(digests)}`,
      },
    },
    spec: {
      ...spec!,
      template: { ...template, metadata: canonical({ ...template.metadata, annotations }) },
    },
  };
}

function podSpec(server: MCPServer, settings: RenderSettings): V1PodSpec {
  const { spec } = server;
  const pod = spec.pod ?? {};
  const own = serverContainer(server, settings);
  const containers = [own];
  const initContainers = extraContainers(server, own, settings);
  const scratch = [...containers, ...(initContainers ?? [])].some(({ volumeMounts }) =>
    volumeMounts?.some(({ name }) => name === SCRATCH_VOLUME),
  );
  return {
    affinity: affinity(server),
    automountServiceAccountToken: mountsToken(server),
    containers,
    dnsConfig: pod.dnsConfig,
    dnsPolicy: pod.dnsPolicy,
    // Environment variables such as NAME_PORT for every Service of the namespace confuse more servers than they help.
    enableServiceLinks: false,
    hostAliases: pod.hostAliases,
    imagePullSecrets: (isBridged(server) ? runtimePullSecretsOf : pullSecretsOf)(spec, settings),
    initContainers,
    nodeSelector: pod.nodeSelector,
    priorityClassName: pod.priorityClassName,
    runtimeClassName: pod.runtimeClassName,
    securityContext: podSecurityContext(spec, settings),
    serviceAccountName: spec.serviceAccountName ?? server.metadata.name,
    // Of a bridge's processes, those whose parent has gone end as children of the pod's first process, which clears them away.
    shareProcessNamespace: pod.shareProcessNamespace ?? (isBridged(server) ? true : undefined),
    terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds,
    tolerations: pod.tolerations,
    // Without any, the scheduler spreads the pods of one rollout over nodes and zones as far as that can be had.
    topologySpreadConstraints: pod.topologySpreadConstraints?.map((constraint) => ({
      ...constraint,
      labelSelector: { matchLabels: selectorOf(server) },
      matchLabelKeys: [TEMPLATE],
    })),
    volumes: [
      ...volumes(pod.volumes),
      ...(spec.config ? [{ name: CONFIG_VOLUME, configMap: { name: nameOf(server, 'config') } }] : []),
      ...givenVolumes(settings),
      ...bridgeVolumes(server),
      ...packageVolumes(spec),
      ...(scratch ? [{ name: SCRATCH_VOLUME, emptyDir: {} }] : []),
    ],
  };
}

function affinity(server: MCPServer): V1Affinity | undefined {
  const { nodeAffinity, podAntiAffinity } = server.spec.affinity ?? {};
  if (!nodeAffinity && !podAntiAffinity) return undefined;
  return { nodeAffinity, podAntiAffinity: podAntiAffinity && apart(server, podAntiAffinity) };
}

/** Keeps pods off the nodes of others. */
function apart(server: MCPServer, wish: 'Preferred' | 'Required'): V1PodAntiAffinity {
  const term = {
    labelSelector: { matchLabels: selectorOf(server) },
    // Pods of one rollout alone: else its new pods would wait for the nodes of the old ones, which wait for them.
    matchLabelKeys: [TEMPLATE],
    topologyKey: NODE,
  };
  return wish === 'Required'
    ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    : { preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: term, weight: 100 }] };
}

/** Pod Security "restricted", field by field overridden by the user. */
function podSecurityContext(spec: MCPServerSpec, settings: RenderSettings): V1PodSecurityContext {
  const { imageUser, securityContext, sysctls } = spec.pod ?? {};
  const user = imageUser ? undefined : settings.runAsUser;
  return {
    fsGroup: user,
    runAsGroup: user,
    runAsNonRoot: true,
    runAsUser: user,
    seccompProfile: { type: 'RuntimeDefault' },
    sysctls,
    ...securityContext,
  };
}
