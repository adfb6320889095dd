/** The containers of a server's pods: the server itself, and those that the user puts beside it. */
import type {
  V1Container,
  V1EnvFromSource,
  V1EnvVar,
  V1SecurityContext,
  V1VolumeMount,
} from '@kubernetes/client-node';
import { type InitContainer, SERVER_CONTAINER, type Sidecar } from '../api/containers.ts';
import type { EnvVar } from '../api/environment.ts';
import type { MCPServer } from '../api/mcpserver.ts';
import type { RenderSettings } from '../settings.ts';
import { bridgeCopier, bridgeMounts, startOf } from './bridge.ts';
import { CONFIG_PATH } from './configmap.ts';
import { secretVariables } from './externalsecret.ts';
import { givenEnvironment, givenMounts } from './given.ts';
import { nameOf } from './identity.ts';
import { pullPolicyOf, resolveImage } from './image.ts';
import { serverLifecycle, sidecarLifecycle } from './lifecycle.ts';
import { packageEnvironment, packageInstaller, packageMounts } from './package.ts';
import { MCP_PORT, METRICS_PORT } from './ports.ts';
import { probesOf, sidecarProbesOf } from './probes.ts';
import { resourcesOf, serverResources } from './resources.ts';
import { metricsPort } from './servicemonitor.ts';
import { tracingEnvironment } from './tracing.ts';

export const SCRATCH_VOLUME = 'tmp';
export const CONFIG_VOLUME = 'mcp-config';
const SCRATCH_PATH = '/tmp';

export function serverContainer(server: MCPServer, settings: RenderSettings): V1Container {
  const { spec } = server;
  const image = resolveImage(spec, settings);
  const metrics = metricsPort(server);
  const mounts = spec.pod?.volumeMounts ?? [];
  const config: V1VolumeMount[] = spec.config
    ? [{ name: CONFIG_VOLUME, mountPath: CONFIG_PATH, readOnly: true }]
    : [];
  return {
    name: SERVER_CONTAINER,
    image,
    imagePullPolicy: spec.imagePullPolicy ?? pullPolicyOf(image),
    ...startOf(server, settings),
    env: environment(server, settings),
    envFrom: environmentSources(server),
    lifecycle: serverLifecycle(server),
    ports: [
      { name: MCP_PORT, containerPort: spec.port, protocol: 'TCP' },
      ...(metrics === undefined ? [] : [{ name: METRICS_PORT, containerPort: metrics, protocol: 'TCP' }]),
      ...(spec.ports ?? []).map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
    ],
    resources: serverResources(server, settings),
    ...probesOf(server),
    securityContext: containerSecurityContext(spec.pod?.containerSecurityContext),
    volumeMounts: withOwnMounts(mounts, [
      ...config,
      ...givenMounts(settings),
      ...bridgeMounts(server),
      ...packageMounts(spec),
    ]),
  };
}

/**
 * @param own the server's own.
 * @returns sidecars first, for init containers may need them; then what brings the server, for the user's may need that.
 */
export function extraContainers(
  server: MCPServer,
  own: V1Container,
  settings: RenderSettings,
): V1Container[] | undefined {
  const { spec } = server;
  const { sidecars = [], initContainers = [] } = spec.pod ?? {};
  const all = [
    ...sidecars.map((one) => sidecar(one, settings)),
    ...[
      bridgeCopier(server, own, settings),
      packageInstaller(spec, own, withOwnMounts([], givenMounts(settings)), settings),
    ].filter((one) => one !== undefined),
    ...initContainers.map((one) => extraContainer(one, settings)),
  ];
  return all.length > 0 ? all : undefined;
}

function sidecar(given: Sidecar, settings: RenderSettings): V1Container {
  return {
    ...extraContainer(given, settings),
    ...sidecarProbesOf(given),
    lifecycle: sidecarLifecycle(given.lifecycle),
    ports: given.ports?.map((port) => ({ protocol: 'TCP', ...port })),
    restartPolicy: 'Always',
  };
}

