import { test } from 'tap';
import { controllers } from '../../src/reconcile/controllers.ts';
import { type CompositeController, manifests, readText } from './files.ts';

const declared = manifests(
  readText('metacontroller', 'base', 'compositecontroller.yaml'),
) as CompositeController[];

test('there is one CompositeController for each parent kind, with its children and InPlace', async (t) => {
  t.same(
    declared.map(({ spec }) => ({
      parent: { apiVersion: spec.parentResource.apiVersion, resource: spec.parentResource.resource },
      children: spec.childResources,
    })),
    controllers.map(({ parent, children }) => ({
      parent: { apiVersion: parent.apiVersion, resource: parent.resource },
      children: children.map(({ apiVersion, resource }) => ({
        apiVersion,
        resource,
        updateStrategy: { method: 'InPlace' },
      })),
    })),
  );
});

test('it ignores its own status, makes a selector and speaks version v2', async (t) => {
  for (const { metadata, spec } of declared) {
    t.equal(metadata.name, `${spec.parentResource.resource}.${spec.parentResource.apiVersion.split('/')[0]}`);
    t.equal(spec.parentResource.ignoreStatusChanges, true);
    t.equal(spec.generateSelector, true);
    t.same(Object.keys(spec.hooks).sort(), ['customize', 'sync']);
    for (const [name, { version, webhook }] of Object.entries(spec.hooks)) {
      t.equal(version, 'v2');
      t.equal(webhook.path, `/${name}?rev=REVISION`, 'which an overlay replaces');
      t.ok(webhook.caBundle && webhook.authorization, 'an overlay that forgets credentials does not work');
    }
  }
});
