/** The CustomResourceDefinitions of every kind, as `crds/` holds them. */
import { toCustomResourceDefinition } from '../api/crd.ts';
import { controllers } from '../reconcile/controllers.ts';

export function crds(): object[] {
  return controllers.map(({ resource }) => toCustomResourceDefinition(resource));
}
