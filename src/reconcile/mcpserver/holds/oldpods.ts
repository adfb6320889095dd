/** Old pods may serve for long, and be made anew on another node: what they refer to goes when they do. */
import { canonical } from '../../../children/canonical.ts';
import { kindKey } from '../../contract.ts';
import { keepAsObserved } from '../../keep.ts';
import { inOrder } from '../kept.ts';
import { CONFIG_MAP, EXTERNAL_SECRET, SERVICE_ACCOUNT } from '../kinds.ts';
import type { Hold } from '../plan.ts';
import { progressOf } from '../rollout.ts';

export const oldPods: Hold = (plan, view) => {
  if (!view.deployment || progressOf(plan, view).stage === 'complete') return plan;
  const there = new Set(plan.children.map((child) => `${kindKey(child)} ${child.metadata.name}`));
  const needed = [SERVICE_ACCOUNT, CONFIG_MAP, EXTERNAL_SECRET]
    .flatMap((kind) => inOrder(view.request.children[kindKey(kind)]))
    .filter((child) => !there.has(`${kindKey(child)} ${child.metadata.name}`))
    .map((child) => canonical(keepAsObserved(child)));
  return needed.length > 0 ? { ...plan, children: [...needed, ...plan.children] } : plan;
};
