/** LiteLLM's file as it is to be, and whether it can be written. Where it cannot, the one that is there stays as it is. */
import type { V1ConfigMap } from '@kubernetes/client-node';
import { canonical, digest } from '../../children/canonical.ts';
import {
  FILE_KEY,
  liteLLMConfigMap,
  liteLLMConfigMapName,
  sizeOf,
} from '../../children/catalog/configmap.ts';
import { type LiteLLMServer, liteLLMServers } from '../../children/catalog/litellm.ts';
import { liteLLMFile, serversIn } from '../../children/catalog/litellmfile.ts';
import type { KubernetesObject } from '../contract.ts';
import { keepAsObserved } from '../keep.ts';
import { isFresh, PATIENCE_MS } from '../mcpserver/patience.ts';
import { claims } from '../names.ts';
import type { LeftOut, Selection } from './selection.ts';
import type { View } from './view.ts';

export interface Publication {
  /** What the file has, or is to have. */
  servers: readonly LiteLLMServer[];
  leftOut: readonly LeftOut[];
  /** How many of them the file has that is published, once this answer is applied. */
  published: number;
  /** Digest of the file that is published, once this answer is applied; absent where there is none. */
  hash: string | undefined;
  child: KubernetesObject | undefined;
  /** Why the file is not as it should be; absent where it is, or is being written. */
  trouble?: { reason: string; message: string };
  /** Whether what is observed is what is to be. */
  isWritten: boolean;
  /** Seconds after which to look again for what was asked for. */
  lookAgainAfter: number | undefined;
}

const EMPTY = liteLLMFile([]);
const NOT_WRITTEN = 'NotWritten';

export function publicationOf(selection: Selection, view: View): Publication {
  const { catalog, configMap, settings } = view;
  const { servers, leftOut } = liteLLMServers(selection.entries, catalog.metadata);
  const text = liteLLMFile(servers);
  const child = liteLLMConfigMap(catalog, text);
  const observed = configMap?.data?.[FILE_KEY];
  const common = { servers, leftOut };
  const target = `ConfigMap ${catalog.metadata.namespace}/${liteLLMConfigMapName(catalog)}`;
  const kept = (reason: string, message: string): Publication => ({
    ...common,
    published: serversIn(observed ?? ''),
    hash: observed === undefined ? undefined : digest(observed),
    child: configMap && canonical(keepAsObserved(configMap as KubernetesObject)),
    trouble: { reason, message },
    isWritten: false,
    lookAgainAfter: undefined,
  });

  const { bytes, most } = sizeOf(child, settings);
  if (bytes > most) {
    const stays = observed === undefined ? 'none is made' : `${target} stays as it is`;
    return kept(
      'TooLarge',
      `The file with ${servers.length} servers takes ${bytes} bytes, and a ConfigMap may have ${most}: ${stays}. Select fewer servers: LiteLLM takes its servers from one file alone`,
    );
  }
  if (servers.length === 0 && observed !== undefined && observed !== EMPTY && !catalog.spec.allowEmpty) {
    return kept(
      'Empty',
      `Nothing is left to publish, so ${target} stays as it is: check selector and namespaceSelector, or set allowEmpty to true to have it emptied`,
    );
  }
  const taken = claims(view.request, [child as KubernetesObject]);
  for (const object of [...taken.conflicts, ...taken.terminating]) {
    const next = object.metadata.deletionTimestamp
      ? 'is terminating; its name is used once it is gone'
      : 'is left alone: delete or rename it, or give the MCPCatalog another name';
    return kept('NameTaken', `${target} is not owned by this MCPCatalog and ${next}`);
  }
  const hash = digest(text);
  const isWritten = observed === text;
  const lookAgainAfter = isWritten ? undefined : PATIENCE_MS / 1000;
  const written = {
    ...common,
    published: servers.length,
    hash,
    child: child as KubernetesObject,
    isWritten,
    lookAgainAfter,
  };
  return isWritten || !isRefused(hash, view)
    ? written
    : {
        ...written,
        published: serversIn(observed ?? ''),
        trouble: {
          reason: NOT_WRITTEN,
          message: `${target} was asked for and is not so: the events of this MCPCatalog say why the API server refused it; where they do not, an object not owned by this MCPCatalog has the name`,
        },
      };
}

/** It was asked for by an earlier answer, long enough ago to be seen. Once said, it stays said. */
function isRefused(hash: string, { previous, now }: View): boolean {
  if (previous.litellm?.hash !== hash) return false;
  const said = previous.conditions?.some(({ reason }) => reason === NOT_WRITTEN);
  return said || !isFresh(previous, now);
}

/** @returns whether two ConfigMaps say the same to LiteLLM. */
export function isChanged({ child }: Publication, { configMap }: View): boolean {
  return (child as V1ConfigMap | undefined)?.data?.[FILE_KEY] !== configMap?.data?.[FILE_KEY];
}
