/** What is published in a registry as it is to be, and what becomes of it. */
import type { V1ConfigMap } from '@kubernetes/client-node';
import { type RegistryDocument, readRegistryDocument } from '../../api/registrydocument.ts';
import { canonical, digest } from '../../children/canonical.ts';
import {
  REGISTRY_KEY,
  registryConfigMapNames,
  registryConfigMaps,
} from '../../children/catalog/registryfiles.ts';
import { registryDocument, registryServers } from '../../children/catalog/serverjson.ts';
import { type KubernetesObject, lookUp } from '../contract.ts';
import { keepAsObserved } from '../keep.ts';
import { CONFIG_MAP } from './kinds.ts';
import type { Selection } from './selection.ts';
import type { View } from './view.ts';
import { EMPTY_REASON, type Writing, writingOf } from './writing.ts';

export interface Registry {
  writings: readonly Writing[];
  /** How many servers it has, and how many of those selected have no address that it takes. */
  servers: number;
  without: number;
  /** Digest of what is published, times aside, and when that last changed. */
  hash: string;
  changedAt: string;
}

/** A time that tells nothing. */
export const NO_TIME = '1970-01-01T00:00:00Z';

/** @returns undefined where none is asked for. */
export function registryOf({ entries }: Selection, view: View): Registry | undefined {
  const { catalog, previous, now } = view;
  const { registry } = catalog.spec;
  if (!registry) return undefined;
  const maps = registryConfigMapNames(catalog).flatMap(
    (name) => lookUp(view.request.children, CONFIG_MAP, catalog.metadata.namespace, name) ?? [],
  );
  const unpublished = registryServers(entries, registry);
  const hash = digest(canonical(unpublished));
  const isTold = previous.registry?.hash === hash;
  // Until it is seen, the time is that of the first answer that asked for it.
  const changedAt = (isTold ? previous.registry?.changedAt : undefined) ?? now;
  const servers = unpublished.length;
  const common = { servers, without: entries.length - servers, hash, changedAt };

  const before = published(maps);
  const isEmptied = entries.length === 0 && before.servers.some(({ status }) => status === 'active');
  if (isEmptied && !catalog.spec.allowEmpty) {
    const { hash = '', changedAt = NO_TIME, servers = 0 } = previous.registry ?? {};
    return { writings: maps.map(kept), servers, without: 0, hash, changedAt };
  }
  const document = registryDocument(unpublished, before, changedAt);
  const writings = registryConfigMaps(catalog, document).map((child) =>
    writingOf(
      {
        child,
        // None of them is empty by a slip: that is looked at above, of all of them.
        servers: undefined,
        what: 'A part of the registry',
        lessOfIt: 'Select fewer servers',
        told: isTold ? digest(child.data) : undefined,
      },
      view,
    ),
  );
  return { ...common, writings };
}

/** What somebody has made unreadable counts for nothing: its servers are published anew. */
function published(maps: readonly KubernetesObject[]): RegistryDocument {
  const documents = maps.map((map) => readRegistryDocument((map as V1ConfigMap).data?.[REGISTRY_KEY] ?? ''));
  return { servers: documents.flatMap((one) => ('document' in one ? one.document.servers : [])) };
}

function kept(map: KubernetesObject): Writing {
  const observed = canonical((map as V1ConfigMap).data ?? {});
  return {
    child: canonical(keepAsObserved(map)),
    observed,
    hash: digest(observed),
    trouble: {
      reason: EMPTY_REASON,
      message:
        'Nothing is left to publish, so the registry stays as it is: check selector and namespaceSelector, or set allowEmpty to true to have it emptied',
    },
    isWritten: false,
    isTold: true,
    lookAgainAfter: undefined,
  };
}
