/** How a container is asked by HTTP, by a probe or at its start and end. */
import type { V1HTTPGetAction } from '@kubernetes/client-node';
import type { HttpHeaders } from '../api/handlers.ts';
import type { MCPServer } from '../api/mcpserver.ts';
import { MCP_PORT } from './ports.ts';
import { schemeOf } from './scheme.ts';

interface HttpGet<Port> {
  path?: string | undefined;
  port: Port;
  scheme?: 'HTTP' | 'HTTPS' | undefined;
  httpHeaders?: HttpHeaders | undefined;
}

/** With the API server's defaults. */
export function httpGet({
  path = '/',
  port,
  scheme = 'HTTP',
  httpHeaders,
}: HttpGet<number | string>): V1HTTPGetAction {
  return { path, port, scheme, httpHeaders };
}

/** Of the server itself where no other port is named, and then by what it speaks there. */
export function serverHttpGet(
  server: MCPServer,
  { port, scheme, ...get }: Omit<HttpGet<number>, 'port'> & { port?: number | undefined },
): V1HTTPGetAction {
  const own = port === undefined || port === server.spec.port;
  return httpGet({ ...get, port: port ?? MCP_PORT, scheme: scheme ?? (own ? schemeOf(server) : 'HTTP') });
}
