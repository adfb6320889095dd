/**
 * Entries as LiteLLM has them, for its file and its API alike. Each is judged as strictly as LiteLLM does: one bad entry in the
 * file keeps the whole proxy from starting. What it refuses and takes was tried with litellm 1.108.7.
 */
import type { Entry, EntryAuth } from '../../api/entry.ts';
import { printable } from '../../api/printable.ts';
import { canonical } from '../canonical.ts';
import { MANAGER } from '../identity.ts';
import { credentialVariable, LITELLM_NAME, namesOf, serverId, sourceOf } from './names.ts';

/** One server by LiteLLM's own fields, as its file spells them. */
export interface LiteLLMServer {
  /** The key in the file, `server_name` over the API. */
  name: string;
  server_id: string;
  url: string;
  transport: 'http' | 'sse';
  description?: string;
  /** `mcp_access_groups` over the API. */
  access_groups?: string[];
  allowed_tools?: string[];
  auth_type?: 'bearer_token' | 'api_key' | 'basic' | 'authorization';
  /** The environment variable that has the credential, not the credential. */
  credential?: string;
  mcp_info: { managed_by: string; catalog: string; source: string };
}

/** An entry that is left out of LiteLLM, and why. */
export interface LeftOut {
  entry: Entry;
  reason: 'NameConflict' | 'Refused';
  message: string;
}

const AUTH_TYPES: Record<EntryAuth['type'], NonNullable<LiteLLMServer['auth_type']>> = {
  Bearer: 'bearer_token',
  ApiKey: 'api_key',
  Basic: 'basic',
  Authorization: 'authorization',
};
const LONGEST_DESCRIPTION = 1024;
/** LiteLLM resolves these whole strings from its own environment, wherever they come from. */
const RESOLVED = /^os\.environ\//;

/**
 * @param catalog by which LiteLLM's people find who put a server there.
 * @returns the servers in the order of their sources, and the entries that are left out.
 */
export function liteLLMServers(
  entries: readonly Entry[],
  catalog: { namespace: string; name: string },
): { servers: LiteLLMServer[]; leftOut: LeftOut[] } {
  const { named, conflicts } = namesOf(entries);
  const leftOut: LeftOut[] = conflicts.map(({ entry, name, holder }) => ({
    entry,
    reason: 'NameConflict',
    message: `${sourceOf(entry)} and ${sourceOf(holder)} are both ${name} in LiteLLM, and ${sourceOf(holder)} has the name: give one of them another`,
  }));
  const servers: LiteLLMServer[] = [];
  for (const { entry, name } of named) {
    const server = serverOf(entry, name, catalog);
    const refusal = refusalOf(server);
    if (refusal === undefined) servers.push(server);
    else
      leftOut.push({
        entry,
        reason: 'Refused',
        message: `LiteLLM would not take ${sourceOf(entry)}: ${refusal}`,
      });
  }
  return { servers, leftOut };
}

function serverOf(entry: Entry, name: string, catalog: { namespace: string; name: string }): LiteLLMServer {
  const { url, transport, description, allowedUserGroups, allowedTools, auth } = entry;
  return canonical<LiteLLMServer>({
    name,
    server_id: serverId(catalog.namespace, entry),
    url,
    transport,
    ...(description ? { description: printable(description, LONGEST_DESCRIPTION) } : {}),
    ...(allowedUserGroups.length > 0 ? { access_groups: allowedUserGroups } : {}),
    ...(allowedTools.length > 0 ? { allowed_tools: allowedTools } : {}),
    ...(auth ? { auth_type: AUTH_TYPES[auth.type], credential: credentialVariable(entry) } : {}),
    mcp_info: {
      managed_by: MANAGER,
      catalog: `${catalog.namespace}/${catalog.name}`,
      source: sourceOf(entry),
    },
  });
}

/** @returns in a few words why LiteLLM would refuse the server, or take it for what it is not; undefined where it takes it. */
export function refusalOf(server: LiteLLMServer): string | undefined {
  const {
    name,
    server_id: id,
    url,
    transport,
    access_groups: groups = [],
    allowed_tools: tools = [],
  } = server;
  if (!LITELLM_NAME.test(name))
    return `its name ${JSON.stringify(name)} may have letters, digits, _ and . alone`;
  if (id === '' || id.includes('/')) return `its id ${JSON.stringify(id)} has a /, or is empty`;
  if (!/^https?:\/\/[^\s/]/.test(url) || !URL.canParse(url)) return `${JSON.stringify(url)} is no address`;
  if (transport !== 'http' && transport !== 'sse')
    return `its transport ${transport} is neither http nor sse`;
  const strange = [...groups, ...tools].find((one) => typeof one !== 'string' || one === '');
  if (strange !== undefined) return 'a group or a tool of it has no name';
  if (RESOLVED.test(server.description ?? '')) return 'its description names a variable of LiteLLM';
  return undefined;
}
