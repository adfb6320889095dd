/** What a real API server says to the children of every golden case: for the end-to-end tests. */
import fc from 'fast-check';
import { FEATURES } from '../../src/environment.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { mcpServerController } from '../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../src/settings.ts';
import { validSpec } from '../api/random-specs.ts';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { goldenCases } from './golden.ts';

const NAMESPACE = 'golden-dry-run';
/** Cases of this name ask for more than Pod Security "restricted" allows. */
const OVERRIDE = /^security-override-/;

/**
 * Applies all children to a namespace that warns of what Pod Security "restricted" would refuse, without storing them.
 * @returns a sentence for every child that is refused, and for every warning that no case asks for.
 */
export async function childrenPassDryRun(kubectl: ControlPlane['kubectl']): Promise<string[]> {
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/warn': 'restricted' } },
  };
  await kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(namespace) });
  try {
    return await dryRuns(kubectl);
  } finally {
    await kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
  }
}

/** @returns the children of every golden case, in one namespace; those of two cases have the same names. */
export function goldenChildren(): { name: string; items: KubernetesObject[] }[] {
  return goldenCases().map(({ name, request, settings, now }) => {
    const { children } = mcpServerController.sync(request, { settings, now });
    return { name, items: (children as KubernetesObject[]).map(moved) };
  });
}

function moved(child: KubernetesObject): KubernetesObject {
  return { ...child, metadata: { ...child.metadata, namespace: NAMESPACE } };
}

const ALL_ON = loadSettings({
  FEATURES: FEATURES.join(','),
  MCP_RUNTIME_IMAGE: 'registry.example.com/smooth-operator-runtime:1.0.0',
}).render;
const RANDOM_SERVERS = 150;

/**
 * Draws random servers that the schema allows, and applies each and all its children without storing them.
 * @returns a sentence for each that the API server refuses, with the seed to draw it again.
 */
export async function randomChildrenPassDryRun(kubectl: ControlPlane['kubectl']): Promise<string[]> {
  const seed = Date.now() % 2 ** 31;
  const specs = fc.sample(validSpec, { numRuns: RANDOM_SERVERS, seed });
  const servers = specs.map((spec, index) => ({
    ...mcpServerController.parent,
    metadata: { name: `random-${index}`, namespace: 'default', uid: `uid-${index}`, generation: 1 },
    spec,
  }));
  const children = servers.flatMap((server) => {
    const { parent, problems } = mcpServerController.check(server, ALL_ON);
    if (problems.length > 0)
      throw new Error(`seed ${seed}: ${JSON.stringify({ spec: server.spec, problems })}`);
    return mcpServerController.render(parent, ALL_ON);
  });
  const parents = servers.map(({ resource: _, metadata: { name, namespace }, ...server }) => ({
    ...server,
    metadata: { name, namespace },
  }));
  const stderr = await apply(kubectl, [...parents, ...children]);
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Warning:'))
    .map((line) => `seed ${seed}: ${line}`);
}

async function dryRuns(kubectl: ControlPlane['kubectl']): Promise<string[]> {
  const cases = goldenChildren();
  const restricted = cases.filter(({ name }) => !OVERRIDE.test(name));
  const problems: string[] = [];
  const stderr = await apply(
    kubectl,
    restricted.flatMap(({ items }) => items),
  );
  if (stderr !== '') problems.push(`restricted cases: ${stderr}`);
  for (const { name, items } of cases.filter((one) => OVERRIDE.test(one.name))) {
    const text = await apply(kubectl, items);
    if (/^Error/m.test(text)) problems.push(`${name}: ${text}`);
    if (!text.includes('would violate PodSecurity "restricted')) problems.push(`${name}: overrides nothing`);
  }
  return problems;
}

/** @returns warnings and errors. */
async function apply(kubectl: ControlPlane['kubectl'], items: object[]): Promise<string> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const args = ['apply', '--server-side', '--dry-run=server', '-f', '-'];
  const { stderr } = await kubectl(args, { input, allowFailure: true });
  // Istio's class is an annotation still.
  return stderr.replace(/^Warning: annotation "kubernetes.io\/ingress.class" is deprecated.*\n/gm, '');
}
