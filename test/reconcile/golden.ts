/**
 * The golden cases: a folder of `test/golden` each, named after the behaviour that it shows.
 *
 * `request.yaml` says what the hook is sent, in short:
 * - `parent`: an MCPServer unless it says its kind, of which `name` search, `namespace` default, `uid` and `generation` 1 need not be said.
 * - `observed`: which of the server's own children are there, as this operator renders them; see `Observed`.
 * - `given` and `related`: further children and related objects, each as it is.
 * - `entries`: of an MCPCatalog, the MCPServerEntries that it selects; see `ShortEntry`.
 * - `earlier`: what earlier calls saw, an hour between them; their answers make the parent's status.
 * - `asked`: that a call some time ago had the server asked what it is, and the status of the pod that asks; see `Asked`.
 * `settings.yaml` holds variables of the environment that differ from the defaults, `policy.yaml` the policy where there
 * is one, `expected.yaml` the answer.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { V1Deployment } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { withSecretDigests } from '../../src/children/deployment.ts';
import {
  type KubernetesObject,
  kindKey,
  type ObjectMap,
  type SyncRequest,
} from '../../src/reconcile/contract.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { mcpServerController } from '../../src/reconcile/mcpserver/controller.ts';
import { loadSettings, type RenderSettings } from '../../src/settings.ts';

export interface Observed {
  /** The spec that they were rendered from; that of the parent where absent. */
  spec?: object;
  /** Kinds that are not there. */
  absent?: string[];
  /** Number of pods of the Deployment: all, of the new template, ready and available. */
  pods?: { total?: number; updated?: number; ready?: number; available?: number };
  /** Conditions of the Deployment itself. */
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  /** Whether the Deployment controller has yet to see the newest template. */
  unseen?: boolean;
  /** The digests of Secrets that are on the pod template. */
  digests?: string;
  /** What other controllers say of a child, by kind, or by kind and name as `Kind NAME`. */
  statuses?: Record<string, object>;
  /** Annotations that somebody has put on a child, by kind. */
  annotated?: Record<string, Record<string, string>>;
}

export interface Asked {
  secondsAgo: number;
  /** What kubelet and scheduler say of the pod; absent where the pod is not there. */
  pod?: object;
  /** What was related then; the same as now where absent. */
  related?: KubernetesObject[];
  /** What it said when it ended, `secondsAgo` being the time of that too. */
  says?: object | string;
}

interface Step {
  spec?: object;
  generation?: number;
  observed?: Observed;
}

export interface GoldenCase {
  name: string;
  folder: string;
  request: SyncRequest;
  settings: RenderSettings;
  now: string;
}

export const ROOT = path.join(import.meta.dirname, '../golden');
export const NOW = '2026-01-01T12:00:00Z';
/** What the Secrets hold that every case relates; no answer may show it. */
export const SECRET_VALUE = 'tr0ub4dor&3-correct-horse';

export function goldenCases(): GoldenCase[] {
  return globSync('*/request.yaml', { cwd: ROOT })
    .sort()
    .map((file) => {
      const folder = path.join(ROOT, path.dirname(file));
      const environment = path.join(folder, 'settings.yaml');
      const policy = path.join(folder, 'policy.yaml');
      const settings = loadSettings({
        ...(existsSync(environment) ? readYaml(environment) : {}),
        ...(existsSync(policy) ? { POLICY_FILE: policy } : {}),
      }).render;
      return {
        name: path.dirname(file),
        folder,
        request: requestOf(readYaml(path.join(folder, 'request.yaml')), settings),
        settings,
        now: NOW,
      };
    });
}

function readYaml<T>(file: string): T {
  return parse(readFileSync(file, 'utf8')) as T;
}

/** Ready, verified and registering itself, unless its spec says otherwise. */
export interface ShortEntry {
  namespace?: string;
  name: string;
  spec?: object;
}

export interface ShortRequest {
  parent: { kind?: string; metadata?: object; spec?: object; status?: object };
  entries?: ShortEntry[];
  observed?: Observed;
  given?: KubernetesObject[];
  related?: KubernetesObject[];
  earlier?: Step[];
  asked?: Asked;
}

/** Builds what Metacontroller would send from its short form. */
export function requestOf(short: ShortRequest, settings: RenderSettings): SyncRequest {
  const { parent, observed, given = [], related = [], entries = [], earlier = [], asked } = short;
  const full: KubernetesObject = {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServer',
    ...parent,
    metadata: {
      name: 'search',
      namespace: 'default',
      uid: 'uid-of-parent',
      generation: 1,
      ...parent.metadata,
    },
  };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: full.metadata.namespace!, uid: 'uid-of-keys' },
    data: { token: Buffer.from(SECRET_VALUE).toString('base64') },
  };
  let status: unknown;
  earlier.forEach((step, hour) => {
    const before = {
      ...full,
      metadata: { ...full.metadata, generation: step.generation ?? full.metadata.generation! },
      spec: step.spec ?? full.spec,
      ...(status ? { status } : {}),
    };
    const children = mapOf(childrenOf(before, step.observed, settings));
    const now = `2026-01-01T0${hour}:00:00Z`;
    status = mcpServerController.sync({ parent: before, children, related: {} }, { settings, now }).status;
  });
  if (status) full.status = status;
  const children = [...childrenOf(full, observed, settings), ...given];
  const shown = [secret, ...related, ...entries.map(entryFrom)];
  const request = { parent: full, children: mapOf(children, full.kind), related: mapOf(shown, full.kind) };
  return asked ? afterAsking(request, asked, settings) : request;
}