function extraContainer(given: InitContainer, settings: RenderSettings): V1Container {
  return {
    name: given.name,
    image: given.image,
    imagePullPolicy: given.imagePullPolicy ?? pullPolicyOf(given.image),
    command: given.command,
    args: given.args,
    env: extraEnvironment(given, settings),
    envFrom: given.envFrom,
    resources: resourcesOf(given.resources) ?? settings.resources,
    securityContext: containerSecurityContext(given.securityContext),
    volumeMounts: withOwnMounts(given.volumeMounts ?? [], givenMounts(settings)),
  };
}

/** A mount of the user's at one of our paths takes the place of ours. */
function withOwnMounts(mounts: V1VolumeMount[], ours: V1VolumeMount[]): V1VolumeMount[] {
  const taken = new Set(mounts.map(({ mountPath }) => mountPath.replace(/\/+$/, '')));
  const own = [...ours, { name: SCRATCH_VOLUME, mountPath: SCRATCH_PATH }];
  return [...mounts, ...own.filter(({ mountPath }) => !taken.has(mountPath))];
}

function extraEnvironment({ env }: InitContainer, settings: RenderSettings): V1EnvVar[] | undefined {
  const defaults = givenEnvironment(settings, new Set((env ?? []).map(({ name }) => name)));
  return env || defaults.length > 0 ? [...defaults, ...(env ?? []).map(environmentVariable)] : undefined;
}

/** The user's variables win over ours of the same name, and come last, so that they can refer to ours. */
function environment(server: MCPServer, settings: RenderSettings): V1EnvVar[] | undefined {
  const given = server.spec.env ?? [];
  const names = new Set(given.map(({ name }) => name));
  const secrets = secretEnvironment(server);
  for (const { name } of secrets) names.add(name);
  const tracing = tracingEnvironment(server, settings, names);
  const own = [...secrets, ...tracing.filter(({ name }) => !names.has(name))];
  for (const { name } of own) names.add(name);
  for (const name of Object.keys(server.spec.config ?? {})) names.add(name);
  const ofPackage = packageEnvironment(server.spec, settings).filter(({ name }) => !names.has(name));
  for (const { name } of ofPackage) names.add(name);
  const all = [...givenEnvironment(settings, names), ...ofPackage, ...own, ...given.map(environmentVariable)];
  return all.length > 0 ? all : undefined;
}

/** Key by key, so that a pod without a value that it needs waits instead of running without it. */
function secretEnvironment(server: MCPServer): V1EnvVar[] {
  const { required, optional } = secretVariables(server);
  const variable = (key: string, name: string, more: { optional?: true } = {}): V1EnvVar => ({
    name: key,
    valueFrom: { secretKeyRef: { name, key, ...more } },
  });
  return [
    ...required.map(({ name }) => variable(name, nameOf(server, 'secrets'))),
    ...optional.map(({ name }) => variable(name, nameOf(server, 'optionalSecrets'), { optional: true })),
  ];
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

/** Later ones win: `config`, then what the user names, then the Secret. */
function environmentSources(server: MCPServer): V1EnvFromSource[] | undefined {
  const { config, envFrom = [], secretName } = server.spec;
  const sources: V1EnvFromSource[] = [
    ...(config ? [{ configMapRef: { name: nameOf(server, 'config') } }] : []),
    ...envFrom,
    ...(secretName ? [{ secretRef: { name: secretName } }] : []),
  ];
  return sources.length > 0 ? sources : undefined;
}

/** What Pod Security "restricted" asks of a container, field by field overridden by the user. */
function containerSecurityContext(own: V1SecurityContext = {}): V1SecurityContext {
  return {
    // The API server refuses a privileged container that may not escalate.
    allowPrivilegeEscalation: own.privileged === true,
    readOnlyRootFilesystem: true,
    ...own,
    capabilities: { drop: ['ALL'], ...own.capabilities },
  };
}
