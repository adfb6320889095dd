/** MCPServer: from one request to its children and status. */
import type { V1Deployment } from '@kubernetes/client-node';
import { ratchet } from '../../admission/ratchet.ts';
import { type MCPServer, type MCPServerSpec, mcpServerResource } from '../../api/mcpserver.ts';
import { formatProblem, inOrder, type Problem } from '../../api/validate.ts';
import { addressesOn } from '../../children/address.ts';
import { withSecretDigests } from '../../children/deployment.ts';
import { RENDERED, selectorOf } from '../../children/identity.ts';
import type { RenderSettings } from '../../settings.ts';
import {
  type Context,
  type Controller,
  type KubernetesObject,
  kindKey,
  lookUp,
  type RelatedRule,
  type SyncRequest,
  type SyncResponse,
} from '../contract.ts';
import { type Claims, claims } from '../names.ts';
import { addressesOf, FRONTS, withoutTaken } from './addresses.ts';
import { admit, admitScale } from './admit.ts';
import { CHILDREN } from './children.ts';
import { dependenciesOf } from './dependencies.ts';
import { asObserved, heldBack, keptChildren, stillNeeded, withoutLoss } from './hold.ts';
import { DEPLOYMENT, EXTERNAL_SECRET, POD, SECRET, SERVICE, SERVICE_ACCOUNT } from './kinds.ts';
import { recoverLastValid } from './lastvalidspec.ts';
import { momentOf } from './moment.ts';
import { partsOf } from './parts.ts';
import { type Pod, reportOf } from './pods.ts';
import { type Prepared, prepare, render, validator } from './prepare.ts';
import { rolloutOf } from './rollout.ts';
import { isFresh, type Observation, PATIENCE_MS, statusOf } from './status.ts';

const OPTIONAL = new Set(CHILDREN.filter(({ feature }) => feature).map(kindKey));

