/**
 * `npm run demo [-- --keep]`: from nothing to a tool call. A throwaway cluster with one real node, the operator in it, one
 * manifest, and the official MCP client at the Service. Everything is gone when it ends; `--keep` waits for Ctrl-C first.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type Binaries, binaries } from './cluster/binaries.ts';
import { type Cluster, up } from './cluster/cluster.ts';
import { buildImages } from './cluster/images.ts';
import { ensureSystemPackages } from './cluster/packages.ts';
import { poll } from './cluster/process.ts';
import { everythingImage } from './cluster/test-images.ts';
import { realBuilds } from './cluster/versions.ts';
import { logged } from './e2e/operator.ts';

const { values: flags } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const root = path.dirname(import.meta.dirname);
const MANIFEST = 'test/demo.yaml';
const NAME = 'everything';
/** More CPU asked for than may be used: the CRD lets it through, and a Deployment would be refused. */
const BROKEN = '{"spec":{"resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}}}}';

class Interrupted extends Error {}

/** Both npm and the terminal pass Ctrl-C on, so that it may come twice. */
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => reject(new Interrupted()));
});
interrupted.catch(() => {});

let steps = 0;

/** Runs one step and prints its number, its name, what it says and how long it took. */
async function step<T>(name: string, work: (say: (text: string) => void) => Promise<T>): Promise<T> {
  const start = performance.now();
  let said = false;
  process.stdout.write(`${++steps}. ${name}`);
  const result = await work((text) => {
    if (!said) process.stdout.write('\n');
    said = true;
    process.stdout.write(`${text.trimEnd().replace(/^(?=.)/gm, '   ')}\n`);
  });
  process.stdout.write(`${said ? '  ' : ''} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`);
  return result;
}

