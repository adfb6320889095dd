/** The Deployment of an MCPServer. */
import type {
  V1Container,
  V1Deployment,
  V1EnvFromSource,
  V1EnvVar,
  V1PodSecurityContext,
  V1PodSpec,
  V1SecurityContext,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import type { EnvVar, ResourceRequirements } from '../api/environment.ts';
import type { MCPServer, MCPServerSpec } from '../api/mcpserver.ts';
import { canonicalQuantity } from '../api/quantity.ts';
import type { RenderSettings } from '../settings.ts';
import { canonical, digest } from './canonical.ts';
import { labelsOf, metadataOf, RENDERED, selectorOf } from './identity.ts';
import { pullPolicyOf } from './image.ts';

/** Name of the port that serves MCP; the Service and the probes refer to it, so that a new number rolls in without a gap. */
export const MCP_PORT = 'mcp';
const CONTAINER = 'mcp-server';
const SCRATCH: V1Volume = { name: 'tmp', emptyDir: {} };
const SCRATCH_PATH = '/tmp';

/**
 * @param server a valid server with its defaults.
 * @returns its Deployment in canonical form, with the digest of everything but the replica count.
 */
export function deployment(server: MCPServer, settings: RenderSettings): V1Deployment {
  const { spec } = server;
  const metadata = metadataOf(server);
  const desired = canonical<V1Deployment>({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      progressDeadlineSeconds: settings.progressDeadlineSeconds,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selectorOf(server) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: {
          labels: { ...spec.pod?.labels, ...labelsOf(server) },
          annotations: spec.pod?.annotations,
        },
        spec: podSpec(server, settings),
      },
    },
  });
  desired.metadata!.annotations = { [RENDERED]: digest(desired.spec) };
  desired.spec!.replicas = spec.replicas;
  return desired;
}

function podSpec(server: MCPServer, settings: RenderSettings): V1PodSpec {
  const { spec } = server;
  const pod = spec.pod ?? {};
  const ownScratch = pod.volumeMounts?.some((mount) => mount.mountPath.replace(/\/+$/, '') === SCRATCH_PATH);
  return {
    automountServiceAccountToken: false,
    containers: [container(spec, settings, ownScratch ? [] : [{ name: 'tmp', mountPath: SCRATCH_PATH }])],
    // Environment variables such as NAME_PORT for every Service of the namespace confuse more servers than they help.
    enableServiceLinks: false,
    imagePullSecrets: spec.imagePullSecrets,
    nodeSelector: pod.nodeSelector,
    priorityClassName: pod.priorityClassName,
    securityContext: podSecurityContext(spec, settings),
    serviceAccountName: spec.serviceAccountName ?? server.metadata.name,
    terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds ?? 30,
    tolerations: pod.tolerations,
    topologySpreadConstraints: pod.topologySpreadConstraints?.map((constraint) => ({
      ...constraint,
      labelSelector: { matchLabels: selectorOf(server) },
    })),
    volumes: [...volumes(pod.volumes), ...(ownScratch ? [] : [SCRATCH])],
  };
}

function container(spec: MCPServerSpec, settings: RenderSettings, scratch: V1VolumeMount[]): V1Container {
  const probe = { tcpSocket: { port: MCP_PORT }, timeoutSeconds: 3 };
  return {
    name: CONTAINER,
    image: spec.image,
    imagePullPolicy: spec.imagePullPolicy ?? pullPolicyOf(spec.image),
    command: spec.command,
    args: spec.args,
    env: spec.env?.map(environmentVariable),
    envFrom: environmentSources(spec),
    ports: [{ name: MCP_PORT, containerPort: spec.port, protocol: 'TCP' }],
    resources: resources(spec.resources) ?? settings.resources,
    // Looks every second while the server starts, so that it is ready when it listens; two minutes are enough for any.
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
    securityContext: containerSecurityContext(spec),
    volumeMounts: [...(spec.pod?.volumeMounts ?? []), ...scratch],
  };
}

/** With the API server's defaults in the two sources that are replaced whole, so that nothing is left to differ. */
function environmentVariable({ valueFrom, ...variable }: EnvVar): V1EnvVar {
  if (!valueFrom) return variable;
  const { fieldRef, resourceFieldRef } = valueFrom;
  return {
    ...variable,
    valueFrom: {
      ...valueFrom,
      fieldRef: fieldRef && { apiVersion: 'v1', ...fieldRef },
      resourceFieldRef: resourceFieldRef && { divisor: '0', ...resourceFieldRef },
    },
  };
}

function environmentSources(spec: MCPServerSpec): V1EnvFromSource[] | undefined {
  const sources: V1EnvFromSource[] = [...(spec.envFrom ?? [])];
  if (spec.secretName) sources.push({ secretRef: { name: spec.secretName } });
  return sources.length > 0 ? sources : undefined;
}

function resources(given: ResourceRequirements | undefined) {
  if (!given) return undefined;
  const amounts = (list: Record<string, string | number> | undefined) =>
    list &&
    Object.fromEntries(Object.entries(list).map(([name, one]) => [name, canonicalQuantity(one, 'm')]));
  return { requests: amounts(given.requests), limits: amounts(given.limits) };
}

/** Pod Security "restricted", field by field overridden by the user. */
function podSecurityContext(spec: MCPServerSpec, settings: RenderSettings): V1PodSecurityContext {
  const user = settings.runAsUser;
  return {
    fsGroup: user,
    runAsGroup: user,
    runAsNonRoot: true,
    runAsUser: user,
    seccompProfile: { type: 'RuntimeDefault' },
    ...spec.pod?.securityContext,
  };
}

function containerSecurityContext(spec: MCPServerSpec): V1SecurityContext {
  const own = spec.pod?.containerSecurityContext ?? {};
  return {
    // The API server refuses a privileged container that may not escalate.
    allowPrivilegeEscalation: own.privileged === true,
    readOnlyRootFilesystem: true,
    ...own,
    capabilities: { drop: ['ALL'], ...own.capabilities },
  };
}

/**
 * The user's volumes as the API server stores them: sizes in canonical form, and its defaults spelled out in
 * `projected.sources`, a list without a key that dynamic apply replaces whole.
 */
function volumes(given: NonNullable<MCPServerSpec['pod']>['volumes']): V1Volume[] {
  return (given ?? []).map(({ emptyDir, projected, ...volume }): V1Volume => {
    if (emptyDir) {
      const sizeLimit = emptyDir.sizeLimit === undefined ? undefined : canonicalQuantity(emptyDir.sizeLimit);
      return { ...volume, emptyDir: { ...emptyDir, sizeLimit } };
    }
    if (!projected) return volume;
    const sources = projected.sources.map(({ serviceAccountToken, downwardAPI, ...source }) => ({
      ...source,
      serviceAccountToken: serviceAccountToken && { expirationSeconds: 3600, ...serviceAccountToken },
      downwardAPI: downwardAPI && {
        items: downwardAPI.items?.map((item) => ({
          ...item,
          fieldRef: { apiVersion: 'v1', ...item.fieldRef },
        })),
      },
    }));
    return { ...volume, projected: { ...projected, sources } };
  });
}
