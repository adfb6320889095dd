/** MCPCatalog: from the entries of servers to what is published of them. */
import { canonical } from '../../children/canonical.ts';
import { mcpServerRegistration } from '../../children/catalog/registration.ts';
import {
  type Context,
  type KubernetesObject,
  kindKey,
  type SyncRequest,
  type SyncResponse,
} from '../contract.ts';
import { keepAsObserved } from '../keep.ts';
import { clientFilesOf } from './clientfiles.ts';
import { CONFIG_MAP, DEPLOYMENT, ENTRY, POD, SERVICE } from './kinds.ts';
import { publicationOf } from './publication.ts';
import { registrationsOf } from './registrations.ts';
import { registryOf } from './registry.ts';
import { rolloutOf } from './rollout.ts';
import { selectionOf } from './selection.ts';
import { servingOf } from './serving.ts';
import { statusOf, statusOfInvalid } from './status.ts';
import { type View, viewOf } from './view.ts';
import type { Writing } from './writing.ts';

/** Where many servers change at once, so many seconds lie between one writing and the next. */
const PACE_SECONDS = 2;

export function sync(request: SyncRequest, context: Context): SyncResponse {
  const view = viewOf(request, context);
  if (view.problems.length > 0) return { status: statusOfInvalid(view), children: asObserved(view) };
  const { catalog, settings } = view;
  const selection = selectionOf(catalog, Object.values(request.related[kindKey(ENTRY)] ?? {}), settings);
  const publication = catalog.spec.litellm?.file ? publicationOf(selection, view) : undefined;
  const clientFiles = clientFilesOf(selection, view);
  const registry = registryOf(selection, view);
  const writings = [publication, clientFiles, ...(registry?.writings ?? [])].filter(
    (one) => one !== undefined,
  );
  const serving = servingOf(registry, view);
  const wait = secondsToWait(writings, view);
  if (wait > 0) {
    return { status: canonical({ ...view.previous }), children: asObserved(view), resyncAfterSeconds: wait };
  }
  const rollout = publication && rolloutOf(publication, view);
  const registrations = publication ? registrationsOf(selection, publication, rollout, view) : [];
  const written = writings.flatMap(({ child }) => child ?? []);
  const waits = [...writings, ...(rollout ? [rollout] : [])].flatMap((one) => one.lookAgainAfter ?? []);
  return {
    status: statusOf(selection, { publication, clientFiles, registry, serving, rollout }, view),
    children: [...written, ...(serving?.children ?? []), ...registrations, ...(rollout?.children ?? [])],
    ...(waits.length === 0 ? {} : { resyncAfterSeconds: Math.min(...waits) }),
  };
}

/** A first change is written at once, those that follow it together. A change of the catalog itself waits for nothing. */
function secondsToWait(writings: readonly Writing[], view: View): number {
  const { previous, catalog, now } = view;
  if (previous.observedGeneration !== catalog.metadata.generation) return 0;
  const isNew = ({ isWritten, isTold, trouble, observed }: Writing) =>
    !isWritten && !isTold && !trouble && observed !== undefined;
  if (!writings.some(isNew)) return 0;
  const age = (Date.parse(now) - Date.parse(previous.lastUpdated ?? '')) / 1000;
  return age >= 0 && age < PACE_SECONDS ? PACE_SECONDS - age : 0;
}

/** Everything that there is, as it is. */
function asObserved({ request, catalog, registrations }: View): KubernetesObject[] {
  return [
    ...[CONFIG_MAP, SERVICE, DEPLOYMENT, POD].flatMap((kind) =>
      inOrder(request.children[kindKey(kind)] ?? {}).map((one) => canonical(keepAsObserved(one))),
    ),
    ...inOrder(Object.fromEntries(registrations)).map(
      (spec) => mcpServerRegistration(catalog, spec) as KubernetesObject,
    ),
  ];
}

function inOrder<T>(map: Record<string, T>): T[] {
  return Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => one);
}