async function demo(work: string, started: (cluster: Cluster) => void): Promise<void> {
  const find = await prepare();
  const images = path.join(work, 'images.tar');
  const packed = buildImages(images, [everythingImage()]);
  packed.catch(() => {}); // Where the cluster fails first, that is the news.

  const cluster = await step('Kubernetes on a node of its own: containerd, kubelet, DNS', async () => {
    const cluster = await up({ node: 'real' });
    started(cluster);
    return cluster;
  });
  const { kubectl } = cluster;
  await step("An image of the MCP project's reference server", async () => {
    await packed;
    await cluster.loadImages!(images);
  });
  await step('The operator: smooth-operator dev --install-crds', async () => {
    const operator = await cluster.run(
      'operator',
      process.execPath,
      [path.join(root, 'src/cli.ts'), 'dev', '--install-crds'],
      { env: { KUBECONFIG: cluster.kubeconfig } },
    );
    await logged(operator, 'Watching');
  });
  await step(`kubectl apply -f ${MANIFEST}`, async (say) => {
    const manifest = readFileSync(path.join(root, MANIFEST), 'utf8');
    say(manifest.replace(/^#.*\n/, ''));
    say((await kubectl(['apply', '-f', '-'], { input: manifest })).stdout);
  });
  await step('kubectl get mcpservers --watch', (say) =>
    watchUntilReady(find('kubectl'), cluster.kubeconfig, say),
  );

  const forward = await cluster.forward(`${NAME}.default`, 80);
  const url = new URL(`http://127.0.0.1:${forward.port}/mcp`);
  const client = await step('Its tools, by the official MCP client through the Service', async (say) => {
    const client = await connect(url);
    const { tools } = await client.listTools();
    say(`${tools.length} tools: ${tools.map(({ name }) => name).join(', ')}`.replace(/(.{80}\S*) /g, '$1\n'));
    say(await echo(client, 'hello'));
    return client;
  });
  await step('A spec that cannot work: the last good one keeps serving', async (say) => {
    await kubectl(['patch', 'mcpserver', NAME, '--type=merge', '-p', BROKEN]);
    say(`kubectl patch mcpserver ${NAME} --type=merge -p '${BROKEN}'`);
    await kubectl(['wait', '--for=condition=SpecValid=false', '--timeout=30s', `mcpserver/${NAME}`]);
    const path = '-o=jsonpath={.status.phase}: {.status.message}';
    say((await kubectl(['get', 'mcpserver', NAME, path])).stdout);
    say(await echo(client, 'still here'));
    await kubectl(['patch', 'mcpserver', NAME, '--type=merge', '-p', '{"spec":{"resources":null}}']);
  });
  await client.close();

  if (!flags.keep) return;
  console.log(`
The cluster stays up until Ctrl-C. In another terminal:
  export KUBECONFIG=${cluster.kubeconfig} PATH=${path.dirname(find('kubectl'))}:$PATH
  kubectl get mcpservers,pods --output wide
  kubectl scale mcpserver ${NAME} --replicas=2
  kubectl describe mcpserver ${NAME}
The MCP server, from this machine: ${url}`);
}

/** What may be missing, or take minutes the first time, comes before the first step and tells of itself. */
async function prepare(): Promise<Binaries> {
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error('this is not Linux on x86-64');
    ensureSystemPackages();
    return await binaries(realBuilds);
  } catch (error) {
    throw new Error(
      `The demo brings a whole Kubernetes node: ${(error as Error).message}\n\n` +
        'Without one of its own: npm run build, point kubectl at a cluster that you have (kind, k3d), then\n' +
        '  npx smooth-operator dev --install-crds\n' +
        '  kubectl apply -f examples/minimal.yaml',
    );
  }
}

/** Shows the table as it changes, until the server is ready. */
async function watchUntilReady(
  kubectl: string,
  kubeconfig: string,
  say: (text: string) => void,
): Promise<void> {
  const watch = spawn(kubectl, ['get', 'mcpservers', '--watch'], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const limit = setTimeout(() => watch.kill(), 60_000);
  try {
    for await (const row of createInterface(watch.stdout)) {
      say(row);
      if (row.split(/\s+/)[1] === 'Ready') return;
    }
    throw new Error('the server was not ready within a minute');
  } finally {
    clearTimeout(limit);
    watch.kill();
  }
}

/** A fresh Service refuses connections for a moment. */
async function connect(url: URL): Promise<Client> {
  let client: Client | undefined;
  const answers = async () => {
    client = new Client({ name: 'smooth-operator-demo', version: '1.0.0' });
    return client.connect(new StreamableHTTPClientTransport(url)).then(
      () => true,
      () => false,
    );
  };
  await poll(`an MCP server answers at ${url}`, answers, 30);
  return client!;
}

async function echo(client: Client, message: string): Promise<string> {
  const { content } = await client.callTool({ name: 'echo', arguments: { message } });
  const [first] = content;
  return `echo(${JSON.stringify(message)}): ${first?.type === 'text' ? first.text : JSON.stringify(content)}`;
}

const begin = performance.now();
const work = mkdtempSync(path.join(tmpdir(), 'smooth-demo-'));
let cluster: Cluster | undefined;
try {
  await Promise.race([
    demo(work, (one) => {
      cluster = one;
    }),
    interrupted,
  ]);
  if (flags.keep) await interrupted.catch(() => {});
} catch (error) {
  process.exitCode = error instanceof Interrupted ? 130 : 1;
  console.error(error instanceof Interrupted ? '\nStopping.' : `\n${(error as Error).message}`);
}
await cluster?.down();
rmSync(work, { recursive: true, force: true, maxRetries: 5 });
if (process.exitCode === undefined) {
  console.log(`
Done in ${Math.round((performance.now() - begin) / 1000)} s, and the cluster is gone. Next:
  npm run demo -- --keep     the same, and the cluster stays until Ctrl-C
  README.md                  render, validate and curl, without a cluster
  docs/install.md            Metacontroller and the operator in a cluster of yours`);
}
// A cluster that was interrupted while it came up ends with this process.
process.exit();
