/**
 * On a real node: an MCP server that no one here wrote, from a manifest to the official client's calls through its
 * Service. First by the embedded engine, then with the operator as pods of its own image, installed by its Helm chart.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { resources } from '../../src/reconcile/controllers.ts';
import { finish, poll } from '../cluster/process.ts';
import { everythingImage } from '../cluster/test-images.ts';
import { alternations, watchTemplates } from './alternation.ts';
import { type Chart, chartOf } from './chart.ts';
import { givenUp, SOON_GIVEN_UP } from './deadline.ts';
import { connected, converse, everything } from './everything-server.ts';
import { apply, condition, get, patch, settled, until } from './look.ts';
import {
  engineReport,
  installMetacontrollerCrds,
  metacontroller,
  root,
  runMetacontroller,
  startDev,
} from './operator.ts';
import { OPERATOR_IMAGE, operatorImage, runtimeImage } from './operator-image.ts';
import { upWithImages } from './real-cluster.ts';
import { keepSyncing } from './storm.ts';

type Transport = 'http' | 'sse';

const over = (transport: Transport, name: string, more: object = {}) =>
  everything(name, { transport, args: [transport === 'sse' ? 'sse' : 'streamableHttp'], ...more });

t.comment(engineReport);
const cluster = await upWithImages(t, [everythingImage()], operatorImage(), runtimeImage());

await t.test('by the embedded engine', async (t) => {
  const dev = await startDev(cluster, SOON_GIVEN_UP);
  await t.test('a server over streamable HTTP answers', (t) => answers(t, 'everything-http', 'http'));
  await t.test('a server over SSE answers', (t) => answers(t, 'everything-sse', 'sse'));
  await t.test('a broken image is told, and the old one serves on', brokenImage);
  await dev.stop();
  // The chart brings the CRDs itself, and Helm does not take over what it did not install.
  await cluster.kubectl(['delete', 'crd', ...resources.map(({ plural, group }) => `${plural}.${group}`)]);
});

await t.test('by the operator as pods, installed by its chart', async (t) => {
  await installMetacontrollerCrds(cluster);
  await cluster.kubectl(['create', 'namespace', 'metacontroller']);
  const chart = await chartOf(cluster);
  await t.test('the chart sees a Metacontroller that applies in another way', (t) =>
    refusesStrategy(t, chart),
  );
  const installed = await t.test('the chart installs and its test passes', async (t) => {
    await chart.install();
    await chart.test();
    const pods = await get<{ items: { spec: object }[] }>(cluster, 'pods', '-n', 'smooth');
    t.equal(pods.items.length, 2);
    for (const { spec } of pods.items) t.match(spec, { automountServiceAccountToken: false });
    return true;
  });
  await t.test('its image has a user of its own, by number, and no shell', ownUser);
  if (!installed || !metacontroller) return;

  const controller = await runMetacontroller(cluster, 'dynamic-apply');
  await t.test('a server over streamable HTTP answers', (t) => answers(t, 'everything-http', 'http'));
  await t.test('a server over SSE answers', (t) => answers(t, 'everything-sse', 'sse'));
  await t.test('each is verified, by the runtime image that the chart names', async (t) => {
    const isVerified = (one: MCPServer) => condition(one, 'Verified')?.reason === 'Verified';
    for (const name of ['everything-http', 'everything-sse']) {
      const { status } = await until(cluster, name, `${name} is verified`, isVerified);
      t.equal(status!.server!.tools.count, 13, name);
    }
  });
  await t.test('an upgrade that renders differently never alternates', (t) => upgrades(t, chart));
  await controller.stop();
});

/** It need not run to say how it would. */
async function refusesStrategy(t: Test, chart: Chart): Promise<void> {
  const labels = { app: 'metacontroller' };
  const metadata = { name: 'metacontroller', namespace: 'metacontroller' };
  const container = {
    name: 'metacontroller',
    image: 'metacontroller:1',
    args: ['--apply-strategy=server-side-apply'],
  };
  await apply(cluster, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec: {
      replicas: 0,
      serviceName: '',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  });
  await t.rejects(
    chart.install(),
    /settings\.MCP_APPLY_STRATEGY: StatefulSet metacontroller\/metacontroller runs with --apply-strategy=server-side-apply, so set it to server-side-apply/,
  );
  await cluster.kubectl(['delete', 'statefulset', 'metacontroller', '--namespace=metacontroller']);
}

