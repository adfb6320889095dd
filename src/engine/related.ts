/** Which objects a parent relates, as its customize answers, and which parents an object matters to. */
import type { Controller, KubernetesObject, RelatedRule } from '../reconcile/contract.ts';
import { selects } from '../reconcile/selectors.ts';
import type { RenderSettings } from '../settings.ts';

interface Answer {
  uid: string | undefined;
  generation: number | undefined;
  rules: RelatedRule[];
  entries: string[];
}

const ANY = '*';
export const NAMESPACE = { apiVersion: 'v1', resource: 'namespaces' };

export class Relations {
  #answers = new Map<string, Answer>();
  #parents = new Map<string, Set<string>>();

  /** @returns the rules of a parent; its controller is asked once for each generation. */
  rulesOf(
    key: string,
    parent: KubernetesObject,
    controller: Controller,
    settings: RenderSettings,
  ): RelatedRule[] {
    const { uid, generation } = parent.metadata;
    const known = this.#answers.get(key);
    if (known && known.uid === uid && known.generation === generation) return known.rules;
    const rules = controller.customize(parent, settings);
    this.forget(key);
    const entries = rules.flatMap(entriesOf);
    this.#answers.set(key, { uid, generation, rules, entries });
    for (const entry of entries) {
      const parents = this.#parents.get(entry) ?? new Set();
      this.#parents.set(entry, parents.add(key));
    }
    return rules;
  }

  forget(key: string): void {
    for (const entry of this.#answers.get(key)?.entries ?? []) {
      const parents = this.#parents.get(entry);
      parents?.delete(key);
      if (parents?.size === 0) this.#parents.delete(entry);
    }
    this.#answers.delete(key);
  }

  /** @returns the keys of the parents that relate an object. */
  parentsOf(apiVersion: string, resource: string, { metadata }: KubernetesObject): Set<string> {
    const { namespace = ANY, name, labels = {} } = metadata;
    const found = new Set<string>();
    const labelled = Object.entries(labels).map(([key, value]) => labelEntry(key, value));
    for (const inNamespace of new Set([namespace, ANY])) {
      for (const named of [name, ANY, ...labelled]) {
        const parents = this.#parents.get(entryOf(apiVersion, resource, inNamespace, named));
        for (const key of parents ?? []) found.add(key);
      }
    }
    return found;
  }
}

/** As Metacontroller has it, a rule without a namespace means all of them, and one without names all of its objects. */
function entriesOf({
  apiVersion,
  resource,
  namespace,
  names,
  labelSelector,
  namespaceSelector,
}: RelatedRule): string[] {
  // One of several labels is enough to be found by; a parent that is asked in vain sees nothing new.
  const [label] = Object.entries(labelSelector?.matchLabels ?? {});
  const named = label ? [labelEntry(...label)] : names?.length ? names : [ANY];
  const entries = named.map((name) => entryOf(apiVersion, resource, namespace || ANY, name));
  // Which namespaces are selected changes with their labels.
  return namespaceSelector
    ? [...entries, entryOf(NAMESPACE.apiVersion, NAMESPACE.resource, ANY, ANY)]
    : entries;
}

function entryOf(apiVersion: string, resource: string, namespace: string, name: string): string {
  return `${resource}.${apiVersion}/${namespace}/${name}`;
}

/** No name has an `=`. */
function labelEntry(key: string, value: string): string {
  return `${key}=${value}`;
}

/** @param namespace the one that the object is in, where the cluster has it; asked for by rules that select namespaces alone. */
export function matches(
  rule: RelatedRule,
  { metadata }: KubernetesObject,
  namespace?: KubernetesObject,
): boolean {
  const { name, labels = {} } = metadata;
  if (rule.namespaceSelector) {
    if (!namespace || !selects(rule.namespaceSelector, namespace.metadata.labels)) return false;
  } else if (
    rule.namespace !== '' &&
    metadata.namespace !== undefined &&
    metadata.namespace !== rule.namespace
  ) {
    return false;
  }
  if (rule.labelSelector) return selects(rule.labelSelector, labels);
  return rule.names.length === 0 || rule.names.includes(name);
}
