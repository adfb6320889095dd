/** Of which Kubernetes the clusters of a suite are that runs on simulated nodes. */
import { controlPlanes, NEWEST, type Release } from '../cluster/versions.ts';

const { SMOOTH_KUBERNETES = NEWEST } = process.env;
if (!Object.hasOwn(controlPlanes, SMOOTH_KUBERNETES)) {
  throw new Error(
    `SMOOTH_KUBERNETES is one of ${Object.keys(controlPlanes).join(', ')}, not ${SMOOTH_KUBERNETES}`,
  );
}

/** The newest, unless `SMOOTH_KUBERNETES` names another release, such as `v1.31`. */
export const kubernetes = SMOOTH_KUBERNETES as Release;
