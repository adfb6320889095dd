/** The CustomResourceDefinitions of every kind, as `crds/` holds them. */
import { toCustomResourceDefinition } from '../api/crd.ts';
import { resources } from '../reconcile/controllers.ts';

export function crds(): object[] {
  return resources.map(toCustomResourceDefinition);
}
