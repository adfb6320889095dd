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
    if (isWritten) return registeredAs(published.get(source)!, digested, view);
    if (before?.state === 'Registered' && before.entry === digested) return before;
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

function registeredAs({ name }: LiteLLMServer, entry: string, { catalog }: View): Told {
  const { namespace } = catalog.metadata;
  return {
    state: 'Registered',
    message: `${name} in ConfigMap ${namespace}/${liteLLMConfigMapName(catalog)}, which LiteLLM reads when it starts`,
    entry,
  };
}

function leftOutAs({ reason, message }: LeftOut): Told {
  return { state: reason === 'Refused' ? 'ApplyFailed' : reason, message };
}
