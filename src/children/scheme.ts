/** What the server's container speaks at its port, which all that calls it has to speak. */
import type { MCPServer } from '../api/mcpserver.ts';
import { isBridged } from './transport.ts';

/** Who listens for a Service at 443 nearly always ends TLS; a constant default would not know. */
export function schemeOf({ spec }: MCPServer): 'HTTP' | 'HTTPS' {
  if (isBridged({ spec })) return 'HTTP';
  return spec.scheme ?? (spec.servicePort === 443 ? 'HTTPS' : 'HTTP');
}

/** @returns whether the server ends TLS itself. */
export function speaksTls(server: MCPServer): boolean {
  return schemeOf(server) === 'HTTPS';
}
