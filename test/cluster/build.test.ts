import t from 'tap';
import { builtAt, goModEdits, linkerFlags } from './build.ts';
import { controlPlane, etcd } from './versions.ts';

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

t.test('versions are set at link time', async (t) => {
  t.equal(linkerFlags(), '-s -w');
  t.match(linkerFlags(controlPlane.variables), '-X k8s.io/component-base/version.gitVersion=v1.');
});