/** Nothing but the image says who it runs as, and the kubelet has to see that it is not root. */
async function ownUser(t: Test): Promise<void> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'who', namespace: 'default' },
    spec: {
      restartPolicy: 'Never',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'who',
          image: `${OPERATOR_IMAGE.repository}:${OPERATOR_IMAGE.tag}`,
          imagePullPolicy: 'Never',
          command: ['node', '-p', 'process.getuid() + ":" + process.getgid()'],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  };
  await apply(cluster, pod);
  await cluster.kubectl(['wait', 'pod/who', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s']);
  t.equal((await cluster.kubectl(['logs', 'who'])).stdout.trim(), '65532:65532');
  const shell = [
    'exec',
    '--namespace=smooth',
    'deployment/smooth-smooth-operator-hook',
    '--',
    'sh',
    '-c',
    'true',
  ];
  const { code, stderr } = await cluster.kubectl(shell, { allowFailure: true });
  t.not(code, 0);
  t.match(stderr, /"sh": executable file not found/);
}

async function answers(t: Test, name: string, transport: Transport): Promise<void> {
  await apply(cluster, over(transport, name));
  const { status } = await until(cluster, name, `${name} is ready`, settled, 120);
  const address = new URL(status!.endpoints!.service!);
  t.equal(address.pathname, transport === 'sse' ? '/sse' : '/mcp');
  const forward = await cluster.forward(address.hostname, 80);
  t.teardown(() => forward.close());
  const url = new URL(address.pathname, `http://127.0.0.1:${forward.port}`);
  const client = await connected(() =>
    transport === 'sse' ? new SSEClientTransport(url) : new StreamableHTTPClientTransport(url),
  );
  t.teardown(() => client.close());
  await converse(t, client, address.href);
  await verified(t, name);
  if (transport === 'http') await throughConnect(t, name);
}

/** What a client finds in the file that the command wrote leads to the server, and to its next pod when this one goes. */
async function throughConnect(t: Test, name: string): Promise<void> {
  const folder = t.testdir({});
  const command = [path.join(root, 'src/cli.ts'), 'connect', name, '--namespace=default', '--write'];
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  // On this machine, not on the node: what it opens is for clients here.
  const connect = spawn(process.execPath, command, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  t.teardown(() => connect.kill('SIGKILL'));
  const exit = once(connect, 'exit');
  const lines = createInterface(connect.stderr);
  await new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      if (/until Ctrl-C/.test(line)) resolve();
    });
    exit.then(() => resolve());
  });
  const { mcpServers } = JSON.parse(readFileSync(path.join(folder, '.mcp.json'), 'utf8'));
  const calls = async () => {
    const url = new URL(mcpServers[name].url);
    const client = await connected(() => new StreamableHTTPClientTransport(url));
    const { tools } = await client.listTools();
    await client.close();
    return tools.length;
  };
  t.equal(await calls(), 13);
  await cluster.kubectl(['delete', 'pod', '--selector', `mcp.dev/server=${name}`]);
  await until(cluster, name, `${name} has another pod`, settled, 60);
  t.equal(await calls(), 13, 'by another pod');
  connect.kill('SIGINT');
  t.strictSame(await exit, [0, null]);
}

/** By the command on the laptop, which has nothing but a kubeconfig. */
async function verified(t: Test, name: string): Promise<void> {
  const args = ['--conditions=typescript', path.join(root, 'src/cli.ts'), 'verify', `mcpserver/${name}`];
  const { stdout } = await finish(process.execPath, [...args, '--namespace=default', '--output=json'], {
    env: { KUBECONFIG: cluster.kubeconfig },
  });
  t.match(JSON.parse(stdout), {
    reason: 'Verified',
    server: { tools: { count: 13 }, instructions: true },
  });
}

async function brokenImage(t: Test): Promise<void> {
  const use = (image: string) => patch(cluster, 'everything-http', { image });
  await use('localhost/does-not-exist:1');
  const stuck = await givenUp(t, cluster, 'everything-http');
  t.match(condition(stuck, 'Ready'), { status: 'True' }, 'the old pod serves on');
  t.equal(stuck.status?.phase, 'Degraded');
  await use('localhost/everything:smooth');
  await until(cluster, 'everything-http', 'the good image is back', settled, 60);
}

/** Servers without pods under a storm of changes, while old and new hooks share the Service. */
async function upgrades(t: Test, chart: Chart): Promise<void> {
  const names = Array.from({ length: 30 }, (_, index) => `idle-${index}`);
  const idle = names.map((name) => over('http', name, { replicas: 0 }));
  await apply(cluster, { apiVersion: 'v1', kind: 'List', items: idle });
  for (const name of names) await until(cluster, name, `${name} is stopped`, stopped);

  const watch = await watchTemplates(cluster);
  const storm = keepSyncing(cluster, names);
  await chart.install({ 'settings.MCP_CPU_REQUEST': '60m' });
  const upgraded = async () => {
    const { items } = await get<{ items: Deployment[] }>(cluster, 'deployments', '-l', 'mcp.dev/server');
    return items.every(({ spec }) => spec.template.spec.containers[0]!.resources.requests.cpu === '60m');
  };
  await poll('every server is rendered by the new release', upgraded, 60);
  const rounds = await storm.stop();
  await poll('nothing is left to do', upgraded, 30);
  const seen = await watch.stop();
  t.ok(rounds > 0, `${rounds} rounds of changes to ${names.length} servers meanwhile`);
  t.equal(seen.size, names.length + 2, 'every Deployment was watched');
  t.strictSame(alternations(seen), [], 'each template changed from the old form to the new, once');
}

interface Deployment {
  spec: { template: { spec: { containers: { resources: { requests: { cpu: string } } }[] } } };
}

function stopped({ status }: MCPServer): boolean {
  return status?.phase === 'Stopped';
}
