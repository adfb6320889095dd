/**
 * The bridge in front of a server that speaks stdio. An init container of the runtime image copies it, with all that it needs to
 * run in whatever image the server has, into a volume; the server's container starts it, and it starts the server's processes.
 */
import type { V1Container, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import { amountOf } from '../api/quantity.ts';
import type { RenderSettings } from '../settings.ts';
import { BRIDGE, BRIDGE_PATH } from './brought.ts';
import { pullPolicyOf } from './image.ts';
import { ingressHost } from './ingress.ts';
import { drainSeconds } from './lifecycle.ts';
import { commandOf } from './package.ts';
import { pathOf } from './paths.ts';
import { serverResources } from './resources.ts';
import { isBridged } from './transport.ts';

/** Node.js with its libraries has 130 MB. */
const SIZE_LIMIT = '256Mi';
const MIB = 1024 * 1024;
/** What the bridge itself takes under load. */
const BRIDGE_BYTES = 110 * MIB;
/** What a process of a small server takes, of Node.js or Python. */
const PROCESS_BYTES = 80 * MIB;
/** More at once are worth a second pod. */
const MOST_SESSIONS = 64;
const SPARE_PROCESSES = 1;
/** Of its time to end, what the bridge leaves the kubelet. */
const MARGIN_SECONDS = 1;

/** Paths that the bridge answers besides that of MCP. */
export const ALIVE_PATH = '/healthz';
export const READY_PATH = '/readyz';
export const METRICS_PATH = '/metrics';

/** @returns what the server's container runs; the image's own where there is no bridge. */
export function startOf(server: MCPServer, settings: RenderSettings): Pick<V1Container, 'command' | 'args'> {
  const { spec } = server;
  const command = commandOf(spec);
  if (!isBridged(server)) return { command, args: spec.args };
  const start = [`${BRIDGE_PATH}/lib/ld.so`, '--library-path', `${BRIDGE_PATH}/lib`, `${BRIDGE_PATH}/node`];
  return {
    command: [...start, ...NODE_FLAGS, `${BRIDGE_PATH}/bridge.mjs`],
    args: [...flagsOf(server, settings), '--', ...(command ?? []), ...(spec.args ?? [])],
  };
}

/** Small heaps: without them Node.js takes twice the memory, and is no faster. */
const NODE_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=64'];

function flagsOf(server: MCPServer, settings: RenderSettings): string[] {
  const { port, stdio = {} } = server.spec;
  const maxSessions = stdio.maxSessions ?? sessionsThatFit(server, settings);
  const flag = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}`, `${value}`];
  return [
    ...flag('host', '0.0.0.0'),
    ...flag('port', port),
    ...flag('path', pathOf(server)),
    ...flag('sessions', stdio.sessions === 'Shared' ? 'shared' : undefined),
    ...flag('max-sessions', maxSessions),
    ...flag('spare', stdio.spareProcesses),
    ...flag('idle-timeout', seconds(stdio.idleTimeout)),
    ...flag('start-timeout', seconds(stdio.startTimeout)),
    ...flag('request-timeout', seconds(stdio.requestTimeout)),
    ...flag('grace-period', Math.max(1, drainSeconds(server.spec) - MARGIN_SECONDS)),
    ...flag('allowed-hosts', allowedHosts(server, settings)?.join(',')),
    ...flag('user-header', stdio.userHeader),
  ];
}

const SECONDS = { s: 1, m: 60, h: 3600 };

/** @param duration such as `10m`. */
function seconds(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined;
  return Number.parseInt(duration, 10) * SECONDS[duration.at(-1) as keyof typeof SECONDS];
}

/** @returns undefined where the bridge's own bound is right: one process for all, or no limit of memory. */
function sessionsThatFit(server: MCPServer, settings: RenderSettings): number | undefined {
  const { stdio } = server.spec;
  const limit = serverResources(server, settings).limits?.memory;
  if (stdio?.sessions === 'Shared' || limit === undefined) return undefined;
  const fit = Math.floor((amountOf(limit) - bytesFor(server, 0)) / PROCESS_BYTES);
  return Math.min(Math.max(fit, 1), MOST_SESSIONS);
}

/** @returns what the bridge and its processes take while so many sessions have one each. */
function bytesFor({ spec }: MCPServer, sessions: number): number {
  // One besides answers requests that are of no session.
  const others = (spec.stdio?.spareProcesses ?? SPARE_PROCESSES) + 1;
  return BRIDGE_BYTES + (sessions + others) * PROCESS_BYTES;
}

/** @returns how many sessions may take how much of which limit, as quantities, where that is more; else undefined. */
export function tooManySessions(
  server: MCPServer,
  settings: RenderSettings,
): { sessions: number; memory: string; limit: string } | undefined {
  const limit = serverResources(server, settings).limits?.memory;
  const sessions = server.spec.stdio?.maxSessions ?? sessionsThatFit(server, settings);
  if (!isBridged(server) || server.spec.stdio?.sessions === 'Shared') return undefined;
  if (limit === undefined || sessions === undefined) return undefined;
  const bytes = bytesFor(server, sessions);
  if (bytes <= amountOf(limit)) return undefined;
  return { sessions, memory: `${Math.ceil(bytes / MIB)}Mi`, limit };
}

/** @returns undefined where no web page may call; then clients may use whatever name the server has. */
function allowedHosts(server: MCPServer, settings: RenderSettings): string[] | undefined {
  const { metadata, spec } = server;
  const given = spec.stdio?.allowedHosts;
  if (!given?.length) return undefined;
  if (given.includes('*')) return ['*'];
  const name = `${metadata.name}.${metadata.namespace}`;
  return [
    ...given,
    metadata.name,
    name,
    `${name}.svc`,
    `${name}.svc.${settings.clusterDomain}`,
    ...(spec.ingress ? [ingressHost(server, settings)].filter((host) => host !== '') : []),
    ...(spec.route?.hostnames ?? []),
  ];
}

/** @returns the mount of the server's container. */
export function bridgeMounts(server: MCPServer): V1VolumeMount[] {
  return isBridged(server) ? [{ name: BRIDGE, mountPath: BRIDGE_PATH, readOnly: true }] : [];
}

export function bridgeVolumes(server: MCPServer): V1Volume[] {
  return isBridged(server) ? [{ name: BRIDGE, emptyDir: { sizeLimit: SIZE_LIMIT } }] : [];
}

/**
 * @param container the server's own, whose resources the copying has: it runs before, so the pod needs no more for it.
 * @returns the init container that brings the bridge; undefined where there is none.
 */
export function bridgeCopier(
  server: MCPServer,
  { resources }: V1Container,
  { runtimeImage }: RenderSettings,
): V1Container | undefined {
  if (!isBridged(server)) return undefined;
  return {
    name: BRIDGE,
    image: runtimeImage,
    imagePullPolicy: pullPolicyOf(runtimeImage),
    args: ['copy-bridge', BRIDGE_PATH],
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    // What it says in the end is why it failed: a volume from which nothing may be run, for example.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ name: BRIDGE, mountPath: BRIDGE_PATH }],
  };
}
