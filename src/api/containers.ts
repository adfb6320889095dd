/** The containers of a pod: what the server's own is called, and those beside it. */
import { type Static, Type } from '@sinclair/typebox';
import { EnvFromSource, EnvVar, ResourceRequirements } from './environment.ts';
import { ImageReference, PullPolicy } from './image.ts';
import { Lifecycle } from './lifecycle.ts';
import { SidecarPorts, sidecarTarget } from './ports.ts';
import { sidecarProbes } from './probes.ts';
import { LabelName, ListMap } from './schema.ts';
import { ContainerSecurityContext } from './securitycontext.ts';
import { VolumeMount } from './volumes.ts';

/** Name of the container that is the MCP server. */
export const SERVER_CONTAINER = 'mcp-server';

const fields = {
  name: LabelName('Name of the container; `mcp-server` is taken.'),
  image: ImageReference('Container image.'),
  imagePullPolicy: Type.Optional(PullPolicy),
  command: Type.Optional(
    Type.Array(Type.String({ maxLength: 32768 }), {
      maxItems: 64,
      description: "Replaces the image's entrypoint.",
    }),
  ),
  args: Type.Optional(
    Type.Array(Type.String({ maxLength: 32768 }), {
      maxItems: 64,
      description: "Replaces the image's default arguments.",
    }),
  ),
  env: Type.Optional(ListMap('name', EnvVar, { maxItems: 64, description: 'Environment variables.' })),
  envFrom: Type.Optional(
    Type.Array(EnvFromSource, {
      maxItems: 8,
      description: 'ConfigMaps and Secrets whose keys become environment variables.',
    }),
  ),
  resources: Type.Optional(ResourceRequirements),
  volumeMounts: Type.Optional(
    ListMap('mountPath', VolumeMount, {
      maxItems: 32,
      description: 'Where the volumes of the pod appear. A mount at /tmp replaces the scratch space.',
    }),
  ),
  securityContext: Type.Optional(ContainerSecurityContext),
};

/** One that runs to its end before the server starts. */
export const InitContainer = Type.Object(fields);

/** One that runs as long as the server does. */
export const Sidecar = Type.Object({
  ...fields,
  ports: Type.Optional(SidecarPorts),
  ...sidecarProbes,
  lifecycle: Type.Optional(
    Lifecycle(
      sidecarTarget,
      'What happens to the container after its start and before its end.',
      'Before SIGTERM, which a sidecar gets when the server has ended.',
    ),
  ),
});

export type InitContainer = Static<typeof InitContainer>;
export type Sidecar = Static<typeof Sidecar>;
