/**
 * The least that a hook for these children can be: no framework, no validation, a status of one word. Its children are
 * text made once per spec. Arguments: the port to listen on.
 */
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { V1Deployment } from '@kubernetes/client-node';
import { type KubernetesObject, kindKey, type SyncRequest } from '../../src/reconcile/contract.ts';
import { childrenOf, controller, settings } from './manifests.ts';

/** Stands for the name in a template; nothing else in a manifest reads like it, and it is about as long as a name is. */
const NAME = 'name-x';
/** Longer than the 90 s for which Go's client keeps an idle connection. */
const KEEP_ALIVE_MS = 120_000;

const templates = new Map<string, string>();
const calls = { sync: 0, customize: 0 };

function children({ metadata, ...server }: KubernetesObject): string {
  const key = JSON.stringify(server.spec);
  let template = templates.get(key);
  if (template === undefined) {
    template = JSON.stringify(childrenOf({ ...server, metadata: { ...metadata, name: NAME } }));
    templates.set(key, template);
  }
  return template.replaceAll(NAME, metadata.name);
}

/** Its one word is true as well: a hook that calls an update done before it is has less to do. */
function isReady({ parent, children: observed }: SyncRequest): boolean {
  const { namespace, name } = parent.metadata;
  const { image, replicas } = parent.spec as { image: string; replicas: number };
  const key = kindKey({ apiVersion: 'apps/v1', kind: 'Deployment' });
  const { metadata, spec, status } = (observed[key]?.[`${namespace}/${name}`] ?? {}) as V1Deployment;
  return (
    status !== undefined &&
    status.observedGeneration === metadata?.generation &&
    spec?.template.spec?.containers.some((container) => container.image === image) === true &&
    [status.replicas, status.updatedReplicas, status.availableReplicas].every((count) => count === replicas)
  );
}

function answer(url: string, body: string): string {
  if (url.startsWith('/sync')) {
    calls.sync++;
    const request = JSON.parse(body) as SyncRequest;
    const phase = isReady(request) ? 'Ready' : 'Creating';
    return `{"status":{"phase":"${phase}"},"children":${children(request.parent)}}`;
  }
  if (url.startsWith('/customize')) {
    calls.customize++;
    const { parent } = JSON.parse(body) as SyncRequest;
    return JSON.stringify({ relatedResources: controller.customize(parent, settings) });
  }
  // The same words as the operator's own metrics, so that both are read alike.
  return Object.entries(calls)
    .map(([hook, count]) => `smooth_operator_hook_calls_total{hook="${hook}"} ${count}\n`)
    .join('');
}

const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, async (request, response) => {
  const payload = answer(request.url!, await text(request));
  response.setHeader('content-type', request.method === 'POST' ? 'application/json' : 'text/plain');
  response.end(payload);
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('the stub serves'));
