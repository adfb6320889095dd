/** A request as reconciling an MCPCatalog sees it. */
import type { V1ConfigMap } from '@kubernetes/client-node';
import type { MCPCatalog, MCPCatalogStatus } from '../../api/mcpcatalog.ts';
import type { MCPServerRegistrationSpec } from '../../api/mcpserverregistration.ts';
import type { Problem } from '../../api/problem.ts';
import { liteLLMConfigMapName } from '../../children/catalog/configmap.ts';
import type { RenderSettings } from '../../settings.ts';
import { type Context, kindKey, lookUp, type SyncRequest } from '../contract.ts';
import { validator } from './customize.ts';
import { CONFIG_MAP, REGISTRATION_CHILD } from './kinds.ts';

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
  /** The ConfigMap with LiteLLM's file. */
  configMap: V1ConfigMap | undefined;
  /** What servers are told, by `namespace/name` of the server. */
  registrations: ReadonlyMap<string, MCPServerRegistrationSpec>;
}

export function viewOf(request: SyncRequest, { settings, now }: Context): View {
  const catalog = validator.withDefaults(request.parent) as unknown as MCPCatalog;
  const { namespace } = catalog.metadata;
  const registrations = Object.values(request.children[kindKey(REGISTRATION_CHILD)] ?? {}).map(
    ({ spec }) => spec as MCPServerRegistrationSpec,
  );
  return {
    request,
    settings,
    now,
    catalog,
    previous: catalog.status ?? {},
    problems: validator.validate(catalog),
    configMap: lookUp(request.children, CONFIG_MAP, namespace, liteLLMConfigMapName(catalog)) as
      | V1ConfigMap
      | undefined,
    registrations: new Map(registrations.map((spec) => [`${spec.serverNamespace}/${spec.serverName}`, spec])),
  };
}
