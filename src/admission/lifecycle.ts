/** What the API server refuses of a container's start and end, where no one would hear of it. */
import type { Path } from '../api/sites.ts';
import { graceOf } from '../children/lifecycle.ts';
import { invalid, type Rule } from './rule.ts';

/** A sleep counts against the time that the pod has to end. */
export const sleepsEndInTime: Rule = ({ spec }) => {
  const grace = graceOf(spec);
  const { lifecycle, sidecars = [] } = spec.pod ?? {};
  const all: [Path, typeof lifecycle | (typeof sidecars)[number]['lifecycle']][] = [
    [['pod', 'lifecycle'], lifecycle],
    ...sidecars.map((one, index): [Path, typeof one.lifecycle] => [
      ['pod', 'sidecars', index, 'lifecycle'],
      one.lifecycle,
    ]),
  ];
  return all.flatMap(([path, given]) =>
    (['postStart', 'preStop'] as const).flatMap((hook) => {
      const seconds = given?.[hook]?.sleep?.seconds ?? 0;
      if (seconds <= grace) return [];
      const detail = `must not be more than pod.terminationGracePeriodSeconds, ${grace}: raise that`;
      return [invalid([...path, hook, 'sleep', 'seconds'], seconds, detail)];
    }),
  );
};
