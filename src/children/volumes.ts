/** Volumes of a server's pods. */
import type { V1Volume } from '@kubernetes/client-node';
import type { MCPServerSpec } from '../api/mcpserver.ts';
import { canonicalQuantity } from '../api/quantity.ts';

/**
 * The user's volumes as the API server stores them: sizes in canonical form, and its defaults spelled out in
 * `projected.sources`, a list without a key that dynamic apply replaces whole.
 */
export function volumes(given: NonNullable<MCPServerSpec['pod']>['volumes']): V1Volume[] {
  return (given ?? []).map(({ emptyDir, projected, ...volume }): V1Volume => {
    if (emptyDir) {
      const sizeLimit = emptyDir.sizeLimit === undefined ? undefined : canonicalQuantity(emptyDir.sizeLimit);
      return { ...volume, emptyDir: { ...emptyDir, sizeLimit } };
    }
    if (!projected) return volume;
    const sources = projected.sources.map(({ serviceAccountToken, downwardAPI, ...source }) => ({
      ...source,
      serviceAccountToken: serviceAccountToken && { expirationSeconds: 3600, ...serviceAccountToken },
      downwardAPI: downwardAPI && {
        items: downwardAPI.items?.map((item) => ({
          ...item,
          fieldRef: { apiVersion: 'v1', ...item.fieldRef },
        })),
      },
    }));
    return { ...volume, projected: { ...projected, sources } };
  });
}