/** What is sent some time after a call that had the server asked. */
function afterAsking(
  request: SyncRequest,
  { secondsAgo, says, pod, related }: Asked,
  settings: RenderSettings,
): SyncRequest {
  const then = `${new Date(Date.parse(NOW) - secondsAgo * 1000).toISOString().slice(0, 19)}Z`;
  const earlier = related ? { ...request, related: mapOf(related) } : request;
  const { status, children } = mcpServerController.sync(earlier, { settings, now: then });
  const parent = { ...request.parent, status };
  const asking = (children as KubernetesObject[]).find(({ kind }) => kind === 'Pod')!;
  const state = pod ?? (says === undefined ? undefined : endedWith(says, then));
  if (!state) return { ...request, parent };
  const { apiVersion, kind, metadata } = parent;
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid!, controller: true };
  const observed = {
    ...asking,
    metadata: {
      ...asking.metadata,
      uid: 'uid-of-verifier',
      creationTimestamp: then,
      ownerReferences: [owner],
    },
    status: state,
  };
  const pods = { [`${metadata.namespace}/${observed.metadata.name}`]: observed };
  return { ...request, parent, children: { ...request.children, [kindKey(observed)]: pods } };
}

function endedWith(says: object | string, finishedAt: string): object {
  const message = typeof says === 'string' ? says : JSON.stringify(says);
  const terminated = { exitCode: 1, reason: 'Error', finishedAt, ...(message && { message }) };
  return { phase: 'Failed', containerStatuses: [{ name: 'verify', state: { terminated } }] };
}

/** The server's own children as a cluster would have them. */
export function childrenOf(
  parent: KubernetesObject,
  observed: Observed | undefined,
  settings: RenderSettings,
): KubernetesObject[] {
  if (!observed) return [];
  const { absent = [], annotated = {}, unseen = false, conditions, digests = '', statuses = {} } = observed;
  const { parent: server } = mcpServerController.check(
    { ...parent, spec: observed.spec ?? parent.spec },
    settings,
  );
  return mcpServerController
    .render(server, settings)
    .filter(({ kind }) => !absent.includes(kind))
    .map((rendered) => {
      const child =
        rendered.kind === 'Deployment'
          ? (withSecretDigests(rendered as V1Deployment, digests) as KubernetesObject)
          : rendered;
      const status = statuses[`${child.kind} ${child.metadata.name}`] ?? statuses[child.kind];
      const generation = 3;
      const { total = 1, updated = total, ready = 0, available = ready } = observed.pods ?? {};
      const annotations = { ...child.metadata.annotations, ...annotated[child.kind] };
      const owner = { apiVersion: parent.apiVersion, kind: parent.kind, name: parent.metadata.name };
      const counts = {
        observedGeneration: unseen ? generation - 1 : generation,
        ...(total > 0 && { replicas: total, updatedReplicas: updated }),
        ...(ready > 0 && { readyReplicas: ready }),
        ...(available > 0 && { availableReplicas: available }),
        ...(conditions && { conditions }),
      };
      return {
        ...child,
        metadata: {
          ...child.metadata,
          ...(Object.keys(annotations).length > 0 && { annotations }),
          uid: `uid-of-${child.kind}`,
          generation,
          ownerReferences: [{ ...owner, uid: parent.metadata.uid!, controller: true }],
        },
        ...(child.kind === 'Deployment' ? { status: counts } : status ? { status } : {}),
      };
    });
}

/** @returns the entry as the operator makes it of an MCPServer. */
export function entryFrom({ namespace = 'default', name, spec }: ShortEntry): KubernetesObject {
  const owner = { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', name, uid: `uid-of-${name}` };
  return {
    apiVersion: 'mcp.dev/v1alpha1',
    kind: 'MCPServerEntry',
    metadata: { name, namespace, ownerReferences: [{ ...owner, controller: true }] },
    spec: {
      url: `http://${name}.${namespace}.svc.cluster.local/mcp`,
      transport: 'http',
      created: '2026-01-01T10:00:00Z',
      autoRegister: true,
      ready: true,
      verified: 'True',
      ...spec,
    },
  };
}

function mapOf(objects: KubernetesObject[], parentKind = 'MCPServer'): ObjectMap {
  const { children: kinds } = controllers.find(({ parent }) => parent.kind === parentKind)!;
  const map: ObjectMap = Object.fromEntries(kinds.map((kind) => [kindKey(kind), {}]));
  for (const object of objects) {
    const { namespace, name } = object.metadata;
    map[kindKey(object)] = { ...map[kindKey(object)], [`${namespace}/${name}`]: object };
  }
  return map;
}
