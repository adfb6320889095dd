/**
 * The three ways in which the same functions reach a cluster: the embedded engine, and the real Metacontroller with each
 * of its apply strategies. The real one takes part wherever a `metacontroller` binary is on the PATH.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { Feature } from '../../src/environment.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { established } from '../cluster/addons/crds.ts';
import { binaries } from '../cluster/binaries.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { freePort } from '../cluster/ports.ts';
import { poll, type Replaceable, type RunningProcess, replaceable } from '../cluster/process.ts';
import { helm } from '../cluster/versions.ts';
import { chart } from '../install/render.ts';
import { metacontrollerCrds } from './metacontroller-crds.ts';
import { RUNTIME_IMAGE } from './operator-image.ts';

export const root = path.resolve(import.meta.dirname, '../..');

/** Names the image of what asks servers what they are; a real node has to be given it. */
export const WITH_RUNTIME = { MCP_RUNTIME_IMAGE: `${RUNTIME_IMAGE.repository}:${RUNTIME_IMAGE.tag}` };

/** What chart and overlays set, beside the apply strategy, for a hook that Metacontroller calls. */
export const AS_INSTALLED = { MCP_RELATE_PODS: 'late', ...WITH_RUNTIME };

export interface Engine {
  name: string;
  /** Metacontroller's `--apply-strategy`; undefined for the embedded engine. */
  strategy?: 'dynamic-apply' | 'server-side-apply';
}

const EMBEDDED: Engine = { name: 'embedded engine' };
const METACONTROLLER: Engine[] = [
  { name: 'Metacontroller with dynamic apply', strategy: 'dynamic-apply' },
  { name: 'Metacontroller with server-side apply', strategy: 'server-side-apply' },
];

export const metacontroller = findOnPath('metacontroller');

/** Every engine that this machine has. */
export const engines: Engine[] = [EMBEDDED, ...(metacontroller ? METACONTROLLER : [])];

/** What the suite says about itself, so that a report shows what was proven. */
export const engineReport = metacontroller
  ? 'engines: embedded, and the real Metacontroller with dynamic and with server-side apply'
  : 'engines: embedded only, for no metacontroller binary is on the PATH';

function findOnPath(name: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

export interface Operator {
  /** What it is made of, by the names that users know. */
  parts: Record<string, Replaceable>;
  stop(): Promise<void>;
}

export interface OperatorOptions {
  /** Forced resyncs of every parent, in seconds; where absent as often as the manifests say, and the embedded engine none. */
  resyncSeconds?: number;
  /** Optional kinds that the cluster has; their CRDs must be there. */
  features?: readonly Feature[] | undefined;
  /** Further settings. */
  env?: Record<string, string>;
  /** Whether servers are asked what they are, as they are where nobody says otherwise. */
  asks?: boolean | undefined;
}

/** Starts the operator in a fresh cluster and returns when it takes work. */
export async function startOperator(
  cluster: Cluster,
  engine: Engine,
  options: OperatorOptions,
): Promise<Operator> {
  return engine.strategy
    ? startMetacontroller(cluster, engine.strategy, options)
    : startEmbedded(cluster, options);
}

function settingsOf({ features = [], env = {}, asks = true }: OperatorOptions): Record<string, string> {
  // With a key of its own, a digest says the same of the same Secret in every cluster.
  const key = path.join(import.meta.dirname, 'digest-key.txt');
  const runtime = asks ? WITH_RUNTIME : { MCP_RUNTIME_IMAGE: '' };
  return { FEATURES: features.join(), SECRET_DIGEST_KEY_FILE: key, ...runtime, ...env };
}

/** Starts the embedded engine and returns when it watches. Unless `args` say otherwise it brings the CRDs. */
export async function startDev(
  cluster: Cluster,
  env: Record<string, string> = {},
  args: string[] = ['--install-crds'],
): Promise<RunningProcess> {
  const command = [path.join(root, 'src/cli.ts'), 'dev', ...args];
  const dev = await cluster.run('dev', process.execPath, command, {
    env: { KUBECONFIG: cluster.kubeconfig, ...env },
  });
  await logged(dev, 'Watching');
  return dev;
}

async function startEmbedded(cluster: Cluster, options: OperatorOptions): Promise<Operator> {
  const { resyncSeconds } = options;
  const resync = resyncSeconds === undefined ? [] : ['--resync', String(resyncSeconds)];
  const start = () => startDev(cluster, settingsOf(options), ['--install-crds', ...resync]);
  const dev = replaceable(await start(), start);
  return { parts: { dev }, stop: dev.stop };
}

/** The hook as a process of its own, and Metacontroller pointed at it by the manifests that users install. */
async function startMetacontroller(
  cluster: Cluster,
  strategy: string,
  options: OperatorOptions,
): Promise<Operator> {
  await installCrds(cluster);
  const env = { MCP_APPLY_STRATEGY: strategy, ...AS_INSTALLED, ...settingsOf(options) };
  const first = await startHook(cluster, 'hook', env);
  const { port } = new URL(first.url);
  const hook = replaceable(
    first.process,
    async () => (await startHook(cluster, 'hook', { ...env, PORT: port })).process,
  );
  const { resyncSeconds, features, asks } = options;
  await cluster.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify(compositeControllers(first.url, resyncSeconds, { features, asks })),
  });
  const start = await metacontrollerOf(cluster, strategy, FAST, { features, asks });
  const controller = replaceable(await start(), start);
  return {
    parts: { hook, Metacontroller: controller },
    stop: async () => {
      await controller.stop();
      await hook.stop('SIGKILL');
    },
  };
}

