/** How a server speaks MCP, and whether a bridge stands between it and its clients. */
import type { MCPServer, MCPServerSpec } from '../api/mcpserver.ts';

type Transport = NonNullable<MCPServerSpec['transport']>;

/** A constant default would not know: packages are nearly always servers that speak stdio. */
export function transportOf({ transport, package: given }: MCPServerSpec): Transport {
  return transport ?? (given ? 'stdio' : 'http');
}

/** @returns the spec with the default that depends on another field; itself where nothing is missing. */
export function withTransport(spec: MCPServerSpec): MCPServerSpec {
  // Of a spec that is none, the validator says so.
  const isSpec = typeof spec === 'object' && spec !== null && !Array.isArray(spec);
  return !isSpec || 'transport' in spec ? spec : { ...spec, transport: transportOf(spec) };
}

/** @returns whether the server speaks stdio, and a bridge in its container serves it. */
export function isBridged({ spec }: Pick<MCPServer, 'spec'>): boolean {
  return transportOf(spec) === 'stdio';
}

/** @returns what clients of the Service speak. */
export function clientTransport({ spec }: MCPServer): 'http' | 'sse' {
  return transportOf(spec) === 'sse' ? 'sse' : 'http';
}
