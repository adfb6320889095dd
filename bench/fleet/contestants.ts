/** Who gets a fleet going: the operator, two hooks that think nothing, and a client without any controller. */
import path from 'node:path';
import { pathOf } from '../../src/engine/kinds.ts';
import { kindKey } from '../../src/reconcile/contract.ts';
import type { Cluster } from '../../test/cluster/cluster.ts';
import { freePort } from '../../test/cluster/ports.ts';
import type { RunningProcess } from '../../test/cluster/process.ts';
import type { Access } from '../../test/e2e/client.ts';
import {
  compositeController,
  FAST,
  type Hook,
  installCrds,
  logged,
  type Pace,
  runMetacontroller,
  startHook,
} from '../../test/e2e/operator.ts';
import { childrenOf, controller, FIRST_IMAGE, mcpServer, NAMESPACE, NEXT_IMAGE } from './manifests.ts';
import { inFlight } from './writer.ts';

/** Nobody waits for it. Metacontroller takes 0 for a second. */
const NO_RESYNC_SECONDS = 3600;

export interface Contestant {
  name: string;
  /** Whether it works for MCPServers, or writes their children itself. */
  parents: boolean;
  /** Starts it in a fresh cluster. */
  start(cluster: Cluster, access: Access): Promise<Started>;
}

export interface Started {
  metacontroller?: RunningProcess;
  hook?: Hook;
  /** Asks for the servers with their first image. */
  create(names: readonly string[]): Promise<void>;
  /** Asks for the next image. */
  change(names: readonly string[]): Promise<void>;
  /** Has every server looked at once more, as a new release would. */
  resync(): Promise<void>;
}

export interface Options {
  strategy: string;
  pace?: Pace;
}

export const contestants = (options: Options): Contestant[] => [
  ours(options),
  {
    name: 'stub',
    parents: true,
    start: async (cluster, access) => withMetacontroller(cluster, access, await startStub(cluster), options),
  },
  {
    name: 'stub without relations',
    parents: true,
    start: async (cluster, access) =>
      withMetacontroller(cluster, access, await startStub(cluster), options, false),
  },
  { name: 'bare client', parents: false, start: async (_cluster, access) => bareClient(access) },
];

export const ours = (options: Options): Contestant => ({
  name: 'ours',
  parents: true,
  start: async (cluster, access) =>
    withMetacontroller(cluster, access, await startHook(cluster, 'hook'), options),
});

async function startStub(cluster: Cluster): Promise<Hook> {
  const port = await freePort();
  const stub = path.join(import.meta.dirname, 'stub.ts');
  const running = await cluster.run('stub', process.execPath, [stub, String(port)]);
  await logged(running, 'the stub serves');
  return { url: `http://127.0.0.1:${port}`, process: running };
}

async function withMetacontroller(
  cluster: Cluster,
  { client }: Access,
  hook: Hook,
  { strategy, pace = FAST }: Options,
  relations = true,
): Promise<Started> {
  const point = async (revision: string) => {
    const manifest = compositeController(hook.url, NO_RESYNC_SECONDS, { revision }) as {
      spec: { hooks: { customize?: object } };
    };
    if (!relations) delete manifest.spec.hooks.customize;
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  };
  await installCrds(cluster);
  await point('1');
  const metacontroller = await runMetacontroller(cluster, strategy, pace);
  const at = (name?: string) => pathOf({ ...controller.parent, namespaced: true }, NAMESPACE, name);
  const change = { body: { spec: { image: NEXT_IMAGE } }, contentType: 'application/merge-patch+json' };
  return {
    metacontroller,
    hook,
    create: (names) =>
      inFlight(names, (name) => client.request('POST', at(), { body: mcpServer(name, FIRST_IMAGE) })),
    change: (names) => inFlight(names, (name) => client.request('PATCH', at(name), change)),
    resync: () => point('2'),
  };
}

/** What the writes alone take: the same objects, and nobody who would have to find out what to write. */
function bareClient({ client }: Access): Started {
  const kinds = new Map(controller.children.map((kind) => [kindKey(kind), { ...kind, namespaced: true }]));
  const children = (name: string, image: string) => childrenOf(mcpServer(name, image));
  return {
    create: (names) =>
      inFlight(
        names.flatMap((name) => children(name, FIRST_IMAGE)),
        (body) => client.request('POST', pathOf(kinds.get(kindKey(body))!, NAMESPACE), { body }),
      ),
    change: (names) =>
      inFlight(
        names.flatMap((name) => {
          const before = new Set(children(name, FIRST_IMAGE).map((child) => JSON.stringify(child)));
          return children(name, NEXT_IMAGE).filter((child) => !before.has(JSON.stringify(child)));
        }),
        (body) => {
          const at = pathOf(kinds.get(kindKey(body))!, NAMESPACE, body.metadata.name);
          return client.request('PUT', at, { body });
        },
      ),
    resync: async () => {},
  };
}
