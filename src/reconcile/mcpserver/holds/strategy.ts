/**
 * Where children are applied otherwise than the setting says, or than before, nothing is done that could not be undone: first
 * the old spec stays, before anything else is held back from it, and in the end nothing is made that is not there.
 */
import { canonical } from '../../../children/canonical.ts';
import { lookUp } from '../../contract.ts';
import { type Hold, isNew } from '../plan.ts';
import type { Prepared } from '../prepare.ts';
import type { View } from '../view.ts';
import { keepRunning } from './running.ts';

export const oldSpec: Hold = (plan, view) => {
  const trouble = view.applyTrouble;
  if (!trouble) return plan;
  const before = trouble.keepsSpec ? view.lastValid() : undefined;
  const isHeld = before !== undefined && (isNew(plan, view) || !isSame(before, view));
  return { ...(isHeld ? keepRunning(plan, view) : plan), applied: { ...trouble, isHeld } };
};

export const nothingNew: Hold = (plan, { request }) => {
  if (!plan.applied?.makesNothing) return plan;
  const children = plan.children.filter((child) =>
    lookUp(request.children, child, child.metadata.namespace ?? '', child.metadata.name),
  );
  const isHeld = plan.applied.isHeld || children.length < plan.children.length;
  return { ...plan, children, applied: { ...plan.applied, isHeld } };
};

/** The number of pods is no part of what was good. */
function isSame(before: Prepared, { live }: View): boolean {
  const text = ({ spec: { replicas: _, ...spec } }: Prepared) => JSON.stringify(canonical(spec));
  return text(before) === text(live);
}
