/** What each server that wants to be in LiteLLM is told. */
import type { Entry } from '../../api/entry.ts';
import type { MCPServerRegistrationSpec } from '../../api/mcpserverregistration.ts';
import { canonical, digest } from '../../children/canonical.ts';
import { liteLLMConfigMapName } from '../../children/catalog/configmap.ts';
import type { LiteLLMServer } from '../../children/catalog/litellm.ts';
import { sourceOf } from '../../children/catalog/names.ts';
import { mcpServerRegistration } from '../../children/catalog/registration.ts';
import type { KubernetesObject } from '../contract.ts';
import type { Publication } from './publication.ts';
import type { Rollout } from './rollout.ts';
import type { LeftOut, Selection } from './selection.ts';
import type { View } from './view.ts';

type Told = Pick<MCPServerRegistrationSpec, 'state' | 'message' | 'entry'>;

/**
 * Nothing is said of what is being written until it is seen. Where it cannot be written, what LiteLLM has already stays as it
 * was said.
 */
export function registrationsOf(
  selection: Selection,
  publication: Publication,
  rollout: Rollout | undefined,
  view: View,
): KubernetesObject[] {
  const { catalog, registrations } = view;
  const { servers, isWritten, trouble } = publication;
  const published = new Map(servers.map((server) => [server.mcp_info.source, server]));
  const leftOut = new Map(
    [...selection.leftOut, ...publication.leftOut].map((one) => [sourceOf(one.entry), one]),
  );
  const told = (entry: Entry): Told | undefined => {
    const source = sourceOf(entry);
    const before = registrations.get(source);
    if (!isWritten && !trouble) return before;
    const out = leftOut.get(source);
    if (out) return trouble && before?.state === 'Registered' ? before : leftOutAs(out);
    const digested = digest(canonical(published.get(source)!));
    const isKnown = before?.state === 'Registered' && before.entry === digested;
    if (isKnown && rollout?.isApplied === false) return before;
    if (isWritten) return writtenAs(published.get(source)!, digested, rollout, view);
    if (isKnown) return before;
    return { state: 'ApplyFailed', message: trouble!.message.slice(0, LONGEST) };
  };
  return selection.autoRegistered.flatMap((entry) => {
    const now = told(entry);
    if (!now) return [];
    const { state, message, entry: digested } = now;
    return mcpServerRegistration(catalog, {
      catalog: catalog.metadata.name,
      serverNamespace: entry.namespace!,
      serverName: entry.name,
      state,
      message,
      ...(digested === undefined ? {} : { entry: digested }),
    }) as KubernetesObject;
  });
}

const LONGEST = 1024;

function writtenAs(
  { name }: LiteLLMServer,
  entry: string,
  rollout: Rollout | undefined,
  { catalog }: View,
): Told {
  const { namespace } = catalog.metadata;
  const file = `${name} in ConfigMap ${namespace}/${liteLLMConfigMapName(catalog)}`;
  switch (rollout?.isApplied) {
    case true:
      return { state: 'Registered', message: `${file}, which LiteLLM has loaded`, entry };
    case false:
      return { state: 'Pending', message: `${file}, which LiteLLM has yet to load`, entry };
    default:
      return { state: 'Registered', message: `${file}, which LiteLLM reads when it starts`, entry };
  }
}

function leftOutAs({ reason, message }: LeftOut): Told {
  return { state: reason === 'Refused' ? 'ApplyFailed' : reason, message };
}
