/**
 * The least of CustomResourceDefinitions that Metacontroller needs to run in a cluster of ours. A real installation brings
 * its own; these say no more than that the kinds exist, and leave judging the fields to Metacontroller.
 */

const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

function definition(kind: string, plural: string, scope: 'Cluster' | 'Namespaced'): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.metacontroller.k8s.io`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
    },
    spec: {
      group: 'metacontroller.k8s.io',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      scope,
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
        },
      ],
    },
  };
}

export const metacontrollerCrds = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    definition('CompositeController', 'compositecontrollers', 'Cluster'),
    definition('DecoratorController', 'decoratorcontrollers', 'Cluster'),
    definition('ControllerRevision', 'controllerrevisions', 'Namespaced'),
  ],
};
