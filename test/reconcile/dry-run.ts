/** What a real API server says to the children of every golden case: for the end-to-end tests. */
import { mcpServerController } from '../../src/reconcile/mcpserver/sync.ts';
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

async function dryRuns(kubectl: ControlPlane['kubectl']): Promise<string[]> {
  const cases = goldenCases().map(({ name, request, settings, now }) => {
    const { children } = mcpServerController.sync(request, { settings, now }) as {
      children: { metadata: object }[];
    };
    return {
      name,
      items: children.map((child) => ({ ...child, metadata: { ...child.metadata, namespace: NAMESPACE } })),
    };
  });
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
  return (await kubectl(args, { input, allowFailure: true })).stderr;
}
