/** A ConfigMap as it is to be, and whether it can be written. Where it cannot, the one that is there stays as it is. */
import type { V1ConfigMap } from '@kubernetes/client-node';
import { canonical, digest } from '../../children/canonical.ts';
import { sizeOf } from '../../children/catalog/configmap.ts';
import { type KubernetesObject, lookUp } from '../contract.ts';
import { keepAsObserved } from '../keep.ts';
import { isFresh, PATIENCE_MS } from '../mcpserver/patience.ts';
import { claims } from '../names.ts';
import { CONFIG_MAP } from './kinds.ts';
import type { View } from './view.ts';

export interface Writing {
  /** What is to be there, or stays; undefined where there is nothing that could. */
  child: KubernetesObject | undefined;
  /** The data that is observed; undefined where there is none. */
  observed: Record<string, string> | undefined;
  /** Digest of the data that is published, once this answer is applied; absent where there is none. */
  hash: string | undefined;
  /** Why it is not as it should be; absent where it is, or is being written. */
  trouble?: { reason: string; message: string };
  /** Whether what is observed is what is to be. */
  isWritten: boolean;
  /** Whether the status tells of it already. */
  isTold: boolean;
  /** Seconds after which to look again for what was asked for. */
  lookAgainAfter: number | undefined;
}

export interface Wish {
  child: V1ConfigMap;
  /** How many servers it has; undefined where it may be emptied. */
  servers: number | undefined;
  /** What it is, and what to do where it is too large: `The file`, `Select fewer servers`. */
  what: string;
  lessOfIt: string;
  /** The hash that the status tells of it. */
  told: string | undefined;
}

export const EMPTY_REASON = 'Empty';
const NOT_WRITTEN = 'NotWritten';

export function targetOf({ metadata }: V1ConfigMap): string {
  return `ConfigMap ${metadata!.namespace}/${metadata!.name}`;
}

export function writingOf({ child, servers, what, lessOfIt, told }: Wish, view: View): Writing {
  const { catalog, request, settings } = view;
  const { namespace, name } = child.metadata!;
  const object = lookUp(request.children, CONFIG_MAP, namespace!, name!) as V1ConfigMap | undefined;
  const observed = object && canonical(object.data ?? {});
  const target = targetOf(child);
  const kept = (reason: string, message: string): Writing => ({
    child: object && canonical(keepAsObserved(object as KubernetesObject)),
    observed,
    hash: observed && digest(observed),
    trouble: { reason, message },
    isWritten: false,
    isTold: true,
    lookAgainAfter: undefined,
  });

  const hash = digest(child.data);
  const isWritten = observed !== undefined && digest(observed) === hash;
  const { bytes, most } = sizeOf(child, settings);
  if (bytes > most) {
    const stays = observed === undefined ? 'none is made' : `${target} stays as it is`;
    return kept(
      'TooLarge',
      `${what}${servers === undefined ? '' : ` with ${servers} servers`} takes ${bytes} bytes, and a ConfigMap may have ${most}: ${stays}. ${lessOfIt}`,
    );
  }
  if (servers === 0 && observed !== undefined && !isWritten && !catalog.spec.allowEmpty) {
    return kept(
      EMPTY_REASON,
      `Nothing is left to publish, so ${target} stays as it is: check selector and namespaceSelector, or set allowEmpty to true to have it emptied`,
    );
  }
  const taken = claims(request, [child as KubernetesObject]);
  for (const other of [...taken.conflicts, ...taken.terminating]) {
    const next = other.metadata.deletionTimestamp
      ? 'is terminating; its name is used once it is gone'
      : 'is left alone: delete or rename it, or give the MCPCatalog another name';
    return kept('NameTaken', `${target} is not owned by this MCPCatalog and ${next}`);
  }
  return {
    child: child as KubernetesObject,
    observed,
    hash,
    isWritten,
    isTold: told === hash,
    lookAgainAfter: isWritten ? undefined : PATIENCE_MS / 1000,
    ...(!isWritten && isRefused(hash, told, view) && { trouble: notWritten(target) }),
  };
}

/** It was asked for by an earlier answer, long enough ago to be seen. Once said, it stays said. */
function isRefused(hash: string, told: string | undefined, { previous, now }: View): boolean {
  if (told !== hash) return false;
  const said = previous.conditions?.some(({ reason }) => reason === NOT_WRITTEN);
  return said || !isFresh(previous, now);
}

function notWritten(target: string): Writing['trouble'] {
  return {
    reason: NOT_WRITTEN,
    message: `${target} was asked for and is not so: the events of this MCPCatalog say why the API server refused it; where they do not, an object not owned by this MCPCatalog has the name`,
  };
}