/** How fast Metacontroller may go. */
export interface Pace {
  qps: number;
  burst: number;
  workers: number;
  /** Seconds between its looks at which kinds there are; its own default, 30, where absent. */
  discoverySeconds?: number;
}

export const FAST: Pace = { qps: 500, burst: 1000, workers: 20 };

/** @param kinds those that the chart grants it permissions for. */
export async function runMetacontroller(
  cluster: Cluster,
  strategy: string,
  pace: Pace = FAST,
  kinds: Kinds = {},
): Promise<RunningProcess> {
  const start = await metacontrollerOf(cluster, strategy, pace, kinds);
  return start();
}

/** @returns what starts it, again and again: it asks nothing of the API server itself. */
async function metacontrollerOf(
  cluster: Cluster,
  strategy: string,
  { qps, burst, workers, discoverySeconds = 30 }: Pace,
  kinds: Kinds,
): Promise<() => Promise<RunningProcess>> {
  const [metrics, probes] = [await freePort(), await freePort()];
  const kubeconfig = await kubeconfigOfMetacontroller(cluster, kinds);
  return () =>
    cluster.run('metacontroller', metacontroller!, [
      `--kubeconfig=${kubeconfig}`,
      `--apply-strategy=${strategy}`,
      `--client-go-qps=${qps}`,
      `--client-go-burst=${burst}`,
      `--workers=${workers}`,
      `--discovery-interval=${discoverySeconds}s`,
      `--metrics-address=127.0.0.1:${metrics}`,
      `--health-probe-bind-address=127.0.0.1:${probes}`,
    ]);
}

/** With what the chart's `metacontroller.rbac.create` grants, and nothing more: what is missing there fails here. */
async function kubeconfigOfMetacontroller(
  cluster: Cluster,
  { features = [], asks = true }: Kinds,
): Promise<string> {
  const tools = { helm: (await binaries([helm]))('helm'), kubernetes: cluster.kubernetes };
  const objects = await chart(tools, {
    features,
    'runtimeImage.enabled': asks,
    'metacontroller.rbac.create': true,
  });
  const name = 'metacontroller';
  const granted = objects.filter(
    ({ kind, metadata }) => kind.startsWith('ClusterRole') && metadata.name.endsWith(`-${name}`),
  );
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: name } };
  const items = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, account, ...granted];
  await cluster.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
  const { stdout } = await cluster.kubectl(['create', 'token', name, '--namespace', name, '--duration=2h']);
  const config = parse(readFileSync(cluster.kubeconfig, 'utf8'));
  for (const one of config.users) one.user = { token: stdout.trim() };
  const file = path.join(cluster.dir, 'metacontroller.kubeconfig');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

/** Our CRDs and those of Metacontroller, established. */
export async function installCrds(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '--server-side', '-k', path.join(root, 'crds')]);
  await installMetacontrollerCrds(cluster);
}

export async function installMetacontrollerCrds(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(metacontrollerCrds) });
  await established(cluster, 'crd', '--all');
}

