/** A request as reconciling an MCPServer sees it: read once, with what follows from it at once. */
import type { V1Deployment } from '@kubernetes/client-node';
import type { MCPServer, MCPServerSpec } from '../../api/mcpserver.ts';
import { nameOf } from '../../children/identity.ts';
import type { RenderSettings } from '../../settings.ts';
import { type Context, type KubernetesObject, kindKey, lookUp, type SyncRequest } from '../contract.ts';
import { type ApplyTrouble, applyTroubleOf } from './applied.ts';
import { DEPLOYMENT, POD, SERVICE } from './kinds.ts';
import { recoverLastValid } from './lastvalidspec.ts';
import type { Pod } from './pods/pod.ts';
import { type Prepared, prepare, validator } from './prepare.ts';

export interface View {
  request: SyncRequest;
  settings: RenderSettings;
  /** The time of this sync, RFC 3339. */
  now: string;
  /** The server as it is written, with its defaults. */
  server: MCPServer;
  /** What follows from its spec. */
  live: Prepared;
  /** The children that most depends on, as they are in the cluster. */
  deployment: V1Deployment | undefined;
  service: KubernetesObject | undefined;
  pods: readonly Pod[];
  /** The pod that asks the server what it is. */
  verifier: Pod | undefined;
  /** How many pods there are to be. */
  replicas: number;
  /** What is the matter with how children are applied. */
  applyTrouble: ApplyTrouble | undefined;
  /** What follows from the last good spec; undefined where none is known. */
  lastValid(): Prepared | undefined;
}

export function viewOf(request: SyncRequest, { settings, now }: Context): View {
  const given = request.parent as unknown as MCPServer;
  const live = prepare(given, settings);
  const server: MCPServer = { ...given, spec: live.spec };
  const { name, namespace } = server.metadata;
  const deployment = lookUp(request.children, DEPLOYMENT, namespace, name) as V1Deployment | undefined;
  const service = lookUp(request.children, SERVICE, namespace, name);
  const verifier = lookUp(request.children, POD, namespace, nameOf(server, 'verification'));
  const replicas = replicasOf(server, live, deployment);
  const carriers = [deployment as KubernetesObject | undefined, service];
  return {
    request,
    settings,
    now,
    server,
    live,
    deployment,
    service,
    pods: Object.values(request.related[kindKey(POD)] ?? {}) as unknown as Pod[],
    verifier: verifier as unknown as Pod | undefined,
    replicas,
    applyTrouble: applyTroubleOf(request.children, settings.applyStrategy),
    lastValid: once(() =>
      recoverLastValid(server, carriers, replicas, (candidate) => {
        const known = validator.unknownFields({ spec: candidate.spec }).length === 0;
        const again = known ? prepare(candidate, settings) : undefined;
        return again?.problems.length === 0 ? again : undefined;
      }),
    ),
  };
}

/** The live spec decides, even where the rest of it is invalid; but what may not be stopped goes on with the pods it has. */
function replicasOf(server: MCPServer, live: Prepared, deployment: V1Deployment | undefined): number {
  const running = deployment?.spec?.replicas;
  const mayStop = !live.breaches.some(({ path }) => path.join('.') === 'spec.replicas');
  if (!mayStop && running) return running;
  const { replicas } = (server.spec ?? {}) as Partial<MCPServerSpec>;
  return Number.isInteger(replicas) && replicas! >= 0 && replicas! <= 1000 ? replicas! : (running ?? 1);
}

/** @returns what gives the answer of a function that is asked at most once. */
function once<T>(work: () => T): () => T {
  let done: { answer: T } | undefined;
  return () => {
    done ??= { answer: work() };
    return done.answer;
  };
}
