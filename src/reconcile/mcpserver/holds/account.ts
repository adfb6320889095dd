/**
 * No change of a spec is a way to the rights of a ServiceAccount not owned by the server: pods that run under another one keep it, with
 * all that they need, where the one that they would get is such a one.
 */
import type { V1Deployment } from '@kubernetes/client-node';
import type { KubernetesObject } from '../../contract.ts';
import { claims } from '../../names.ts';
import { DEPLOYMENT, SERVICE_ACCOUNT } from '../kinds.ts';
import { type Hold, isNew } from '../plan.ts';
import { keepRunning } from './running.ts';

export const account: Hold = (plan, view) => {
  const { conflicts, terminating } = claims(view.request, accountsAmong(plan.children));
  const barred = changesToAccountNotOwned(view.deployment, plan.children, [...conflicts, ...terminating]);
  return barred && isNew(plan, view) ? keepRunning(plan, view) : plan;
};

export function accountsAmong(children: readonly KubernetesObject[]): KubernetesObject[] {
  return children.filter(({ kind }) => kind === SERVICE_ACCOUNT.kind);
}

/**
 * Whether pods that run under another ServiceAccount would come by one of `others`.
 *
 * @param others objects not owned by the server.
 */
export function changesToAccountNotOwned(
  deployment: V1Deployment | undefined,
  children: readonly KubernetesObject[],
  others: readonly KubernetesObject[],
): boolean {
  const workload = children.find(({ kind }) => kind === DEPLOYMENT.kind) as V1Deployment | undefined;
  const [next, present] = [workload, deployment].map((one) => one?.spec?.template?.spec?.serviceAccountName);
  if (!deployment || next === undefined || next === present) return false;
  return accountsAmong(others).some(({ metadata }) => metadata.name === next);
}
