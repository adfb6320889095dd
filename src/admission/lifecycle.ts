/** What the API server refuses of a container's end, where no one would hear of it. */
import type { Path } from '../api/sites.ts';
import { graceOf } from '../children/lifecycle.ts';
import { invalid, type Rule } from './rule.ts';

/** A sleep counts against the time that the pod has to end. */
export const sleepsEndInTime: Rule = ({ spec }) => {
  const grace = graceOf(spec);
  const { lifecycle } = spec.pod ?? {};
  return (['postStart', 'preStop'] as const).flatMap((hook) => {
    const seconds = lifecycle?.[hook]?.sleep?.seconds ?? 0;
    if (seconds <= grace) return [];
    const path: Path = ['pod', 'lifecycle', hook, 'sleep', 'seconds'];
    return [
      invalid(path, seconds, `must not be more than pod.terminationGracePeriodSeconds, ${grace}: raise that`),
    ];
  });
};
