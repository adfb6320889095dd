/** Configuration of what runs on the real node: containerd, the pods' network, kubelet and CoreDNS. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PAUSE_IMAGE } from './test-images.ts';

export const NODE_NAME = 'node1';
/** On a bridge of the node's own network namespace; no machine outside ever sees it. */
export const NODE_ADDRESS = '10.252.0.1';
/** All of it is the node's own too, so that a client there can come from any of it. */
export const CLIENT_CIDR = '10.253.0.0/24';
export const POD_CIDR = '10.244.0.0/16';
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';
/** Where CoreDNS answers when it serves. */
export const DNS_READY_PORT = 8181;

export interface NodeFiles {
  containerd: string;
  kubelet: string;
  corefile: string;
}

/** @param cgroup under which kubelet puts all pods, so that two clusters do not share theirs. */
export async function writeNodeFiles(dir: string, cgroup: string): Promise<NodeFiles> {
  const at = (name: string) => path.join(dir, name);
  const files = { containerd: at('containerd.toml'), kubelet: at('kubelet.json'), corefile: at('Corefile') };
  await Promise.all([
    writeFile(files.containerd, containerdConfig(dir)),
    writeFile(at('10-pods.conflist'), JSON.stringify(podNetwork)),
    writeFile(files.kubelet, JSON.stringify(kubeletConfig(dir, cgroup))),
  ]);
  return files;
}

function containerdConfig(dir: string): string {
  return `version = 2
root = "${dir}/node/containerd"
state = "/run/containerd"
# This one makes a folder in /opt; the snapshotters probe the machine's disks.
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # Root in a container of its own may not lower a score (CAP_SYS_RESOURCE).
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${dir}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

/** A pair of interfaces for each pod: with a bridge, pods would reach Services only where bridge-nf is loaded. */
const podNetwork = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'ptp',
      ipMasq: false,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: POD_CIDR }]],
        routes: [{ dst: '0.0.0.0/0' }],
        dataDir: '/run/cni',
      },
    },
  ],
};

export function kubeletConfig(dir: string, cgroup: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    // Only the node and its pods reach it.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    clusterDNS: [NODE_ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf: path.join(dir, 'node', 'empty-resolv.conf'),
    // A test's machine may be full, and the images loaded are all there is.
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    syncFrequency: '1s',
    serializeImagePulls: false,
  };
}

/** Two blocks, for in one of them the template would answer for every name. */
export function corefileFor(kubeconfig: string, context: string): string {
  return `cluster.local:53 in-addr.arpa:53 {
  bind ${NODE_ADDRESS}
  errors
  ready 127.0.0.1:${DNS_READY_PORT}
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfig} ${context}
    ttl 2
  }
  cache {
    success 1000 2 0
    denial 1000 1 0
  }
}
.:53 {
  bind ${NODE_ADDRESS}
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
}
