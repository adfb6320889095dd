import t from 'tap';
import { kubeconfigFor, readyNodes } from './control-plane.ts';
import { cgroupMounts } from './janitor.ts';
import { corefileFor, kubeletConfig } from './node-files.ts';
import { missingPackages } from './packages.ts';
import { nodeList } from './simulated.ts';

t.test('the kubeconfig trusts the authority for a name that the certificate has', async (t) => {
  const { clusters } = JSON.parse(kubeconfigFor({ port: 4711, token: 'secret', authority: 'PEM' }));
  t.same(clusters[0].cluster, {
    server: 'https://127.0.0.1:4711',
    'tls-server-name': 'kubernetes.default.svc',
    'certificate-authority-data': Buffer.from('PEM').toString('base64'),
  });
});

t.test('nodes count once they are ready', async (t) => {
  const node = (...conditions: object[]) => ({ status: { conditions } });
  const ready = { type: 'Ready', status: 'True' };
  const items = [node(ready), node({ type: 'Ready', status: 'False' }), node(), { status: {} }];
  t.equal(readyNodes(JSON.stringify({ items })), 1);
  const taints = [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }];
  t.equal(readyNodes(JSON.stringify({ items: [{ ...node(ready), spec: { taints } }] })), 0);
  t.equal(readyNodes(undefined), 0);
});

t.test('simulated nodes are marked for kwok', async (t) => {
  t.match(nodeList(2), {
    items: [
      { metadata: { name: 'node-0', annotations: { 'kwok.x-k8s.io/node': 'fake' } } },
      { kind: 'Node' },
    ],
  });
});

t.test('cgroup hierarchies of both versions are found', async (t) => {
  const mounts = [
    'tmpfs /sys/fs/cgroup tmpfs rw 0 0',
    'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0',
    'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0',
    '',
  ];
  t.same(cgroupMounts(mounts.join('\n')), ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/unified']);
});

t.test("each cluster's pods live under its own cgroup", async (t) => {
  t.match(kubeletConfig('/tmp/one', 'one'), {
    cgroupRoot: '/one',
    resolvConf: '/tmp/one/node/empty-resolv.conf',
  });
});

t.test('CoreDNS answers for the cluster and for nothing else', async (t) => {
  const file = corefileFor('/tmp/one/kubeconfig', 'smooth');
  t.match(file, /^cluster\.local:53 .*kubeconfig \/tmp\/one\/kubeconfig smooth\n/s);
  t.match(file, /^\.:53 \{\n.*NXDOMAIN/ms);
});

t.test('only what is missing is installed', async (t) => {
  t.same(
    missingPackages(() => true),
    [],
  );
  t.same(
    missingPackages((file) => file !== 'nft' && file !== 'ctr'),
    ['containerd', 'nftables'],
  );
});
