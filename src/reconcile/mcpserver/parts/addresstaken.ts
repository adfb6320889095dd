/** What an Ingress or a route says of an address that another server has. */
import type { Finding } from '../../../api/condition.ts';
import { type Conflict, serverOf } from '../addresses.ts';
import { no } from './part.ts';

/** It resolves itself when the other server goes. */
export function addressTaken(type: string, what: string, { holders }: Conflict): Finding {
  const names = [...new Set([...holders.values()].map(serverOf))];
  const who = names.length === 1 ? `MCPServer ${names[0]} has` : `MCPServers ${names.join(', ')} have`;
  const message = `${what}: ${who} its host and path. Choose another host or path, or wait until it goes`;
  return no(type, 'AddressTaken', message);
}
