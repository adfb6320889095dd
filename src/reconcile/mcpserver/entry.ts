/**
 * Whether a server has an entry for catalogs, and what it says. It comes with the first answer that is Ready, and stays with
 * the server. It moves only when something that is published does: what is on its way, and what comes back within the grace,
 * leaves it as it is.
 */

import type { MCPServer, MCPServerStatus } from '../../api/mcpserver.ts';
import { type MCPServerEntrySpec, mcpServerEntryResource } from '../../api/mcpserverentry.ts';
import { validatorOf } from '../../api/validate.ts';
import { mcpServerEntry } from '../../children/entry.ts';
import { type KubernetesObject, lookUp } from '../contract.ts';
import { ENTRY } from './kinds.ts';
import { IS_COMING, VERIFIED } from './verification.ts';
import type { View } from './view.ts';

export interface Entry {
  /** None where the server has never been Ready, or catalogs are not served. */
  children: readonly KubernetesObject[];
  /** Seconds until the grace is over. */
  lookAgainAfter: number | undefined;
}

const NO_ENTRY: Entry = { children: [], lookAgainAfter: undefined };
/** Reasons for which nobody asks the server what it is. */
const NOT_ASKED_AT_ALL: ReadonlySet<string> = new Set(['Off', 'NoRuntimeImage', 'PodsNotWatched']);
const validator = validatorOf(mcpServerEntryResource);

/**
 * @param rendered the server as it is rendered; undefined where no good spec is known.
 * @param status the one that this sync answers with.
 */
export function entryOf(rendered: MCPServer | undefined, view: View, status: MCPServerStatus): Entry {
  const { settings, request, server, now } = view;
  if (!settings.features.has(ENTRY.feature!)) return NO_ENTRY;
  const { name, namespace } = server.metadata;
  const object = lookUp(request.children, ENTRY, namespace, name);
  const observed = object && specOf(object);
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const verified = verifiedIn(status);
  const answers = ready?.status === 'True';
  if (!observed && (!rendered || !answers || verified === 'Coming')) return NO_ENTRY;

  const over = Date.parse(ready?.lastTransitionTime ?? now) + settings.catalogGraceSeconds * 1000;
  const left = answers || !observed?.ready ? 0 : Math.ceil((over - Date.parse(now)) / 1000);
  const seen = {
    ready: answers || left > 0,
    verified: verified === 'Coming' ? observed!.verified : verified,
    // An address stands in the status only while it answers.
    publicUrl: answers ? status.endpoints?.public : observed?.publicUrl,
    version: status.server?.version || undefined,
  };
  const child = rendered
    ? mcpServerEntry(rendered, seen, settings)
    : { ...bare(object!), spec: { ...observed, ready: seen.ready } };
  return { children: [child as KubernetesObject], lookAgainAfter: left > 0 ? left : undefined };
}

/** Whoever may write entries may write anything that the CRD allows, and that has changed before. */
function specOf(object: KubernetesObject): MCPServerEntrySpec | undefined {
  return validator.validate(object).length === 0 ? (object.spec as MCPServerEntrySpec) : undefined;
}

function bare({ apiVersion, kind, metadata }: KubernetesObject): Omit<KubernetesObject, 'spec'> {
  const { 'controller-uid': _, ...labels } = metadata.labels ?? {};
  return {
    apiVersion,
    kind,
    metadata: { labels, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) },
  };
}

/** What is not known yet is on its way: it says nothing against what is published. */
function verifiedIn({ conditions }: MCPServerStatus): MCPServerEntrySpec['verified'] | 'Coming' {
  const condition = conditions?.find(({ type }) => type === VERIFIED);
  if (!condition || NOT_ASKED_AT_ALL.has(condition.reason)) return 'Absent';
  return condition.status === 'Unknown' && IS_COMING.has(condition.reason) ? 'Coming' : condition.status;
}
