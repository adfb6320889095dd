/** Which of the servers that a catalog is shown it publishes, and why not the others. */

import { mayRead } from '../../admission/policy.ts';
import type { Entry } from '../../api/entry.ts';
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import type { MCPServerEntrySpec } from '../../api/mcpserverentry.ts';
import { bySource } from '../../children/catalog/names.ts';
import type { RenderSettings } from '../../settings.ts';
import type { KubernetesObject } from '../contract.ts';

/** A server that is selected and not published. */
export interface LeftOut {
  entry: Entry;
  reason: 'NotReady' | 'NotVerified' | 'NameConflict' | 'Refused';
  message: string;
}

export interface Selection {
  /** What can be published, by source. */
  entries: readonly Entry[];
  leftOut: readonly LeftOut[];
  /** Of all that are selected, those that want to be told what becomes of them. */
  autoRegistered: readonly Entry[];
  /** How many the policy does not let the catalog read: it says nothing more of them. */
  forbidden: number;
}

/** @param objects the MCPServerEntries that its selectors select, in any order. */
export function selectionOf(
  catalog: MCPCatalog,
  objects: Iterable<KubernetesObject>,
  settings: RenderSettings,
): Selection {
  const allows = mayRead(catalog, settings.policy);
  const { requires } = catalog.spec;
  const [needsReady, needsVerified] = [requires.includes('Ready'), requires.includes('Verified')];
  const entries = remoteEntries(catalog);
  const leftOut: LeftOut[] = [];
  const autoRegistered: Entry[] = [];
  let forbidden = 0;
  for (const { metadata, spec: given } of objects) {
    const spec = given as MCPServerEntrySpec;
    // Of a server that is being deleted, which leaves at once.
    if (metadata.deletionTimestamp) continue;
    if (!allows(metadata.namespace!)) {
      forbidden++;
      continue;
    }
    const entry = entryOf(metadata, spec);
    if (spec.autoRegister) autoRegistered.push(entry);
    if (needsReady && !spec.ready) {
      leftOut.push({ entry, reason: 'NotReady', message: 'The server is not Ready: its status says why' });
    } else if (needsVerified && spec.verified !== 'True' && spec.verified !== 'Absent') {
      leftOut.push({
        entry,
        reason: 'NotVerified',
        message: 'The server is not Verified: that condition of its status says why',
      });
    } else entries.push(entry);
  }
  return {
    entries: entries.sort(bySource),
    leftOut: leftOut.sort((a, b) => bySource(a.entry, b.entry)),
    autoRegistered: autoRegistered.sort(bySource),
    forbidden,
  };
}

function entryOf(metadata: KubernetesObject['metadata'], spec: MCPServerEntrySpec): Entry {
  const { url, publicUrl, transport, description, version, created } = spec;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return {
    namespace: metadata.namespace!,
    name: metadata.name,
    url,
    transport,
    allowedUserGroups: inOrder(spec.allowedUserGroups),
    allowedTools: inOrder(spec.allowedTools),
    ...(owner ? { uid: owner.uid } : {}),
    ...(created === undefined ? {} : { created }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(description === undefined ? {} : { description }),
    ...(version === undefined ? {} : { version }),
  };
}

function remoteEntries({ spec }: MCPCatalog): Entry[] {
  return (spec.servers ?? []).map(({ name, url, transport, description, auth, ...allowed }) => ({
    name,
    url,
    transport,
    allowedUserGroups: inOrder(allowed.allowedUserGroups),
    allowedTools: inOrder(allowed.allowedTools),
    ...(description === undefined ? {} : { description }),
    ...(auth ? { auth: { type: auth.type, secret: auth.secretKeyRef } } : {}),
  }));
}

function inOrder(list: readonly string[] = []): string[] {
  return list.length < 2 ? [...list] : [...new Set(list)].sort();
}
