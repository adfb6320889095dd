/** `render` and `validate`: what the operator would do with manifests, without a cluster. */
import { Document, visit } from 'yaml';
import { formatProblem, type Problem } from '../api/problem.ts';
import type { Controller, KubernetesObject } from '../reconcile/contract.ts';
import type { RenderSettings } from '../settings.ts';
import type { Manifest } from './manifests.ts';

/** What a command has to say; the exit status follows from it. */
export interface Outcome {
  /** For standard output. */
  output: string;
  /** For standard error, a line each. */
  remarks: string[];
  /** Whether every manifest of ours is valid and there is at least one. */
  ok: boolean;
}

export type Format = 'yaml' | 'json';

/** Judges every manifest of our kinds; others are named and passed over. */
export function validate(
  manifests: readonly Manifest[],
  controllers: readonly Controller[],
  settings: RenderSettings,
): Outcome {
  const { valid, invalid, remarks } = judge(manifests, controllers, settings);
  const output = valid.map(({ parent }) => `${describe(parent)}: valid\n`).join('');
  return { output, remarks, ok: invalid === 0 && valid.length > 0 };
}

/** Prints the children of every manifest of our kinds. One that is invalid has none. */
export function render(
  manifests: readonly Manifest[],
  controllers: readonly Controller[],
  settings: RenderSettings,
  format: Format,
): Outcome {
  const { valid, invalid, remarks } = judge(manifests, controllers, settings);
  const beside = [...valid.map(({ parent }) => parent), ...namespacesIn(manifests)];
  const children = valid.flatMap(({ controller, parent }) => controller.render(parent, settings, beside));
  return { output: print(children, format), remarks, ok: invalid === 0 && valid.length > 0 };
}

/** By their labels some kinds select. */
function namespacesIn(manifests: readonly Manifest[]): KubernetesObject[] {
  return manifests
    .map(({ object }) => object)
    .filter(
      ({ apiVersion, kind, metadata }) => apiVersion === 'v1' && kind === 'Namespace' && metadata?.name,
    );
}

/** @returns objects as YAML documents, or as one JSON List. */
export function print(objects: readonly object[], format: Format): string {
  if (format === 'json') {
    return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }, null, 2)}\n`;
  }
  return objects.map((object) => `---\n${toYaml(object)}`).join('');
}

/** What YAML 1.1 has as octal is no number to the library, which leaves it bare, and one to kubectl. */
const OCTAL = /^[-+]?0[oO][0-7]+$/;

function toYaml(object: object): string {
  const document = new Document(object, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && OCTAL.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** A slip in its kind or version is no other kind: nobody else has our group. */
function isOfOurGroup({ apiVersion }: KubernetesObject, controllers: readonly Controller[]): boolean {
  const groupOf = (version: string) => version.split('/')[0];
  return controllers.some(({ parent }) => groupOf(parent.apiVersion) === groupOf(apiVersion));
}

function judge(manifests: readonly Manifest[], controllers: readonly Controller[], settings: RenderSettings) {
  const valid: { controller: Controller; parent: KubernetesObject }[] = [];
  const remarks: string[] = [];
  let invalid = 0;
  for (const { object, locate } of manifests) {
    const controller = controllers.find(
      ({ parent }) => parent.apiVersion === object.apiVersion && parent.kind === object.kind,
    );
    if (!controller && isOfOurGroup(object, controllers)) {
      const kinds = controllers.map(({ parent }) => `${parent.kind} of ${parent.apiVersion}`).join(', ');
      remarks.push(
        `${locate([])}: ${describe(object)} of ${object.apiVersion}: there is no such kind: known are ${kinds}`,
      );
      invalid++;
      continue;
    }
    if (!controller) {
      const named = object.apiVersion === '' ? object.kind : describe(object);
      const version = controllers.find(({ parent }) => parent.kind === object.kind)?.parent.apiVersion;
      const hint = version ? `; it is of ${object.apiVersion}, ours is of ${version}` : '';
      remarks.push(`${locate([])}: ${named}: passed over, not a kind of ours${hint}`);
      continue;
    }
    if (typeof object.metadata?.name !== 'string' || object.metadata.name === '') {
      remarks.push(`${locate(['metadata'])}: metadata.name: Required value`);
      invalid++;
      continue;
    }
    // The API server knows the uid; nothing that is rendered depends on it.
    const metadata = { namespace: 'default', uid: '', generation: 1, ...object.metadata };
    const { parent, problems, unknown } = controller.check({ ...object, metadata }, settings);
    const found: Problem[] = [...namespaceProblems(metadata.namespace), ...problems, ...unknown];
    remarks.push(...found.map((problem) => `${locate(problem.path)}: ${formatProblem(problem)}`));
    if (found.length > 0) {
      invalid++;
      continue;
    }
    valid.push({ controller, parent });
    const { warnings } = controller.admit({ ...object, metadata }, undefined, settings);
    remarks.push(...warnings.map((one) => `${locate(one.path)}: warning: ${formatProblem(one)}`));
  }
  if (valid.length === 0 && invalid === 0) {
    const kinds = controllers.map(({ parent }) => `${parent.kind} (${parent.apiVersion})`).join(', ');
    remarks.push(`nothing to do: none of the manifests is of a kind of ours: ${kinds}`);
  }
  return { valid, invalid, remarks };
}

/** The API server asks for a DNS-1123 label before it looks at the kind. */
function namespaceProblems(namespace: unknown): Problem[] {
  if (typeof namespace === 'string' && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) return [];
  const detail = `Invalid value: ${JSON.stringify(namespace)}: must be lower-case letters, digits and -, at most 63`;
  return [{ path: ['metadata', 'namespace'], detail }];
}

function describe({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata?.namespace ?? 'default'}/${metadata?.name ?? '(no name)'}`;
}
