/** The MCPServerRegistration that tells a server what became of it in a catalog. */
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import { API_VERSION } from '../../api/mcpserver.ts';
import type { MCPServerRegistrationSpec } from '../../api/mcpserverregistration.ts';
import { canonical } from '../canonical.ts';
import { SERVER_NAME_LABEL, SERVER_NAMESPACE_LABEL } from '../identity.ts';
import { catalogMetadata } from './identity.ts';

export function mcpServerRegistration(
  catalog: Pick<MCPCatalog, 'metadata'>,
  spec: MCPServerRegistrationSpec,
): object {
  const { serverNamespace, serverName } = spec;
  const name = `${catalog.metadata.name}.${serverNamespace}.${serverName}`;
  const labels = { [SERVER_NAME_LABEL]: serverName, [SERVER_NAMESPACE_LABEL]: serverNamespace };
  return canonical({
    apiVersion: API_VERSION,
    kind: 'MCPServerRegistration',
    metadata: catalogMetadata(catalog, name, labels),
    spec,
  });
}
