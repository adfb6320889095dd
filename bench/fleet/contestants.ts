/**
 * Who gets a fleet going: the operator with each way to look at pods, a hook that thinks nothing, and a client without any
 * controller.
 */
import path from 'node:path';
import { pathOf } from '../../src/engine/kinds.ts';
import type { Feature } from '../../src/environment.ts';
import type { Cluster } from '../../test/cluster/cluster.ts';
import { freePort } from '../../test/cluster/ports.ts';
import type { RunningProcess } from '../../test/cluster/process.ts';
import type { Access } from '../../test/e2e/client.ts';
import {
  AS_INSTALLED,
  compositeControllers,
  FAST,
  type Hook,
  installCrds,
  logged,
  type Pace,
  runMetacontroller,
  startHook,
} from '../../test/e2e/operator.ts';
import { bareClient } from './bare-client.ts';
import { collectorWatches } from './collector.ts';
import {
  controller,
  FIRST_IMAGE,
  mcpServer,
  NEXT_IMAGE,
  renderedChildren,
  type ServerName,
} from './servers.ts';
import { smallController } from './small.ts';
import { inFlight } from './writer.ts';

/** Nobody waits for it. Metacontroller takes 0 for a second. */
const NO_RESYNC_SECONDS = 3600;

/** It publishes the whole fleet. */
const CATALOG = {
  apiVersion: 'mcp.dev/v1alpha1',
  kind: 'MCPCatalog',
  metadata: { name: 'litellm', namespace: 'default' },
  spec: { namespaceSelector: {}, litellm: { file: {} } },
};

/** Without the runtime image. */
const NOBODY = { MCP_RUNTIME_IMAGE: '' };

export interface Contestant {
  /** As `--only` takes it. */
  key: string;
  name: string;
  /** Children of each server where it works for MCPServers; undefined where it writes without any. */
  children: number | undefined;
  /** Whether each server is asked what it is. */
  asks: boolean;
  /** Starts it in a fresh cluster. */
  start(cluster: Cluster, access: Access): Promise<Started>;
}

export interface Started {
  metacontroller?: RunningProcess;
  hook?: Hook;
  /** Asks for the servers with their first image. */
  create(servers: readonly ServerName[]): Promise<void>;
  /** Asks for the next image. */
  change(servers: readonly ServerName[]): Promise<void>;
  /** Has every server looked at once more, as a new release would. Absent where nobody looks. */
  resync?(): Promise<void>;
}

export interface Options {
  strategy: string;
  pace?: Pace;
}

export const contestants = (options: Options): Contestant[] => [
  ours(options),
  operator({ key: 'unasked', name: 'ours, asking nobody' }, NOBODY, options),
  operator({ key: 'pods', name: 'ours, pods at once' }, { ...NOBODY, MCP_RELATE_PODS: 'true' }, options),
  operator({ key: 'lean', name: 'ours, lean' }, { ...NOBODY, MCP_RELATE_PODS: 'false' }, options),
  operator(
    { key: 'catalog', name: 'ours, asking nobody, with a catalog' },
    { ...NOBODY, FEATURES: 'catalogs' },
    options,
    CATALOG,
  ),
  {
    key: 'stub',
    name: 'small stub',
    children: 2,
    asks: false,
    start: async (cluster, access) => {
      const hook = await startStub(cluster);
      const manifest = (revision: string) => smallController(hook.url, revision, NO_RESYNC_SECONDS);
      return withMetacontroller(cluster, access, hook, manifest, options);
    },
  },
  {
    key: 'bare',
    name: 'bare client',
    children: undefined,
    asks: false,
    start: async (_cluster, access) => bareClient(access),
  },
];

/** The operator as it is installed where nobody says otherwise, and told the apply strategy. */
export const ours = (options: Options): Contestant => operator({ key: 'ours', name: 'ours' }, {}, options);

function operator(
  names: { key: string; name: string },
  env: Record<string, string>,
  options: Options,
  catalog?: object,
): Contestant {
  const features: Feature[] = catalog ? ['catalogs'] : [];
  const all = { MCP_APPLY_STRATEGY: options.strategy, ...AS_INSTALLED, ...env };
  const asks = all.MCP_RUNTIME_IMAGE !== '';
  return {
    ...names,
    children: renderedChildren(),
    asks,
    start: async (cluster, access) => {
      const hook = await startHook(cluster, 'hook', all);
      const manifest = (revision: string) =>
        compositeControllers(hook.url, NO_RESYNC_SECONDS, { revision, asks, features });
      return withMetacontroller(cluster, access, hook, manifest, options, catalog);
    },
  };
}

async function startStub(cluster: Cluster): Promise<Hook> {
  const port = await freePort();
  const stub = path.join(import.meta.dirname, 'stub.ts');
  const running = await cluster.run('stub', process.execPath, [stub, String(port)]);
  await logged(running, 'the stub serves');
  return { url: `http://127.0.0.1:${port}`, process: running };
}

/** @param manifest what points Metacontroller at the hook; with another revision it looks at every server once more. */
async function withMetacontroller(
  cluster: Cluster,
  { client }: Access,
  hook: Hook,
  manifest: (revision: string) => object,
  { strategy, pace = FAST }: Options,
  catalog?: object,
): Promise<Started> {
  const point = async (revision: string) => {
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest(revision)) });
  };
  await installCrds(cluster);
  await collectorWatches(cluster);
  await point('1');
  const metacontroller = await runMetacontroller(cluster, strategy, pace, {
    features: catalog ? ['catalogs'] : [],
  });
  if (catalog) await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(catalog) });
  const spec = catalog ? { litellm: { autoRegister: true } } : {};
  const kind = { ...controller.parent, namespaced: true };
  const change = { body: { spec: { image: NEXT_IMAGE } }, contentType: 'application/merge-patch+json' };
  return {
    metacontroller,
    hook,
    create: (servers) =>
      inFlight(servers, (server) =>
        client.request('POST', pathOf(kind, server.namespace), {
          body: mcpServer(server, FIRST_IMAGE, spec),
        }),
      ),
    change: (servers) =>
      inFlight(servers, ({ namespace, name }) =>
        client.request('PATCH', pathOf(kind, namespace, name), change),
      ),
    resync: () => point('2'),
  };
}
