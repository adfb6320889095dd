/** How the kubelet looks after a server and the containers beside it. */
import type { V1Probe } from '@kubernetes/client-node';
import type { Sidecar } from '../api/containers.ts';
import type { MCPServer } from '../api/mcpserver.ts';
import type { Probe } from '../api/probes.ts';
import { ALIVE_PATH, READY_PATH } from './bridge.ts';
import { httpGet, serverHttpGet } from './httpget.ts';
import { MCP_PORT } from './ports.ts';
import { isBridged } from './transport.ts';

interface Probes {
  startupProbe: V1Probe | undefined;
  readinessProbe: V1Probe | undefined;
  livenessProbe: V1Probe | undefined;
}

export function probesOf(server: MCPServer): Probes {
  const { startup, readiness, liveness } = server.spec.observability?.healthProbes ?? {};
  const probe = (given: Probe = {}, presets: Presets) =>
    given.enabled === false ? undefined : serverProbe(server, given, presets);
  return {
    // Looks every second while the server starts, so that it is ready when it listens; two minutes are enough for any.
    startupProbe: probe(startup, { periodSeconds: 1, failureThreshold: 120, bridgePath: READY_PATH }),
    readinessProbe: probe(readiness, { periodSeconds: 5, bridgePath: READY_PATH }),
    livenessProbe: probe(liveness, { bridgePath: ALIVE_PATH }),
  };
}

/** Where they differ from the defaults of Kubernetes. */
interface Presets {
  periodSeconds?: number;
  failureThreshold?: number;
  /** Where the bridge of a server that speaks stdio answers it. */
  bridgePath: string;
}

function serverProbe(
  server: MCPServer,
  { enabled: _, path, port, scheme, httpHeaders, exec, grpc, ...timings }: Probe,
  { bridgePath, ...presets }: Presets,
): V1Probe {
  const isOfBridge = isBridged(server) && (port === undefined || port === server.spec.port);
  const asked = path ?? (isOfBridge ? bridgePath : undefined);
  const action = (): V1Probe => {
    if (exec) return { exec };
    // It knows no names of ports.
    if (grpc) return { grpc: { port: port ?? server.spec.port, service: grpc.service ?? '' } };
    if (asked === undefined) return { tcpSocket: { port: port ?? MCP_PORT } };
    return { httpGet: serverHttpGet(server, { path: asked, port, scheme, httpHeaders }) };
  };
  return { ...action(), timeoutSeconds: 3, ...presets, ...kept(timings) };
}

/** As the user gives them, for the defaults of Kubernetes are what they expect of a pod. */
export function sidecarProbesOf({ startupProbe, readinessProbe, livenessProbe }: Sidecar): Probes {
  return {
    startupProbe: sidecarProbe(startupProbe),
    readinessProbe: sidecarProbe(readinessProbe),
    livenessProbe: sidecarProbe(livenessProbe),
  };
}

function sidecarProbe(given: Sidecar['readinessProbe']): V1Probe | undefined {
  if (!given) return undefined;
  const { httpGet: get, tcpSocket, exec, grpc, ...timings } = given;
  return {
    httpGet: get && httpGet(get),
    tcpSocket,
    exec,
    grpc: grpc && { service: '', ...grpc },
    ...kept(timings),
  };
}

/** The API server does not keep a zero. */
function kept<T extends { initialDelaySeconds?: number }>({ initialDelaySeconds, ...timings }: T) {
  return { ...timings, ...(initialDelaySeconds ? { initialDelaySeconds } : {}) };
}
