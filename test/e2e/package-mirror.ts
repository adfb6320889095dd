/** Settings by which servers that are packages are installed on the real node, which has neither registries nor their images. */
import http from 'node:http';
import path from 'node:path';
import type { Test } from 'tap';
import type { Cluster } from '../cluster/cluster.ts';
import { NODE_ADDRESS } from '../cluster/node-files.ts';
import { NPM_IMAGE, UV_IMAGE } from '../cluster/package-images.ts';
import { mirrorOf, registriesOfThisMachine } from '../cluster/registries.ts';
import { logged } from './operator.ts';

/** In the node's own network, where nobody else takes ports. */
const PORT = 4873;

/** Starts a mirror that the node's pods reach; it ends with the test. @returns the operator's settings. */
export async function startMirror(t: Test, cluster: Cluster): Promise<Record<string, string>> {
  const socket = path.join(cluster.dir, 'mirror.sock');
  const server = http.createServer(mirrorOf(await registriesOfThisMachine()));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.teardown(() => server.closeAllConnections());
  t.teardown(() => server.close());
  const script = path.join(import.meta.dirname, '../cluster/way-out.ts');
  await logged(
    await cluster.run('mirror', process.execPath, [script, NODE_ADDRESS, `${PORT}`, socket]),
    'listens',
  );
  const mirror = `http://${NODE_ADDRESS}:${PORT}`;
  return {
    MCP_NPM_IMAGE: NPM_IMAGE,
    MCP_NPM_REGISTRY: `${mirror}/npm/`,
    MCP_PYPI_IMAGE: UV_IMAGE,
    MCP_PYPI_INDEX: `${mirror}/pypi/`,
  };
}
