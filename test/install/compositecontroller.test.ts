import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'tap';
import { parse } from 'yaml';
import { FEATURES } from '../../src/environment.ts';
import type { ChildKind } from '../../src/reconcile/contract.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { type CompositeController, manifests, ROOT, readText, readYaml } from './files.ts';

const declared = manifests(
  readText('metacontroller', 'base', 'compositecontroller.yaml'),
) as CompositeController[];

test('there is one CompositeController for each parent kind, with the children of every cluster', async (t) => {
  const everywhere = controllers.filter(({ feature }) => !feature);
  t.same(
    declared.map(({ spec }) => ({
      parent: { apiVersion: spec.parentResource.apiVersion, resource: spec.parentResource.resource },
      children: spec.childResources,
    })),
    everywhere.map(({ parent, children }) => ({
      parent: { apiVersion: parent.apiVersion, resource: parent.resource },
      children: childrenEverywhere(children),
    })),
  );
});

test('each feature is a component, which adds its kinds with InPlace', async (t) => {
  for (const feature of FEATURES) {
    const { patches } = readYaml<Component>('metacontroller', 'components', feature, 'kustomization.yaml');
    const added = patches.map(({ target, patch }) => ({
      controller: target.name,
      operations: parse(patch) as unknown,
    }));
    const wanted = controllers.flatMap(({ parent, children }) =>
      children
        .filter((child) => child.feature === feature)
        .map((child) => ({
          controller: `${parent.resource}.${parent.apiVersion.split('/')[0]}`,
          operations: [{ op: 'add', path: '/spec/childResources/-', value: withStrategy(child) }],
        })),
    );
    t.same(added, wanted, feature);
  }
});

test('the component verification adds the kinds that go with its setting', async (t) => {
  const { patches } = readYaml<Component>(
    'metacontroller',
    'components',
    'verification',
    'kustomization.yaml',
  );
  const everywhere = controllers.filter(({ feature }) => !feature);
  const wanted = everywhere.flatMap(({ children }) => children.filter(({ setting }) => setting));
  t.same(
    patches.flatMap(({ patch }) => parse(patch) as object[]),
    wanted.map((child) => ({ op: 'add', path: '/spec/childResources/-', value: withStrategy(child) })),
  );
  t.same([...new Set(wanted.map(({ setting }) => setting))], ['MCP_RUNTIME_IMAGE']);
});

test('the overlays for real clusters name every component, for users to turn on', async (t) => {
  const folders = readdirSync(path.join(ROOT, 'metacontroller', 'components'));
  t.same(
    folders.filter((name) => !FEATURES.some((feature) => feature === name)),
    ['admission', 'policy', 'secret-digest', 'verification'],
  );
  for (const overlay of ['production', 'cert-manager']) {
    const text = readText('metacontroller', 'overlays', overlay, 'kustomization.yaml');
    const { components } = parse(text.replace(/^#(components:| {2}- )/gm, '$1')) as { components: string[] };
    t.same(components.map((one) => path.relative('../../components', one)).sort(), folders.sort(), overlay);
  }
});

test('docs/install.md names every kind and every feature', async (t) => {
  const text = readText('docs', 'install.md');
  for (const { resource, feature } of controllers.flatMap(({ children }) => children)) {
    t.ok(text.includes(`\`${resource}\``), resource);
    if (feature) t.match(text, `| \`${feature}\` |`, feature);
  }
});

test('a feature that serves a kind of ours brings its CompositeController', async (t) => {
  for (const { feature, parent, children } of controllers.filter(({ feature }) => feature)) {
    const { resources } = readYaml<Component>('metacontroller', 'components', feature!, 'kustomization.yaml');
    t.same(resources, ['compositecontroller.yaml']);
    const [{ metadata, spec }] = brought(feature!) as [CompositeController];
    t.equal(metadata.labels?.['app.kubernetes.io/component'], feature, 'from which FEATURES has its name');
    t.same(
      { apiVersion: spec.parentResource.apiVersion, resource: spec.parentResource.resource },
      { apiVersion: parent.apiVersion, resource: parent.resource },
    );
    t.same(
      spec.childResources,
      children.map(withStrategy),
      'pods too: where they are not wanted, none is made',
    );
  }
});

function childrenEverywhere(children: readonly ChildKind[]): object[] {
  return children.filter(({ feature, setting }) => !feature && !setting).map(withStrategy);
}

function brought(feature: string): CompositeController[] {
  return manifests(
    readText('metacontroller', 'components', feature, 'compositecontroller.yaml'),
  ) as CompositeController[];
}

interface Component {
  resources?: string[];
  patches: { target: { name: string }; patch: string }[];
}

function withStrategy({ apiVersion, resource, isImmutable }: ChildKind): object {
  return { apiVersion, resource, updateStrategy: { method: isImmutable ? 'OnDelete' : 'InPlace' } };
}

test('it ignores its own status, makes a selector and speaks version v2', async (t) => {
  const all = controllers.flatMap(({ feature }) => (feature ? brought(feature) : []));
  for (const { metadata, spec } of [...declared, ...all]) {
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
