/** The files of MCP clients as they are to be, and what becomes of them. */
import { clientFilesConfigMap } from '../../children/catalog/clientfiles.ts';
import type { Selection } from './selection.ts';
import type { View } from './view.ts';
import { type Writing, writingOf } from './writing.ts';

/** @returns undefined where none are asked for. */
export function clientFilesOf({ entries }: Selection, view: View): Writing | undefined {
  const { catalog, previous } = view;
  if (!catalog.spec.clientFiles) return undefined;
  return writingOf(
    {
      child: clientFilesConfigMap(catalog, entries),
      servers: entries.length,
      what: 'The set of client files',
      lessOfIt: 'Select fewer servers, or name fewer clients',
      told: previous.clientFiles?.hash,
    },
    view,
  );
}