export const mcpServerController: Controller = {
  parent: { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', resource: 'mcpservers' },
  children: CHILDREN,
  resource: mcpServerResource,
  check: (object, settings) => {
    const parent = validator.withDefaults(object);
    const { problems, breaches } = prepare(parent as unknown as MCPServer, settings);
    return { parent, problems: [...problems, ...breaches], unknown: validator.unknownFields(parent) };
  },
  render: (parent, settings) => render(parent as unknown as MCPServer, settings),
  admit,
  admitScale,
  customize,
  sync,
};

/**
 * Relates the names that children will want, so that a stranger's object is seen before it is touched; the Secrets that the
 * pods use; who else has the public address; and the pods.
 */
function customize(parent: KubernetesObject, settings: RenderSettings): RelatedRule[] {
  const server = parent as unknown as MCPServer;
  const { name, namespace = '' } = parent.metadata;
  const { children, secrets } = prepare(server, settings);
  const names = new Map<string, Set<string>>();
  const relate = ({ apiVersion, resource }: { apiVersion: string; resource: string }, one: string) => {
    const key = `${apiVersion} ${resource}`;
    names.set(key, (names.get(key) ?? new Set()).add(one));
  };
  for (const kind of [SERVICE_ACCOUNT, SERVICE, DEPLOYMENT]) relate(kind, name);
  for (const child of children) {
    relate(CHILDREN.find((kind) => kindKey(kind) === kindKey(child))!, child.metadata.name);
  }
  for (const secret of secrets) relate(SECRET, secret.name);
  const rules = [...names].map(([key, ofKind]): RelatedRule => {
    const [apiVersion, resource] = key.split(' ') as [string, string];
    return { apiVersion, resource, namespace, names: [...ofKind] };
  });
  // An address is one for the whole cluster.
  for (const { apiVersion, resource, kind } of FRONTS) {
    const child = children.find((one) => kindKey(one) === kindKey({ apiVersion, kind }));
    for (const address of addressesOn(child?.metadata.labels)) {
      rules.push({ apiVersion, resource, namespace: '', labelSelector: { matchLabels: { [address]: '' } } });
    }
  }
  if (!settings.relatePods) return rules;
  const { apiVersion, resource } = POD;
  return [...rules, { apiVersion, resource, namespace, labelSelector: { matchLabels: selectorOf(server) } }];
}

function sync(request: SyncRequest, context: Context): SyncResponse {
  const { settings, now } = context;
  const live = request.parent as unknown as MCPServer;
  const prepared = prepare(live, settings);
  const parent: MCPServer = { ...live, spec: prepared.spec };
  const { name, namespace } = parent.metadata;
  const observed = lookUp(request.children, DEPLOYMENT, namespace, name) as V1Deployment | undefined;
  const service = lookUp(request.children, SERVICE, namespace, name);

  // What may not be stopped goes on with as many pods as it has.
  const mayStop = !prepared.breaches.some(({ path }) => path.join('.') === 'spec.replicas');
  const running = observed?.spec?.replicas ?? 0;
  const replicas = mayStop || running === 0 ? replicasOf(parent, observed) : running;
  const lastValid = once(() =>
    recoverLastValid(parent, [observed as KubernetesObject | undefined, service], replicas, (candidate) => {
      const known = validator.unknownFields({ spec: candidate.spec }).length === 0;
      const again = known ? prepare(candidate, settings) : undefined;
      return again?.problems.length === 0 ? again : undefined;
    }),
  );
  const { problems, tolerated } = judge(prepared, lastValid);
  const good = problems.length === 0 ? prepared : lastValid();
  const plan = good
    ? wanted(good, request, observed, settings, problems.length === 0)
    : { desired: keptChildren(request, name, replicas, settings), waiting: [], digest: undefined };
  const account = plan.desired.filter(({ kind }) => kind === SERVICE_ACCOUNT.kind);
  const barred = comesByAccount(observed, plan.desired, claims(request, account));
  const isNew = plan.digest !== observed?.metadata?.annotations?.[RENDERED];
  const held = isNew && (plan.waiting.length > 0 || barred);
  // Pods that cannot start yet, or may not, are not made, and what runs stays as it is, with all that it needs.
  const before = held && observed ? lastValid() : undefined;
  const desired = before
    ? withoutLoss(wanted(before, request, observed, settings, false).desired, plan.desired)
    : held
      ? heldBack(plan.desired, observed, replicas)
      : plan.desired;
  const { waiting, digest } = plan;
  const applied = before ?? good;
  const rendered = applied && { ...parent, spec: applied.spec };

  const named = new Map([...account, ...desired].map((child) => [identity(child), child]));
  const { taken, leaving } = claims(request, [
    ...named.values(),
    ...(rendered ? secretsToBe(rendered, request, desired) : []),
  ]);
  const addresses = addressesOf(desired, prepared.children, request);
  const wished = withoutBlocked(desired, [...taken, ...leaving], observed, replicas)
    .flatMap((child) => withoutTaken(child, addresses))
    .flatMap((child) => (addresses.unknown.has(kindKey(child)) ? asObserved(child, request) : child));

  const rollout = rolloutOf(observed, digest, replicas, wasComplete(parent));
  // A generation is rolled out when all that it wants has been seen; what is lost later comes back without a word.
  if (rollout.stage === 'complete' && !wasComplete(parent) && unseen(wished, request).length > 0) {
    rollout.stage = 'rolling';
  }
  const children =
    observed && rollout.stage !== 'complete' ? [...stillNeeded(wished, request), ...wished] : wished;
  const { trouble: podTrouble, lookAgainAfter } =
    rollout.stage !== 'absent' && (rollout.stage !== 'complete' || rollout.available < replicas)
      ? reportOf(Object.values(request.related[kindKey(POD)] ?? {}) as unknown as Pod[], now)
      : { trouble: undefined, lookAgainAfter: undefined };
  const observation: Observation = {
    moment: momentOf(live, observed, now),
    problems: problems.map(formatProblem),
    tolerated: tolerated.map(formatProblem),
    rendered,
    kept: children.length > 0,
    replicas,
    rollout,
    podTrouble,
    service: service !== undefined,
    taken,
    leaving,
    waiting,
    missing: missing(children, request, parent, waiting, now),
    parts: rendered ? partsOf(rendered, request, settings, addresses) : [],
  };
  const status = statusOf(parent, observation, context);
  // Nobody else would say that the External Secrets Operator says nothing.
  const patience = waiting.length > 0 && isFresh(status, now) ? PATIENCE_MS / 1000 : undefined;
  const resyncAfterSeconds = lookAgainAfter ?? patience;
  return { status, children, ...(resyncAfterSeconds ? { resyncAfterSeconds } : {}) };
}

/** @returns what gives the answer of a function that is asked at most once. */
function once<T>(work: () => T): () => T {
  let done: { answer: T } | undefined;
  return () => {
    done ??= { answer: work() };
    return done.answer;
  };
}

/**
 * What keeps a spec from being rolled out. A breach of the policy that the last good spec has too is none: the policy came
 * later, and what runs keeps running.
 */
function judge(
  { problems, breaches }: Prepared,
  lastValid: () => Prepared | undefined,
): { problems: readonly Problem[]; tolerated: readonly Problem[] } {
  if (breaches.length === 0) return { problems, tolerated: [] };
  const { brought, left } = ratchet(breaches, lastValid()?.breaches ?? []);
  return { problems: inOrder([...problems, ...brought]), tolerated: left };
}

interface Plan {
  desired: KubernetesObject[];
  /** What the pods cannot start without and is not there. */
  waiting: string[];
  /** Of the Deployment; undefined where the observed one is kept as it is. */
  digest: string | undefined;
}

/**
 * The children of a good spec, with what the cluster knows and the spec does not.
 *
 * @param mayWait whether the Secrets of this very spec are related, so that one that is not among them is not there.
 */
function wanted(
  good: Prepared,
  request: SyncRequest,
  observed: V1Deployment | undefined,
  settings: RenderSettings,
  mayWait: boolean,
): Plan {
  const { digests, waiting } = dependenciesOf(good.secrets, request, observed, settings.secretDigestKey);
  let digest: string | undefined;
  const desired = good.children.map((child) => {
    if (child.kind !== DEPLOYMENT.kind) return child;
    const workload = withSecretDigests(child as V1Deployment, digests);
    digest = workload.metadata?.annotations?.[RENDERED];
    return workload as KubernetesObject;
  });
  return { desired, waiting: mayWait ? waiting : [], digest };
}

/** The Secrets that External Secrets would make, and would take over from whoever has them. */
function secretsToBe(
  server: MCPServer,
  request: SyncRequest,
  desired: readonly KubernetesObject[],
): KubernetesObject[] {
  const { namespace } = server.metadata;
  return (
    desired
      .filter((child) => kindKey(child) === kindKey(EXTERNAL_SECRET))
      // One that is there has its Secret already, whoever has written to it since.
      .filter((child) => !lookUp(request.children, child, namespace, child.metadata.name))
      .filter(({ metadata }) => {
        const secret = lookUp(request.related, SECRET, namespace, metadata.name);
        const owner = secret?.metadata.ownerReferences?.find(({ controller }) => controller);
        return owner?.kind !== EXTERNAL_SECRET.kind || owner.name !== metadata.name;
      })
      .map(({ metadata }) => ({ ...SECRET, metadata: { name: metadata.name, namespace } }))
  );
}

/** A name that somebody else has is left alone, and so is what would work only with it. */
function withoutBlocked(
  desired: KubernetesObject[],
  others: readonly KubernetesObject[],
  observed: V1Deployment | undefined,
  replicas: number,
): KubernetesObject[] {
  if (others.length === 0) return desired;
  const blocked = new Set(others.map(identity));
  for (const { kind, metadata } of others) {
    if (kind !== SECRET.kind) continue;
    blocked.add(identity({ kind: EXTERNAL_SECRET.kind, metadata }));
  }
  // Pods under a stranger's ServiceAccount would get its rights, and with a stranger's Secret its values, so the first ones
  // wait until the name is free.
  const foreign = others.some(({ kind }) => kind === SERVICE_ACCOUNT.kind || kind === SECRET.kind);
  const left = desired.filter(
    (child) => !blocked.has(identity(child)) && !(foreign && !observed && child.kind === DEPLOYMENT.kind),
  );
  // No last good spec may be known, or one that leads there as well.
  return comesByAccount(observed, left, { taken: [...others], leaving: [] })
    ? heldBack(left, observed, replicas)
    : left;
}

/**
 * Whether pods that run under another ServiceAccount would come by one that is not the server's: no change of a spec is a way
 * to the rights of a stranger's.
 */
function comesByAccount(
  observed: V1Deployment | undefined,
  desired: readonly KubernetesObject[],
  { taken, leaving }: Claims,
): boolean {
  const workload = desired.find(({ kind }) => kind === DEPLOYMENT.kind) as V1Deployment | undefined;
  const [next, present] = [workload, observed].map((one) => one?.spec?.template?.spec?.serviceAccountName);
  if (!observed || next === undefined || next === present) return false;
  return [...taken, ...leaving].some(
    ({ kind, metadata }) => kind === SERVICE_ACCOUNT.kind && metadata.name === next,
  );
}

function identity({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.name}`;
}

function wasComplete({ metadata, status }: MCPServer): boolean {
  return (status?.conditions ?? []).some(
    ({ type, reason, observedGeneration }) =>
      type === 'Progressing' && reason === 'Complete' && observedGeneration === metadata.generation,
  );
}

/** The live spec decides how many pods run, even where the rest of it is invalid. */
function replicasOf(parent: MCPServer, observed: V1Deployment | undefined): number {
  const live = (parent.spec as Partial<MCPServerSpec> | undefined)?.replicas;
  return Number.isInteger(live) && live! >= 0 && live! <= 1000 ? live! : (observed?.spec?.replicas ?? 1);
}

/**
 * A refused child is reported to nobody: that a rollout has waited for it a while and it is not there is the only sign.
 * @returns such children as `Kind namespace/name`.
 */
function missing(
  wanted: readonly KubernetesObject[],
  request: SyncRequest,
  parent: MCPServer,
  waiting: readonly string[],
  now: string,
): string[] {
  const rollout = parent.status?.conditions?.find(({ type }) => type === 'Progressing');
  if (rollout?.status !== 'True' || rollout.observedGeneration !== parent.metadata.generation) return [];
  // What was held back until now is asked for by this very answer.
  if (rollout.reason === 'WaitingForSecret' && waiting.length === 0) return [];
  // Nothing has moved for so long, not even to say that this generation is being rolled out; once said, it stays said.
  if (rollout.reason !== 'ChildMissing' && isFresh(parent.status, now)) return [];
  return unseen(wanted, request).map(
    ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
  );
}

/** Of optional kinds, which may go away, each has a condition of its own. */
function unseen(wanted: readonly KubernetesObject[], { parent, children }: SyncRequest): KubernetesObject[] {
  const { namespace = '' } = parent.metadata;
  return wanted.filter(
    (child) => !OPTIONAL.has(kindKey(child)) && !lookUp(children, child, namespace, child.metadata.name),
  );
}
