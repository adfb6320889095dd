/** Profile 2: one real node with real pods, Services and DNS, in mount, network and pid namespaces of its own. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { binaries } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { startControlPlane } from './control-plane.ts';
import { addressesOf, type Forwards, forwards } from './forward.ts';
import { buildImages } from './images.ts';
import { makeCgroup, makeNamespaces, type Namespaces } from './namespaces.ts';
import {
  CLIENT_CIDR,
  CONTAINERD_SOCKET,
  corefileFor,
  DNS_READY_PORT,
  NODE_ADDRESS,
  NODE_NAME,
  POD_CIDR,
  writeNodeFiles,
} from './node-files.ts';
import { ensureSystemPackages } from './packages.ts';
import { type Supervisor, supervise } from './process.ts';
import { pauseImage } from './test-images.ts';
import { KUBERNETES, realBuilds } from './versions.ts';

const network = { address: NODE_ADDRESS, clients: CLIENT_CIDR };

export async function upReal(dir: string): Promise<Cluster> {
  ensureSystemPackages();
  const cgroup = path.basename(dir);
  const agent = path.join(dir, 'forward.sock');
  const supervisor = await supervise({ dir, cgroups: [cgroup] });
  const outside = forwards(agent);
  const down = async () => {
    await outside.closeAll();
    await supervisor.down();
  };
  try {
    await makeCgroup(cgroup);
    const inside = await makeNamespaces(dir, network, supervisor);
    const script = path.join(import.meta.dirname, 'forward-agent.ts');
    await inside.startComponent('forward-agent', process.execPath, [script, agent]);
    return { ...(await start(dir, cgroup, supervisor, inside, outside)), down };
  } catch (error) {
    await down();
    throw error;
  }
}

async function start(
  dir: string,
  cgroup: string,
  { until }: Supervisor,
  inside: Namespaces,
  outside: Forwards,
): Promise<Omit<Cluster, 'down'>> {
  const find = await binaries(realBuilds);
  const { startComponent } = inside;
  const files = await writeNodeFiles(dir, cgroup);
  const loadImages = async (tar: string) => {
    await inside.finish('ctr', [
      '-a',
      CONTAINERD_SOCKET,
      '-n',
      'k8s.io',
      'images',
      'import',
      path.resolve(tar),
    ]);
  };

  await startComponent('containerd', 'containerd', ['--config', files.containerd]);
  const containerd = async () => {
    const pause = path.join(dir, 'pause.tar');
    await buildImages(pause, [pauseImage()]);
    const ask = ['-a', CONTAINERD_SOCKET, 'version'];
    await until('containerd answers', async () => (await inside.finish('ctr', ask, true)).code === 0);
    await loadImages(pause);
  };
  // The same port inside and outside: one kubeconfig serves both.
  const { port } = await outside.open('127.0.0.1');
  const address = { bindAddress: '0.0.0.0', advertiseAddress: NODE_ADDRESS };
  const [{ control, settled }] = await Promise.all([
    startControlPlane({ dir, find, startComponent, until, port, ...address }),
    containerd(),
  ]);
  const { kubeconfig } = control;

  await startComponent('kubelet', find('kubelet'), [
    `--config=${files.kubelet}`,
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_ADDRESS}`,
  ]);
  await startComponent('kube-proxy', find('kube-proxy'), kubeProxyArgs(kubeconfig));
  await writeFile(files.corefile, corefileFor(kubeconfig, 'smooth'));
  await startComponent('coredns', find('coredns'), ['-conf', files.corefile]);
  await settled(1);
  const dns = await outside.open('127.0.0.1', DNS_READY_PORT);
  await until('DNS answers', () => ok(`http://127.0.0.1:${dns.port}/ready`));
  await dns.close();
  return {
    ...control,
    profile: 'real',
    kubernetes: KUBERNETES,
    dir,
    run: inside.start,
    forward: outside.open,
    clientAddresses: addressesOf(CLIENT_CIDR),
    loadImages,
  };
}

/** Limits of connection tracking are the machine's, not the namespace's: they are left alone. */
function kubeProxyArgs(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--proxy-mode=nftables',
    `--cluster-cidr=${POD_CIDR}`,
    `--hostname-override=${NODE_NAME}`,
    '--nodeport-addresses=127.0.0.0/8',
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0s',
    '--conntrack-tcp-timeout-close-wait=0s',
  ];
}

function ok(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