export interface Hook {
  url: string;
  process: RunningProcess;
}

export async function startHook(
  cluster: Cluster,
  name: string,
  env: Record<string, string> = {},
): Promise<Hook> {
  const { PORT = String(await freePort()) } = env;
  const hook = await cluster.run(name, process.execPath, [path.join(root, 'src/cli.ts'), 'serve'], {
    env: { HOST: '127.0.0.1', ...env, PORT },
  });
  await logged(hook, 'smooth-operator serves');
  return { url: `${env.TLS_CERT_FILE ? 'https' : 'http'}://127.0.0.1:${PORT}`, process: hook };
}

export interface Door {
  /** Where the webhook is. */
  url: string;
  /** Whom the API server trusts for it, PEM. */
  ca: string;
  /** Labels of the objects that it is asked about; every one where absent. */
  objectSelector?: { matchLabels: Record<string, string> };
}

/** The webhook of `metacontroller/components/admission`, once for each door, at processes instead of a Service. */
export function webhookConfiguration(doors: Record<string, Door>): object {
  const file = path.join(root, 'metacontroller/components/admission/webhook.yaml');
  const configuration = parse(readFileSync(file, 'utf8'));
  const [webhook] = configuration.webhooks;
  configuration.webhooks = Object.entries(doors).map(([name, { url, ca, objectSelector = {} }]) => ({
    ...webhook,
    name,
    objectSelector,
    clientConfig: { url: `${url}/admission/validate`, caBundle: Buffer.from(ca).toString('base64') },
  }));
  return configuration;
}

/**
 * The CompositeControllers of `metacontroller/base`, pointed at a process instead of a Service, as a List.
 * @param resyncPeriodSeconds as the manifests say where undefined.
 */
export function compositeControllers(
  url: string,
  resyncPeriodSeconds: number | undefined,
  { revision = '', features = [], asks = true }: Kinds & { revision?: string } = {},
): { kind: 'List'; items: CompositeController[] } {
  const files = [
    'base',
    ...controllers.flatMap(({ feature }) =>
      feature && features.includes(feature) ? [`components/${feature}`] : [],
    ),
  ].map((folder) => path.join(root, 'metacontroller', folder, 'compositecontroller.yaml'));
  const items = files.flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS() as CompositeController),
  );
  for (const { spec } of items) {
    for (const [hook, { webhook }] of Object.entries(spec.hooks)) {
      for (const field of ['service', 'path', 'caBundle', 'authorization']) delete webhook[field];
      webhook.url = `${url}/${hook}${revision ? `?rev=${revision}` : ''}`;
    }
    if (resyncPeriodSeconds !== undefined) spec.resyncPeriodSeconds = resyncPeriodSeconds;
    const { children } = controllers.find(({ parent }) => parent.resource === spec.parentResource.resource)!;
    for (const { apiVersion, resource, feature, setting, isImmutable } of children) {
      // Of every cluster: the manifests have them.
      if (!feature && !setting) continue;
      if ((feature && !features.includes(feature)) || (setting && !asks)) continue;
      // A component may bring them itself.
      if (spec.childResources.some((one) => (one as { resource: string }).resource === resource)) continue;
      const method = isImmutable ? 'OnDelete' : 'InPlace';
      spec.childResources.push({ apiVersion, resource, updateStrategy: { method } });
    }
  }
  return { apiVersion: 'v1', kind: 'List', items } as { kind: 'List'; items: CompositeController[] };
}

export interface CompositeController {
  metadata: { name: string };
  spec: {
    parentResource: { apiVersion: string; resource: string };
    resyncPeriodSeconds?: number;
    childResources: object[];
    hooks: Record<string, { webhook: Record<string, unknown> }>;
  };
}

/** What decides which kinds of child there are. */
type Kinds = Pick<OperatorOptions, 'features' | 'asks'>;

/** Waits until a process has said something. */
export async function logged(running: RunningProcess, words: string): Promise<void> {
  let ended: number | null | undefined;
  void running.exited.then((code) => {
    ended = code;
  });
  await poll(
    `${running.log} says "${words}"`,
    async () => {
      const text = await running.output();
      if (ended !== undefined) throw new Error(`ended with ${ended} before it said "${words}":\n${text}`);
      return text.includes(words);
    },
    60,
  );
}
