/** The door: what a write to an MCPServer, or to its scale, is told before it is stored. */
import { adviceFor } from '../../admission/advice.ts';
import { scaleRules } from '../../admission/policy.ts';
import { ratchet } from '../../admission/ratchet.ts';
import type { Verdict } from '../../admission/review.ts';
import type { MCPServer } from '../../api/mcpserver.ts';
import type { Problem } from '../../api/problem.ts';
import type { RenderSettings } from '../../settings.ts';
import type { KubernetesObject } from '../contract.ts';
import { consider } from './prepare.ts';

/**
 * Judges as the sync does, which does not depend on this; only sooner, and where somebody reads it.
 *
 * @param before the object that an update replaces: what was wrong with it already is a warning.
 */
export function admit(
  object: KubernetesObject,
  before: KubernetesObject | undefined,
  settings: RenderSettings,
): Verdict {
  // Whatever takes away a finalizer must not be stopped.
  if (object.metadata.deletionTimestamp) return { problems: [], warnings: [] };
  const now = judge(object, settings);
  const { brought, left } = ratchet(now.problems, before ? judge(before, settings).problems : []);
  const tolerated = left.map(({ path, detail }) => ({
    path,
    detail: `${detail} (as before, so it is let through${now.isSound ? '; what does not run with it is not rolled out' : ', and nothing of it is rolled out'})`,
  }));
  return { problems: brought, warnings: [...tolerated, ...(brought.length > 0 ? [] : now.advice)] };
}

/** Of the scale subresource nothing but the number can be judged. */
export function admitScale(
  scale: KubernetesObject,
  before: KubernetesObject | undefined,
  settings: RenderSettings,
): Verdict {
  // A zero may be left out.
  const problemsOf = ({ metadata, spec }: KubernetesObject) =>
    scaleRules.flatMap((rule) =>
      rule({ metadata, spec: { replicas: 0, ...(spec as object) } } as MCPServer, settings),
    );
  const { brought, left } = ratchet(problemsOf(scale), before ? problemsOf(before) : []);
  return { problems: brought, warnings: left };
}

function judge(
  object: KubernetesObject,
  settings: RenderSettings,
): { problems: readonly Problem[]; advice: readonly Problem[]; isSound: boolean } {
  // Of what the schema does not allow the policy cannot be asked, and the sync does not roll it out either.
  const { spec, sound, problems, breaches } = consider(object as unknown as MCPServer, settings);
  return {
    problems: [...problems, ...breaches],
    advice: sound ? adviceFor({ ...(object as unknown as MCPServer), spec }, settings) : [],
    isSound: sound,
  };
}
