/** What is about to be applied for a server, and why it is not all that its spec asks for. */
import type { V1Deployment } from '@kubernetes/client-node';
import type { MCPServer } from '../../api/mcpserver.ts';
import { withSecretDigests } from '../../children/deployment.ts';
import { RENDERED } from '../../children/identity.ts';
import type { KubernetesObject } from '../contract.ts';
import { type Addresses, NO_CONFLICTS } from './addresses.ts';
import type { ApplyTrouble } from './applied.ts';
import type { Choice } from './choice.ts';
import { dependenciesOf } from './dependencies.ts';
import { keptChildren } from './kept.ts';
import { DEPLOYMENT, SERVICE } from './kinds.ts';
import { withLastValidSpec } from './lastvalidspec.ts';
import type { Prepared } from './prepare.ts';
import type { View } from './view.ts';

export interface Plan {
  /** What the chosen spec asks for, whatever holds it back. */
  wanted: readonly KubernetesObject[];
  /** What is asked for where no name and no address is in conflict. */
  asked: readonly KubernetesObject[];
  /** What is applied; an observed child that is left out is deleted. */
  children: readonly KubernetesObject[];
  /** The server as it is rendered; undefined where no good spec is known. */
  rendered: MCPServer | undefined;
  /** Of the Deployment that is wanted; undefined where the observed one is kept as it is. */
  digest: string | undefined;
  /** What the pods cannot start without and is not there, one sentence each. */
  waiting: readonly string[];
  /** Objects not owned by this server that have a name it needs. */
  conflicts: readonly KubernetesObject[];
  /** The same, of objects that are about to go. */
  terminating: readonly KubernetesObject[];
  /** Which of its addresses other servers have. */
  addresses: Addresses;
  /** Whether pods are held back for want of a runtime image. */
  lacksRuntime: boolean;
  /** What is the matter with how children are applied, and whether anything is held back for it. */
  applied: (ApplyTrouble & { isHeld: boolean }) | undefined;
}

/**
 * Holds back from a plan what must not be applied yet, and tells why. A hold that has nothing to say returns the plan that it
 * was given.
 */
export type Hold = (plan: Plan, view: View) => Plan;

/** What the chosen spec asks for, before anything holds it back. */
export function planOf({ problems, good }: Choice, view: View): Plan {
  const nothing = {
    waiting: [],
    conflicts: [],
    terminating: [],
    addresses: NO_CONFLICTS,
    lacksRuntime: false,
    applied: undefined,
  };
  if (!good) {
    const { request, server, replicas, settings } = view;
    const kept = keptChildren(request, server.metadata.name, replicas, settings);
    return { ...nothing, wanted: kept, asked: kept, children: kept, rendered: undefined, digest: undefined };
  }
  const isKept = problems.length > 0 || view.live.breaches.length > 0;
  const { children, waiting, digest } = rendered(good, view, { isKept });
  return {
    ...nothing,
    wanted: children,
    asked: children,
    children,
    rendered: { ...view.server, spec: good.spec },
    digest,
    // The Secrets of another spec than the live one are not related: that one is not seen says nothing.
    waiting: problems.length === 0 ? waiting : [],
  };
}

/** Whether the Deployment that is wanted is another than the one that is there. */
export function isNew({ digest }: Plan, { deployment }: View): boolean {
  return digest !== deployment?.metadata?.annotations?.[RENDERED];
}

/**
 * The children of a good spec, with what the cluster knows and the spec does not.
 *
 * @param isKept whether the spec is not, or not for itself, the live one: then a second child has it, from which a
 *   Deployment that somebody deletes comes back.
 */
export function rendered(
  good: Prepared,
  { request, deployment, settings }: View,
  { isKept }: { isKept: boolean },
): { children: KubernetesObject[]; waiting: string[]; digest: string | undefined } {
  const { digests, waiting } = dependenciesOf(good.secrets, request, deployment, settings.secretDigestKey);
  let digest: string | undefined;
  const children = good.children.map((child) => {
    if (child.kind === SERVICE.kind) return isKept ? withLastValidSpec(child, good.spec) : child;
    if (child.kind !== DEPLOYMENT.kind) return child;
    const workload = withSecretDigests(child as V1Deployment, digests);
    digest = workload.metadata?.annotations?.[RENDERED];
    return workload as KubernetesObject;
  });
  return { children, waiting, digest };
}
