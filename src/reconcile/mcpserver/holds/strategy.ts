/**
 * Where the setting says dynamic apply and Metacontroller applies server-side, nothing is made: nobody has looked whether an
 * object not owned by the server has a name, and it would be written into. Where children have been applied in both ways, a
 * new spec waits: of the old one more would stay than the pods can run with.
 */
import { lookUp } from '../../contract.ts';
import { managedTwice, strategySeen } from '../applied.ts';
import { type Hold, isNew, type Plan } from '../plan.ts';
import type { View } from '../view.ts';
import { keepRunning } from './running.ts';

export const strategy: Hold = (plan, view) => withManagers(withoutWrongStrategy(plan, view), view);

function withManagers(plan: Plan, view: View): Plan {
  const twice = managedTwice(view.request.children);
  if (twice.length === 0) return plan;
  const kept = view.deployment && isNew(plan, view) ? keepRunning(plan, view) : plan;
  return { ...kept, managedTwice: twice };
}

function withoutWrongStrategy(plan: Plan, { request, settings }: View): Plan {
  const seen = strategySeen(request.children);
  if (settings.applyStrategy === '' || seen === '' || seen === settings.applyStrategy) return plan;
  const differs = { setting: settings.applyStrategy, seen };
  if (seen === 'dynamic-apply') return { ...plan, differs };
  const children = plan.children.filter((child) =>
    lookUp(request.children, child, child.metadata.namespace ?? '', child.metadata.name),
  );
  return { ...plan, differs, children };
}
