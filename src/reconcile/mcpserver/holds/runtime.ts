/**
 * Pods whose bridge would come from the runtime image are not made while no setting names that image: what runs stays, and
 * everything else is made.
 */
import { isBridged } from '../../../children/transport.ts';
import type { Hold } from '../plan.ts';
import { keepRunning, withDeploymentAsObserved } from './running.ts';

export const runtime: Hold = (plan, view) => {
  const { rendered } = plan;
  if (!rendered || !isBridged(rendered) || view.settings.runtimeImage !== '') return plan;
  const before = view.deployment && view.lastValid();
  const isKept = before !== undefined && !isBridged(before);
  const kept = isKept ? keepRunning(plan, view) : plan;
  // What runs may be a bridge, of a time when there was an image.
  const children = isKept
    ? kept.children
    : withDeploymentAsObserved(plan.children, view.deployment, view.replicas);
  return { ...kept, children, lacksRuntime: true };
};
