import t from 'tap';
import type { FieldSet, StoredObject } from '../../src/engine/client.ts';
import { differences } from '../../src/engine/compare.ts';

const desired = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'search', namespace: 'demo', labels: { app: 'search' }, annotations: undefined },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'search' } },
    template: {
      spec: {
        containers: [
          {
            name: 'main',
            image: 'example.com/search:1',
            args: ['--verbose'],
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: '2' },
            ],
            ports: [{ containerPort: 8080 }],
          },
        ],
        nodeSelector: { os: 'linux' },
        volumes: [{ name: 'tmp', emptyDir: {} }],
      },
    },
  },
};

const owned: FieldSet = {
  'f:metadata': { 'f:labels': { 'f:app': {} } },
  'f:spec': {
    'f:replicas': {},
    'f:selector': {},
    'f:template': {
      'f:spec': {
        'f:containers': {
          'k:{"name":"main"}': {
            '.': {},
            'f:name': {},
            'f:image': {},
            'f:args': {},
            'f:env': {
              'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} },
              'k:{"name":"B"}': { '.': {}, 'f:name': {}, 'f:value': {} },
            },
            'f:ports': {
              'k:{"containerPort":8080,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} },
            },
          },
        },
        'f:nodeSelector': {},
        'f:volumes': { 'k:{"name":"tmp"}': { '.': {}, 'f:name': {}, 'f:emptyDir': {} } },
      },
    },
  },
};

/** The Deployment as the API server stores it: with defaults, a status, and what others have added. */
function stored() {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'search',
      namespace: 'demo',
      uid: '1',
      resourceVersion: '7',
      labels: { app: 'search', team: 'blue' } as Record<string, string>,
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      managedFields: [
        { manager: 'kubectl-label', operation: 'Update', apiVersion: 'apps/v1', fieldsV1: {} },
        {
          manager: 'us',
          operation: 'Apply',
          apiVersion: 'apps/v1',
          fieldsV1: structuredClone(owned) as FieldSet,
        },
      ],
    },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: 'search' } },
      template: {
        spec: {
          containers: [
            {
              name: 'main',
              image: 'example.com/search:1',
              imagePullPolicy: 'IfNotPresent',
              args: ['--verbose'],
              env: [
                { name: 'A', value: '1' },
                { name: 'B', value: '2' },
              ],
              ports: [{ containerPort: 8080, protocol: 'TCP' }],
            },
          ],
          nodeSelector: { os: 'linux' } as Record<string, string>,
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
    status: { replicas: 1 },
  };
}

const pathsOf = (manifest: object, object: object) =>
  differences(manifest, object as StoredObject, 'us').map(({ path }) => path);

t.test('nothing differs from an object that holds all of it', async (t) => {
  t.strictSame(pathsOf(desired, stored()), []);
});

t.test('what others add beside our fields is theirs', async (t) => {
  const object = stored();
  const container = object.spec.template.spec.containers[0]!;
  container.env.splice(1, 0, { name: 'THEIRS', value: 'x' });
  object.spec.template.spec.containers.push({ ...container, name: 'sidecar' });
  object.metadata.labels.more = 'yes';
  t.strictSame(pathsOf(desired, object), []);
});

t.test('an edited field differs', async (t) => {
  const object = stored();
  object.spec.template.spec.containers[0]!.image = 'example.com/other:1';
  t.strictSame(pathsOf(desired, object), ['spec.template.spec.containers[0].image']);
});

t.test('a removed field differs', async (t) => {
  const object = stored();
  delete object.metadata.labels.app;
  t.strictSame(pathsOf(desired, object), ['metadata.labels.app']);
});

t.test('a removed list item differs', async (t) => {
  const object = stored();
  object.spec.template.spec.containers[0]!.env.shift();
  t.strictSame(pathsOf(desired, object), ['spec.template.spec.containers[0].env[0]']);
});

t.test('an item of ours in another place differs, for variables refer to earlier ones', async (t) => {
  const object = stored();
  object.spec.template.spec.containers[0]!.env.reverse();
  t.strictSame(pathsOf(desired, object), ['spec.template.spec.containers[0].env[1]']);
});

t.test('anything added to what is replaced whole differs', async (t) => {
  const object = stored();
  object.spec.template.spec.nodeSelector.disk = 'ssd';
  object.spec.template.spec.containers[0]!.args.push('--more');
  t.strictSame(pathsOf(desired, object), [
    'spec.template.spec.containers[0].args',
    'spec.template.spec.nodeSelector',
  ]);
});

t.test('a field that is ours and no longer wanted differs', async (t) => {
  const object = stored();
  object.metadata.managedFields[1]!.fieldsV1['f:spec']!['f:paused'] = {};
  t.strictSame(pathsOf(desired, object), ['spec.paused']);
});

t.test('a list item that is ours and no longer wanted differs', async (t) => {
  const wanted = structuredClone(desired);
  wanted.spec.template.spec.containers[0]!.env.pop();
  t.strictSame(pathsOf(wanted, stored()), ['spec.template.spec.containers[0].env']);
});

t.test('a field of the right value that is not ours differs, for nobody would remove it later', async (t) => {
  const object = stored();
  delete object.metadata.managedFields[1]!.fieldsV1['f:spec']!['f:replicas'];
  t.strictSame(pathsOf(desired, object), ['spec.replicas']);
});

t.test('an object that we never applied differs', async (t) => {
  const object = stored();
  object.metadata.managedFields.pop();
  t.strictSame(pathsOf(desired, object), ['metadata.managedFields']);
});

t.test('sets are compared by their members', async (t) => {
  const wanted = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', finalizers: ['x/y'] } };
  const object = (finalizers: string[], ...ours: string[]) => ({
    ...wanted,
    metadata: {
      name: 'a',
      finalizers,
      managedFields: [
        {
          manager: 'us',
          operation: 'Apply',
          apiVersion: 'v1',
          fieldsV1: {
            'f:metadata': { 'f:finalizers': Object.fromEntries(ours.map((one) => [`v:"${one}"`, {}])) },
          },
        },
      ],
    },
  });
  t.strictSame(pathsOf(wanted, object(['their/s', 'x/y'], 'x/y')), []);
  t.strictSame(pathsOf(wanted, object(['their/s'], 'x/y')), ['metadata.finalizers']);
  t.strictSame(pathsOf(wanted, object(['x/y', 'x/z'], 'x/y', 'x/z')), ['metadata.finalizers']);
});
