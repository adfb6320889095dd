/** Writes a parent's status as Metacontroller does: whole, with its generation, and only where it says something new. */
import { isDeepStrictEqual } from 'node:util';
import { MANAGER } from '../children/identity.ts';
import type { Client, StoredObject } from './client.ts';
import { type Kind, pathOf } from './kinds.ts';

/**
 * @param parent as it was when the status was made: the API server refuses (409) where it has changed since.
 * @returns the parent with its new status; undefined where it had it already.
 */
export async function writeStatus(
  client: Client,
  kind: Kind,
  parent: StoredObject,
  answer: Record<string, unknown>,
): Promise<StoredObject | undefined> {
  const { namespace, name, generation } = parent.metadata;
  const status = JSON.parse(JSON.stringify({ ...answer, observedGeneration: generation }));
  if (isDeepStrictEqual(status, parent.status)) return undefined;
  return client.request<StoredObject>('PUT', `${pathOf(kind, namespace, name)}/status`, {
    query: { fieldManager: MANAGER },
    body: { ...parent, status },
  });
}
