/** The Service of an MCPServer. */
import type { V1Service } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import { canonical } from './canonical.ts';
import { MCP_PORT } from './deployment.ts';
import { metadataOf, selectorOf } from './identity.ts';

export function service(server: MCPServer): V1Service {
  const { servicePort, replicas } = server.spec;
  // An MCP session lives in the pod that opened it, so with several pods a client must come back to its own.
  const affine = replicas > 1;
  return canonical<V1Service>({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(server),
    spec: {
      ports: [
        { name: MCP_PORT, appProtocol: 'http', port: servicePort, protocol: 'TCP', targetPort: MCP_PORT },
      ],
      selector: selectorOf(server),
      sessionAffinity: affine ? 'ClientIP' : 'None',
      // Spelled out because the API server refuses a default of its own that stays behind when affinity goes.
      sessionAffinityConfig: affine ? { clientIP: { timeoutSeconds: 10800 } } : undefined,
      type: 'ClusterIP',
    },
  });
}

/** Where MCP is served: the path of the spec, or that of the transport. */
export function pathOf(server: MCPServer): string {
  return server.spec.path ?? (server.spec.transport === 'sse' ? '/sse' : '/mcp');
}

/** @returns the address of a server's Service, for clients within the cluster. */
export function serviceUrl(server: MCPServer, clusterDomain: string): string {
  const { name, namespace } = server.metadata;
  const port = server.spec.servicePort === 80 ? '' : `:${server.spec.servicePort}`;
  return `http://${name}.${namespace}.svc.${clusterDomain}${port}${pathOf(server)}`;
}
