/** What the writes alone take: the small stub's objects, by a client that knows without looking what must change. */
import { pathOf } from '../../src/engine/kinds.ts';
import type { Access } from '../../test/e2e/client.ts';
import type { Started } from './contestants.ts';
import { FIRST_IMAGE, mcpServer, NEXT_IMAGE } from './servers.ts';
import { smallDeployment, smallService } from './small.ts';
import { inFlight } from './writer.ts';

const DEPLOYMENTS = { apiVersion: 'apps/v1', resource: 'deployments', namespaced: true };
const SERVICES = { apiVersion: 'v1', resource: 'services', namespaced: true };

export function bareClient({ client }: Access): Started {
  return {
    create: (servers) =>
      inFlight(
        servers.flatMap((server) => {
          const parent = mcpServer(server, FIRST_IMAGE);
          return [
            { at: pathOf(DEPLOYMENTS, server.namespace), body: smallDeployment(parent) },
            { at: pathOf(SERVICES, server.namespace), body: smallService(parent) },
          ];
        }),
        ({ at, body }) => client.request('POST', at, { body }),
      ),
    change: (servers) =>
      inFlight(servers, (server) =>
        client.request('PUT', pathOf(DEPLOYMENTS, server.namespace, server.name), {
          body: smallDeployment(mcpServer(server, NEXT_IMAGE)),
        }),
      ),
  };
}
