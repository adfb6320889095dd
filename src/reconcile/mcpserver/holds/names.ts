/** A name that an object not owned by the server has is left alone, and so is what would work only with it. */
import { type KubernetesObject, kindKey, lookUp } from '../../contract.ts';
import { claims } from '../../names.ts';
import { DEPLOYMENT, EXTERNAL_SECRET, SECRET } from '../kinds.ts';
import type { Hold, Plan } from '../plan.ts';
import type { View } from '../view.ts';
import { accountsAmong } from './account.ts';

export const names: Hold = (plan, view) => {
  // Also the ServiceAccount for which a rollout is held back.
  const named = new Map(
    [...accountsAmong(plan.wanted), ...plan.asked].map((child) => [identity(child), child]),
  );
  const { conflicts, terminating } = claims(view.request, [...named.values(), ...secretsToBe(plan, view)]);
  const others = [...conflicts, ...terminating];
  if (others.length === 0) return plan;
  return { ...plan, conflicts, terminating, children: withoutBlocked(plan.children, others, view) };
};

/** The Secrets that External Secrets would make, and would take over from whoever has them. */
function secretsToBe({ rendered, asked }: Plan, { request, server }: View): KubernetesObject[] {
  if (!rendered) return [];
  const { namespace } = server.metadata;
  return (
    asked
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

function withoutBlocked(
  children: readonly KubernetesObject[],
  others: readonly KubernetesObject[],
  { deployment }: View,
): KubernetesObject[] {
  const blocked = new Set(others.map(identity));
  for (const { kind, metadata } of others) {
    if (kind !== SECRET.kind) continue;
    blocked.add(identity({ kind: EXTERNAL_SECRET.kind, metadata }));
  }
  // Pods with such a Secret would get its values, so the first ones wait until the name is free.
  const unsafe = others.some(({ kind }) => kind === SECRET.kind);
  return children.filter(
    (child) => !blocked.has(identity(child)) && !(unsafe && !deployment && child.kind === DEPLOYMENT.kind),
  );
}

function identity({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.name}`;
}
