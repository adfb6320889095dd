/** Which objects a parent relates, as its customize answers, and which parents an object matters to. */
import type { Controller, KubernetesObject, RelatedRule } from '../reconcile/contract.ts';

interface Answer {
  uid: string | undefined;
  generation: number | undefined;
  rules: RelatedRule[];
  entries: string[];
}

const ANY = '*';

export class Relations {
  #answers = new Map<string, Answer>();
  #parents = new Map<string, Set<string>>();

  /** @returns the rules of a parent; its controller is asked once for each generation. */
  rulesOf(key: string, parent: KubernetesObject, controller: Controller): RelatedRule[] {
    const { uid, generation } = parent.metadata;
    const known = this.#answers.get(key);
    if (known && known.uid === uid && known.generation === generation) return known.rules;
    const rules = controller.customize(parent);
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
    const { namespace = ANY, name } = metadata;
    const found = new Set<string>();
    for (const inNamespace of new Set([namespace, ANY])) {
      for (const named of [name, ANY]) {
        const parents = this.#parents.get(entryOf(apiVersion, resource, inNamespace, named));
        for (const key of parents ?? []) found.add(key);
      }
    }
    return found;
  }
}

/** As Metacontroller has it, a rule without a namespace means all of them, and one without names all of its objects. */
function entriesOf({ apiVersion, resource, namespace, names }: RelatedRule): string[] {
  const named = names.length > 0 ? names : [ANY];
  return named.map((name) => entryOf(apiVersion, resource, namespace || ANY, name));
}

function entryOf(apiVersion: string, resource: string, namespace: string, name: string): string {
  return `${resource}.${apiVersion}/${namespace}/${name}`;
}

export function matches(rule: RelatedRule, { metadata }: KubernetesObject): boolean {
  const { namespace, name } = metadata;
  const here = rule.namespace === '' || namespace === undefined || namespace === rule.namespace;
  return here && (rule.names.length === 0 || rule.names.includes(name));
}
