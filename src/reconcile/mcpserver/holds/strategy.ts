/**
 * Where the setting says dynamic apply and Metacontroller applies server-side, nothing is made: nobody has looked whether an
 * object not owned by the server has a name, and it would be written into.
 */
import { lookUp } from '../../contract.ts';
import { strategySeen } from '../applied.ts';
import type { Hold } from '../plan.ts';

export const strategy: Hold = (plan, { request, settings }) => {
  const seen = strategySeen(request.children);
  if (settings.applyStrategy === '' || seen === '' || seen === settings.applyStrategy) return plan;
  const differs = { setting: settings.applyStrategy, seen };
  if (seen === 'dynamic-apply') return { ...plan, differs };
  const children = plan.children.filter((child) =>
    lookUp(request.children, child, child.metadata.namespace ?? '', child.metadata.name),
  );
  return { ...plan, differs, children };
};
