/** The servers that a fleet is made of, and the objects that each of them stands for. */
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { loadSettings } from '../../src/settings.ts';

export const NAMESPACE = 'default';
export const FIRST_IMAGE = 'ghcr.io/acme/search:1.0.0';
export const NEXT_IMAGE = 'ghcr.io/acme/search:1.1.0';

export const [controller] = controllers as [(typeof controllers)[0]];

export const settings = loadSettings({}).render;

/** What a team writes for a small server; one replica, so that the work is the operator's and not the scheduler's. */
const spec = {
  replicas: 1,
  env: [{ name: 'LOG_LEVEL', value: 'info' }],
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
};

export function mcpServer(name: string, image: string): KubernetesObject {
  const { apiVersion, kind } = controller.parent;
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec: { image, ...spec } };
}

/** @returns the children that the operator renders for a server. */
export function childrenOf(server: KubernetesObject): KubernetesObject[] {
  const { parent, problems } = controller.check(server, settings);
  if (problems.length > 0) throw new Error(`${server.metadata.name}: ${JSON.stringify(problems)}`);
  return controller.render(parent, settings);
}
