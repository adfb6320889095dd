/** MCPServer: from one request to its children and status. */
import type { V1Deployment } from '@kubernetes/client-node';
import { type MCPServer, type MCPServerSpec, mcpServerResource } from '../../api/mcpserver.ts';
import { formatProblem } from '../../api/validate.ts';
import { canonical } from '../../children/canonical.ts';
import { RENDERED } from '../../children/identity.ts';
import {
  type Context,
  type Controller,
  type KubernetesObject,
  kindKey,
  lookUp,
  type RelatedRule,
  type ResourceKind,
  type SyncRequest,
  type SyncResponse,
} from '../contract.ts';
import { keepAsObserved } from '../keep.ts';
import { claims } from '../names.ts';
import { recoverLastValid } from './lastvalidspec.ts';
import { prepare, problemsOf, render, validator } from './prepare.ts';
import { rolloutOf } from './rollout.ts';
import { statusOf } from './status.ts';

const DEPLOYMENT: ResourceKind = { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' };
const SERVICE: ResourceKind = { apiVersion: 'v1', kind: 'Service', resource: 'services' };
const SERVICE_ACCOUNT: ResourceKind = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  resource: 'serviceaccounts',
};
const CHILDREN = [SERVICE_ACCOUNT, SERVICE, DEPLOYMENT] as const;

/** Long enough for a child to show up in a watch, short enough for someone who waits. */
const MISSING_AFTER_MS = 10_000;

export const mcpServerController: Controller = {
  parent: { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', resource: 'mcpservers' },
  children: CHILDREN,
  resource: mcpServerResource,
  check: (object) => {
    const parent = validator.withDefaults(object);
    return { parent, problems: problemsOf(parent), unknown: validator.unknownFields(parent) };
  },
  render: (parent, settings) => render(parent as unknown as MCPServer, settings),
  customize,
  sync,
};

/** Relates the names that children will want, so that a stranger's object is seen before it is touched. */
function customize(parent: KubernetesObject): RelatedRule[] {
  const { name, namespace = '' } = parent.metadata;
  return CHILDREN.map(({ apiVersion, resource }) => ({ apiVersion, resource, namespace, names: [name] }));
}

function sync(request: SyncRequest, context: Context): SyncResponse {
  const live = request.parent as unknown as MCPServer;
  const prepared = prepare(live, context.settings);
  const { problems } = prepared;
  const parent: MCPServer = { ...live, spec: prepared.spec };
  const { name, namespace } = parent.metadata;
  const observed = (kind: ResourceKind) => lookUp(request.children, kind, namespace, name);
  const observedDeployment = observed(DEPLOYMENT) as V1Deployment | undefined;

  const replicas = replicasOf(parent, observedDeployment);
  const lastValid = () =>
    recoverLastValid(parent, [observed(DEPLOYMENT), observed(SERVICE)], replicas, (candidate) => {
      const known = validator.unknownFields({ spec: candidate.spec }).length === 0;
      const again = known ? prepare(candidate, context.settings) : undefined;
      return again?.problems.length === 0 ? again : undefined;
    });
  const good = problems.length === 0 ? prepared : lastValid();
  const rendered = good && { ...parent, spec: good.spec };
  const desired = good ? good.children : keptChildren(request, name, replicas);

  const { taken, leaving } = claims(
    request,
    CHILDREN.filter((kind) => desired.some((child) => child.kind === kind.kind)),
  );
  const blocked = new Set([...taken, ...leaving].map((object) => object.kind));
  // Pods under a stranger's ServiceAccount would get its rights, so the first ones wait until the name is free.
  if (blocked.has('ServiceAccount') && !observedDeployment) blocked.add('Deployment');
  const children = desired.filter((child) => !blocked.has(child.kind));

  const workload = rendered && desired.find((child) => child.kind === 'Deployment');
  const wasComplete = (parent.status?.conditions ?? []).some(
    ({ type, reason, observedGeneration }) =>
      type === 'Progressing' && reason === 'Complete' && observedGeneration === parent.metadata.generation,
  );
  const status = statusOf(
    parent,
    {
      problems: problems.map(formatProblem),
      rendered,
      kept: children.length > 0,
      replicas,
      rollout: rolloutOf(
        observedDeployment,
        workload?.metadata.annotations?.[RENDERED],
        replicas,
        wasComplete,
      ),
      service: observed(SERVICE) !== undefined,
      taken,
      leaving,
      missing: missing(children, request, parent, context.now),
    },
    context,
  );
  return { status, children };
}

/** The live spec decides how many pods run, even where the rest of it is invalid. */
function replicasOf(parent: MCPServer, observed: V1Deployment | undefined): number {
  const live = (parent.spec as Partial<MCPServerSpec> | undefined)?.replicas;
  return Number.isInteger(live) && live! >= 0 && live! <= 1000 ? live! : (observed?.spec?.replicas ?? 1);
}

/** @returns every observed child as it is, but for the number of pods. */
function keptChildren({ children }: SyncRequest, name: string, replicas: number): KubernetesObject[] {
  return CHILDREN.flatMap((kind) => {
    const observed = children[kindKey(kind)] ?? {};
    return Object.keys(observed)
      .sort()
      .map((key) => {
        const kept = keepAsObserved(observed[key]!);
        const scaled = kind === DEPLOYMENT && kept.metadata.name === name;
        return canonical(scaled ? { ...kept, spec: { ...(kept.spec as object), replicas } } : kept);
      });
  });
}

/**
 * A refused child is reported to nobody: that a rollout has waited for it a while and it is not there is the only sign.
 * @returns such children as `Kind namespace/name`.
 */
function missing(
  wanted: KubernetesObject[],
  { children }: SyncRequest,
  parent: MCPServer,
  now: string,
): string[] {
  const rollout = parent.status?.conditions?.find(({ type }) => type === 'Progressing');
  if (rollout?.status !== 'True' || rollout.observedGeneration !== parent.metadata.generation) return [];
  // Nothing has moved for so long, not even to say that this generation is being rolled out; once said, it stays said.
  const waited = Date.parse(now) - Date.parse(parent.status?.lastUpdated ?? now);
  if (rollout.reason !== 'ChildMissing' && waited < MISSING_AFTER_MS) return [];
  return wanted
    .filter(({ apiVersion, kind, metadata }) => {
      const key = { apiVersion, kind, resource: '' };
      return !lookUp(children, key, parent.metadata.namespace, metadata.name);
    })
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
}
