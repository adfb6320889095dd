import t from 'tap';
import { builtAt, extracted, goModEdits, linkerFlags } from './build.ts';
import { controlPlane, etcd, externalSecrets } from './versions.ts';

t.test('a build has a place of its own for each recipe', async (t) => {
  t.equal(builtAt(etcd), builtAt({ ...etcd }));
  t.not(builtAt(etcd), builtAt({ ...etcd, version: 'v0.0.1' }));
  t.not(builtAt(etcd), builtAt({ ...etcd, files: { 'a.yaml': 'a.yaml' } }));
  t.match(builtAt(etcd), /etcd-v3\.7\.3-[0-9a-f]{8}$/);
});

t.test('folders of a repository are replaced by what was released', async (t) => {
  const mod = {
    Require: [
      { Path: 'k8s.io/api', Version: 'v0.0.0' },
      { Path: 'example.com/sibling', Version: 'v1.2.3' },
    ],
    Replace: [
      { Old: { Path: 'k8s.io/api' }, New: { Path: './staging/src/k8s.io/api' } },
      { Old: { Path: 'example.com/sibling' }, New: { Path: '../sibling' } },
      { Old: { Path: 'example.com/other' }, New: { Path: 'example.com/fork', Version: 'v2.0.0' } },
    ],
  };
  t.same(goModEdits(controlPlane, mod).slice(1), [
    `-require=k8s.io/kubernetes@${controlPlane.version}`,
    `-replace=k8s.io/api=k8s.io/api@${controlPlane.staging}`,
    '-dropreplace=example.com/sibling',
  ]);
  t.throws(() => goModEdits(etcd, mod), /k8s\.io\/api has no released version/);
});

t.test('a changed module is built from its copy', async (t) => {
  const replaced = `-replace=${externalSecrets.module}=./source`;
  t.ok(goModEdits(externalSecrets, {}).includes(replaced));
});

t.test('another version of a module is taken where one is named', async (t) => {
  const instead = { 'example.com/gone': 'v1.0.0' };
  t.ok(goModEdits({ ...etcd, instead }, {}).includes('-replace=example.com/gone=example.com/gone@v1.0.0'));
});

t.test("a module's folder is known by its zip", async (t) => {
  const zip = '/go/pkg/mod/cache/download/example.com/crds/@v/v1.2.3.zip';
  t.equal(extracted(zip), '/go/pkg/mod/example.com/crds@v1.2.3');
});

t.test('versions are set at link time', async (t) => {
  t.equal(linkerFlags(), '-s -w');
  t.match(linkerFlags(controlPlane.variables), '-X k8s.io/component-base/version.gitVersion=v1.');
});
