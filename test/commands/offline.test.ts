/** `render` and `validate` on what is really found in folders. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { readManifests } from '../../src/commands/manifests.ts';
import { render, validate } from '../../src/commands/offline.ts';
import { controllers } from '../../src/reconcile/controllers.ts';
import { loadSettings } from '../../src/settings.ts';

const settings = loadSettings({}).render;

function folder(files: Record<string, string>): string {
  const root = mkdtempSync(path.join(tmpdir(), 'manifests-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

const manifest = (name: string, more = '') =>
  `apiVersion: mcp.dev/v1alpha1\nkind: MCPServer\nmetadata:\n  name: ${name}\n${more}spec:\n  image: acme/${name}:1\n`;

t.test('other kinds, empty documents and dangling links are passed over', async (t) => {
  const root = folder({
    'a.yaml': `---\n---\n${manifest('one')}`,
    'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
    'deep/b.yml': manifest('two'),
    'notes.txt': 'not: [a manifest',
  });
  symlinkSync('nowhere.yaml', path.join(root, '.#a.yaml'));
  symlinkSync('loop.yaml', path.join(root, 'loop.yaml'));
  const { ok, output, remarks } = validate(readManifests([root]), controllers, settings);
  t.equal(output, 'MCPServer default/one: valid\nMCPServer default/two: valid\n');
  t.match(remarks, [/kustomization\.yaml:1: Kustomization .*passed over/]);
  t.ok(ok);
});

t.test('what has no kind is passed over in a folder, and an error where it is named', async (t) => {
  const root = folder({ 'a.yaml': manifest('one'), 'values.yaml': 'image: x\n', 'data.json': '[1]' });
  const { ok, remarks } = validate(readManifests([root]), controllers, settings);
  t.ok(ok);
  t.match(remarks, [/data\.json:1: a document without a kind: passed over/, /values\.yaml:1: /]);
  t.throws(() => readManifests([path.join(root, 'values.yaml')]), /apiVersion and kind must be set/);
});

t.test('a slip in the version or kind of ours is an error, the kind of a stranger is not', async (t) => {
  const slip = manifest('one').replace('v1alpha1', 'v1beta1');
  const typo = manifest('two').replace('MCPServer', 'MCPSever');
  const stranger = manifest('three').replace('mcp.dev', 'mcp.example.com');
  const judged = (...files: string[]) => {
    const root = folder({
      'good.yaml': manifest('good'),
      ...Object.fromEntries(files.map((one, at) => [`${at}.yaml`, one])),
    });
    return validate(readManifests([root]), controllers, settings);
  };
  for (const one of [slip, typo]) {
    const { ok, remarks } = judged(one);
    t.notOk(ok);
    t.match(remarks[0], /there is no such kind: known are MCPServer of mcp\.dev\/v1alpha1/);
  }
  const { ok, remarks } = judged(stranger);
  t.ok(ok);
  t.match(remarks[0], /passed over.*it is of mcp\.example\.com\/v1alpha1, ours is of mcp\.dev\/v1alpha1/);
});

t.test('lists are taken apart, and each problem has its line', async (t) => {
  const root = folder({
    'list.yaml': `apiVersion: mcp.dev/v1alpha1
kind: MCPServerList
items:
  - apiVersion: mcp.dev/v1alpha1
    kind: MCPServer
    metadata:
      name: one
      namespace: Not_One
    spec:
      image: acme/one:1
      replicas: -1
  - apiVersion: mcp.dev/v1alpha1
    kind: MCPServer
    metadata: {}
    spec:
      image: acme/two:1
`,
  });
  const { ok, remarks } = validate(readManifests([root]), controllers, settings);
  t.notOk(ok);
  t.match(remarks, [
    /list\.yaml:8: metadata\.namespace: Invalid value: "Not_One"/,
    /list\.yaml:11: spec\.replicas: Invalid value: -1/,
    /list\.yaml:14: metadata\.name: Required value/,
  ]);
});

t.test('what cannot be read is named', async (t) => {
  t.throws(() => readManifests(['no/such/file.yaml']), /^no\/such\/file\.yaml: no such file or folder$/m);
  const broken = path.join(folder({ 'a.yaml': 'a: b\nc: [1\n' }), 'a.yaml');
  t.throws(() => readManifests([broken]), /a\.yaml:\d+: /);
  const other = path.join(folder({ 'a.yaml': 'hello: world\n' }), 'a.yaml');
  t.throws(() => readManifests([other]), /a\.yaml:1: apiVersion and kind must be set/);
});

t.test('strings stay strings for kubectl, which reads YAML 1.1', async (t) => {
  const values = [
    '0o17',
    '-0o7',
    '017',
    'yes',
    'off',
    '1:30',
    '1e3',
    '~',
    '2026-01-01',
    '.inf',
    '0x1f',
    '=',
    '',
  ];
  const env = values.map((value, index) => ({ name: `V${index}`, value }));
  const server = JSON.parse(
    JSON.stringify({
      apiVersion: 'mcp.dev/v1alpha1',
      kind: 'MCPServer',
      metadata: { name: 'odd' },
      spec: { image: 'acme/odd:1', env },
    }),
  );
  const { output } = render([{ object: server, locate: () => 'odd' }], controllers, settings, 'yaml');
  t.notMatch(output, /&a1|\*a1/, 'without aliases');
  for (const value of ['0o17', '-0o7']) t.match(output, `value: "${value}"`);
  const deployment = parse(output.split('---\n').at(-1)!, { version: '1.1' });
  // The API server drops an empty value, so it is not sent.
  const kept = env.map(({ name, value }) => (value === '' ? { name } : { name, value }));
  t.strictSame(deployment.spec.template.spec.containers[0].env, kept);
});
