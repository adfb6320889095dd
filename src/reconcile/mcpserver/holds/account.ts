/**
 * No pod gets the rights of a ServiceAccount not owned by the server that has the name of the server's own. Until that one is
 * seen, the first pods and their Service are not made, and those that run under another one keep it, with all that they need.
 */
import { type KubernetesObject, lookUp } from '../../contract.ts';
import { claims } from '../../names.ts';
import { relatesNames } from '../customize.ts';
import { DEPLOYMENT, SERVICE, SERVICE_ACCOUNT } from '../kinds.ts';
import { type Hold, isNew, type Plan } from '../plan.ts';
import type { View } from '../view.ts';
import { keepRunning, withDeploymentAsObserved } from './running.ts';

export const account: Hold = (plan, view) => {
  if (!mayGetAnothers(plan.children, view)) return plan;
  // A Deployment that somebody deletes meanwhile comes back as it was.
  const isRunning = view.deployment !== undefined || view.lastValid() !== undefined;
  const kept = isRunning && isNew(plan, view) ? withAccountsOf(plan, keepRunning(plan, view)) : plan;
  // There may be no last good spec, or one that leads there as well.
  if (!mayGetAnothers(kept.children, view)) return kept;
  const children = withDeploymentAsObserved(kept.children, view.deployment, view.replicas);
  return { ...kept, children: view.deployment ? children : withoutNewService(children, view) };
};

/** A Service without pods serves nobody. Made together with them, its coming is no sync of its own. */
function withoutNewService(children: readonly KubernetesObject[], { request }: View): KubernetesObject[] {
  const isThere = (child: KubernetesObject) =>
    lookUp(request.children, child, child.metadata.namespace ?? '', child.metadata.name) !== undefined;
  return children.filter((child) => child.kind !== SERVICE.kind || isThere(child));
}

export function accountsAmong(children: readonly KubernetesObject[]): KubernetesObject[] {
  return children.filter(({ kind }) => kind === SERVICE_ACCOUNT.kind);
}

/** The server's own is asked for all the same: else it would never be seen. */
function withAccountsOf({ children }: Plan, kept: Plan): Plan {
  const there = new Set(accountsAmong(kept.children).map(({ metadata }) => metadata.name));
  const asked = accountsAmong(children).filter(({ metadata }) => !there.has(metadata.name));
  return { ...kept, children: [...asked, ...kept.children] };
}

/** Whether pods, the first ones too, would come by a ServiceAccount that may not be the server's own. */
function mayGetAnothers(children: readonly KubernetesObject[], view: View): boolean {
  const next = accountOf(children.find(({ kind }) => kind === DEPLOYMENT.kind));
  const own = accountsAmong(children).find(({ metadata }) => metadata.name === next);
  if (!own || next === accountOf(view.deployment as KubernetesObject | undefined)) return false;
  return mayBeAnothers(own, view);
}

function mayBeAnothers(child: KubernetesObject, { request, settings }: View): boolean {
  const { namespace = '', name } = child.metadata;
  if (!relatesNames(settings)) return !lookUp(request.children, child, namespace, name);
  const { conflicts, terminating } = claims(request, [child]);
  return conflicts.length + terminating.length > 0;
}

function accountOf(deployment: KubernetesObject | undefined): string | undefined {
  const spec = deployment?.spec as { template?: { spec?: { serviceAccountName?: string } } } | undefined;
  return spec?.template?.spec?.serviceAccountName;
}
