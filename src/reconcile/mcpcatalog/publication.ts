/** LiteLLM's file as it is to be, and what becomes of it. */
import { FILE_KEY, liteLLMConfigMap } from '../../children/catalog/configmap.ts';
import { type LiteLLMServer, liteLLMServers } from '../../children/catalog/litellm.ts';
import { liteLLMFile, serversIn } from '../../children/catalog/litellmfile.ts';
import type { LeftOut, Selection } from './selection.ts';
import type { View } from './view.ts';
import { type Writing, writingOf } from './writing.ts';

export interface Publication extends Writing {
  /** What the file has, or is to have. */
  servers: readonly LiteLLMServer[];
  leftOut: readonly LeftOut[];
  /** How many of them the file has that is published, once this answer is applied. */
  published: number;
}

export function publicationOf(selection: Selection, view: View): Publication {
  const { catalog, previous } = view;
  const { servers, leftOut } = liteLLMServers(selection.entries, catalog.metadata);
  const writing = writingOf(
    {
      child: liteLLMConfigMap(catalog, liteLLMFile(servers)),
      servers: servers.length,
      what: 'The file',
      lessOfIt: 'Select fewer servers: LiteLLM takes its servers from one file alone',
      told: previous.litellm?.hash,
    },
    view,
  );
  const published = writing.trouble ? serversIn(writing.observed?.[FILE_KEY] ?? '') : servers.length;
  return { ...writing, servers, leftOut, published };
}
