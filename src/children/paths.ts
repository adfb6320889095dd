/** Where MCP is served, and what of it a public path leads to. */
import type { MCPServer } from '../api/mcpserver.ts';
import { clientTransport } from './transport.ts';

/** Where MCP is served: the path of the spec, or that of the transport. */
export function pathOf(server: MCPServer): string {
  return server.spec.path ?? (clientTransport(server) === 'sse' ? '/sse' : '/mcp');
}

/** @returns what is public where nothing is said: an SSE server answers at a second path that only it knows. */
export function defaultPublicPath(server: MCPServer): string {
  return clientTransport(server) === 'sse' ? '/' : pathOf(server);
}

/** @returns whether a request for `path` is one for something under `prefix`, segment by segment. */
export function covers(prefix: string, path: string): boolean {
  const stem = prefix.replace(/\/+$/, '');
  return path === stem || path.startsWith(`${stem}/`);
}

/** @returns the public path of `publicPathPrefix`. */
export function prefixedPath(prefix: string): string {
  return `/${prefix.replace(/^\/+|\/+$/g, '')}/mcp`;
}
