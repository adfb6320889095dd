/** A request as reconciling an MCPCatalog sees it. */
import type { MCPCatalog, MCPCatalogStatus } from '../../api/mcpcatalog.ts';
import type { MCPServerRegistrationSpec } from '../../api/mcpserverregistration.ts';
import type { Problem } from '../../api/problem.ts';
import type { RenderSettings } from '../../settings.ts';
import { type Context, kindKey, type SyncRequest } from '../contract.ts';
import { problemsOf, validator } from './customize.ts';
import { REGISTRATION_CHILD } from './kinds.ts';

export interface View {
  request: SyncRequest;
  settings: RenderSettings;
  /** The time of this sync, RFC 3339. */
  now: string;
  /** The catalog with its defaults. */
  catalog: MCPCatalog;
  /** The status that it carries. */
  previous: MCPCatalogStatus;
  /** What makes its spec invalid. */
  problems: readonly Problem[];
  /** What servers are told, by `namespace/name` of the server. */
  registrations: ReadonlyMap<string, MCPServerRegistrationSpec>;
}

export function viewOf(request: SyncRequest, { settings, now }: Context): View {
  const catalog = validator.withDefaults(request.parent) as unknown as MCPCatalog;
  const registrations = Object.values(request.children[kindKey(REGISTRATION_CHILD)] ?? {}).map(
    ({ spec }) => spec as MCPServerRegistrationSpec,
  );
  return {
    request,
    settings,
    now,
    catalog,
    previous: catalog.status ?? {},
    problems: problemsOf(catalog, settings),
    registrations: new Map(registrations.map((spec) => [`${spec.serverNamespace}/${spec.serverName}`, spec])),
  };
}
