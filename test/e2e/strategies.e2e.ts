/**
 * From one of Metacontroller's apply strategies to the other on a running installation: what a new spec drops would stay, so
 * it waits until the command of the docs has been run, and nothing that runs is touched. With the real Metacontroller alone.
 */
import path from 'node:path';
import t, { type Test } from 'tap';
import type { MCPServer } from '../../src/api/mcpserver.ts';
import { binaries } from '../cluster/binaries.ts';
import { up } from '../cluster/cluster.ts';
import { finish } from '../cluster/process.ts';
import { controlPlane } from '../cluster/versions.ts';
import { TAKE_BACK } from '../docs/commands.ts';
import { apply, condition, get, patch, settled, until } from './look.ts';
import {
  AS_INSTALLED,
  compositeControllers,
  engineReport,
  installCrds,
  metacontroller,
  runMetacontroller,
  startHook,
} from './operator.ts';

const DYNAMIC = 'dynamic-apply';
const SERVER_SIDE = 'server-side-apply';
const RESYNC_SECONDS = 5;

t.comment(engineReport);
if (metacontroller) {
  const cluster = await up();
  t.teardown(() => cluster.down());
  const at = (PORT: string, strategy: string) =>
    startHook(cluster, `hook-${strategy}`, { ...AS_INSTALLED, MCP_APPLY_STRATEGY: strategy, PORT });
  await installCrds(cluster);
  let running = await runMetacontroller(cluster, DYNAMIC);
  let hook = await startHook(cluster, 'hook', { ...AS_INSTALLED, MCP_APPLY_STRATEGY: DYNAMIC });
  const { port } = new URL(hook.url);
  await apply(cluster, compositeControllers(hook.url, RESYNC_SECONDS));
  await apply(cluster, {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    metadata: { name: 'search', namespace: 'default' },
    spec: { image: 'ghcr.io/acme/search:1.0.0', port: 8080, env: [{ name: 'MODE', value: 'fast' }] },
  });
  await until(cluster, 'search', 'it is ready under dynamic apply', settled);

  const becomes = async (strategy: string) => {
    await hook.process.stop();
    hook = await at(port, strategy);
  };
  const runsWith = async (strategy: string) => {
    await running.stop();
    running = await runMetacontroller(cluster, strategy);
  };
  const uidOfDeployment = async () => (await get(cluster, 'deployment', 'search')).metadata.uid;
  const template = async () => {
    const { spec } = await get<{ spec: { template: { spec: Template } } }>(cluster, 'deployment', 'search');
    const [container] = spec.template.spec.containers;
    return { ports: container?.ports.map(({ containerPort }) => containerPort), env: container?.env };
  };
  const uid = await uidOfDeployment();

  await t.test('a setting that Metacontroller does not go by yet is told', async (t) => {
    await becomes(SERVER_SIDE);
    const told = await until(cluster, 'search', 'the setting differs', says('SettingDiffers'));
    t.match(condition(told, 'Ready'), { status: 'True' });
  });

  await t.test('under the other strategy a new spec waits, and nothing that runs is touched', async (t) => {
    await runsWith(SERVER_SIDE);
    const told = await until(cluster, 'search', 'it has changed', says('StrategyChanged'));
    t.equal(told.status?.phase, 'Ready');
    await patch(cluster, 'search', { port: 9090, env: null });
    const held = await until(
      cluster,
      'search',
      'a new spec waits',
      ({ status }) => status?.phase === 'Degraded',
    );
    t.match(condition(held, 'Progressing'), { status: 'False', reason: 'ApplyStrategy' });
    t.strictSame(await template(), { ports: [8080], env: [{ name: 'MODE', value: 'fast' }] });
  });

  await t.test('the command of the docs ends it, and all of the old spec goes', async (t) => {
    await takesBack(t, cluster.kubeconfig);
    const mended = await until(cluster, 'search', 'the new spec is rolled out', settled);
    t.notOk(condition(mended, 'ApplyStrategy'));
    t.strictSame(await template(), { ports: [9090], env: undefined });
    t.equal(await uidOfDeployment(), uid, 'it is the same Deployment');
  });

  await t.test('and back again, which takes no command', async (t) => {
    await runsWith(DYNAMIC);
    await becomes(DYNAMIC);
    await until(
      cluster,
      'search',
      'nothing differs',
      (one) => settled(one) && !condition(one, 'ApplyStrategy'),
    );
    await patch(cluster, 'search', { port: 8081 });
    await until(cluster, 'search', 'a new spec is rolled out', settled);
    t.strictSame(await template(), { ports: [8081], env: undefined });
  });
}

interface Template {
  containers: { ports: { containerPort: number }[]; env?: object[] }[];
}

function says(reason: string) {
  return (server: MCPServer) => condition(server, 'ApplyStrategy')?.reason === reason;
}

/** An object that changes meanwhile is a conflict, and the docs say to run it once more. */
async function takesBack(t: Test, kubeconfig: string): Promise<void> {
  const folder = path.dirname((await binaries([controlPlane]))('kubectl'));
  const env = { KUBECONFIG: kubeconfig, PATH: `${folder}:${process.env.PATH}` };
  const run = () => finish('bash', ['-o', 'pipefail', '-c', TAKE_BACK], { env, allowFailure: true });
  const { code, stderr } = await run();
  if (code !== 0) t.equal((await run()).code, 0, stderr);
}
