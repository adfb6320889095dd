/**
 * Calls as Metacontroller made them under dynamic apply, of a server as teams write it and of one with every feature on,
 * both settled. What a later release renders otherwise is put in their place, so that it is a settled server that is measured.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { canonical } from '../src/children/canonical.ts';
import { type KubernetesObject, kindKey, type SyncRequest } from '../src/reconcile/contract.ts';
import { LAST_APPLIED } from '../src/reconcile/keep.ts';
import { mcpServerController } from '../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../src/settings.ts';

const at = (name: string) => path.join(import.meta.dirname, name);

export const TYPICAL = at('typical-sync.json');
export const FULL = at('full-sync.json');

/** The settings that they were recorded with. */
export const RECORDED_WITH = {
  FEATURES: 'externalsecrets,servicemonitors,httproutes,backendtlspolicies,middlewares',
  SECRET_DIGEST_KEY_FILE: path.resolve(import.meta.dirname, '../test/e2e/digest-key.txt'),
  MCP_SECRET_STORE_NAME: 'vault',
  MCP_DEFAULT_INGRESS_HOST: 'mcp.example.com',
  MCP_OTLP_ENDPOINT: 'http://otel-collector.observability:4317',
  MCP_ROUTE_SCHEME: 'http',
  PROVISIONED_REGISTRY_URL: 'registry.example.com/mirror',
  MCP_DEFAULT_ENV: '{"NO_PROXY": ".svc,.cluster.local"}',
  MCP_TRUST_BUNDLE_CONFIGMAP: 'kube-root-ca.crt',
};

/** After so many answers a server that is not settled never will be. */
const MOST_ANSWERS = 5;

/** @returns a recorded call as it comes over the wire, without the line breaks that make the file readable. */
export function bodyOf(file: string): string {
  return JSON.stringify(settled(JSON.parse(readFileSync(file, 'utf8')) as SyncRequest));
}

function settled(recorded: SyncRequest): SyncRequest {
  const settings = loadSettings(RECORDED_WITH).render;
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  let request = recorded;
  for (let answers = 0; answers < MOST_ANSWERS; answers++) {
    const { status, children } = mcpServerController.sync(request, { settings, now });

    const before = request.parent.status as { lastUpdated?: string };
    const applied = children.map((child) => observedAs(child as KubernetesObject, request));
    if (applied.every(({ changed }) => !changed) && status.lastUpdated === before.lastUpdated) return request;
    request = { ...request, parent: { ...request.parent, status } };
    for (const { key, name, object } of applied) {
      for (const map of [request.children, request.related]) {
        if (map[key]?.[name] || map === request.children) map[key] = { ...map[key], [name]: object };
      }
    }
  }
  throw new Error(`the server of the recording is not settled after ${MOST_ANSWERS} answers`);
}

/** @returns a child as it would be observed once it is applied: as it was recorded where nothing is asked of it. */
function observedAs(child: KubernetesObject, { parent, children }: SyncRequest) {
  const key = kindKey(child);
  const name = `${child.metadata.namespace}/${child.metadata.name}`;
  const observed = children[key]?.[name];
  // Metacontroller adds a label to what it is asked for.
  const labels = { ...child.metadata.labels, 'controller-uid': parent.metadata.uid! };
  const wanted = canonical({ ...child, metadata: { ...child.metadata, labels } });
  const manifest = JSON.stringify(wanted);
  if (observed?.metadata.annotations?.[LAST_APPLIED] === manifest) {
    return { key, name, object: observed, changed: false };
  }
  const annotations = { ...child.metadata.annotations, [LAST_APPLIED]: manifest };
  const metadata = { ...observed?.metadata, ...wanted.metadata, annotations };
  return { key, name, object: { ...observed, ...wanted, metadata }, changed: true };
}
