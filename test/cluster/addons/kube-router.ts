/** A real engine of NetworkPolicies: kube-router, as a firewall and nothing else. */
import { binaries } from '../binaries.ts';
import type { Cluster } from '../cluster.ts';
import { SERVICE_CIDR } from '../control-plane.ts';
import { NODE_NAME } from '../node-files.ts';
import { ensureSystemPackages } from '../packages.ts';
import { poll } from '../process.ts';
import { kubeRouter } from '../versions.ts';
import { answers } from './answers.ts';

export interface KubeRouter {
  /** Ends it, and opens what it had closed. */
  stop(): Promise<void>;
}

/** In the node's own network, so clusters do not meet there. */
const HEALTH_PORT = 20244;
/**
 * Else the kernel refuses each peer about once a second, and all of them fifty times in a row: whoever asks more often hears
 * nothing until it asks again. Older kernels have the second limit for the whole machine, and it is not to be seen here.
 */
const REFUSE_AT_ONCE = `cd /proc/sys/net/ipv4
echo 0 >icmp_ratelimit
for limit in icmp_msgs_per_sec icmp_msgs_burst; do if [ -e $limit ]; then echo 1000000 >$limit; fi; done`;
/** Stopped, it leaves its rules, and its own way to clean up wants IPVS. kube-proxy's rules are in tables of their own. */
const OPEN_ALL = 'iptables -F; iptables -X; ipset destroy';

/**
 * Starts it and returns when every policy of the cluster is enforced; later changes take a fraction of a second. It refuses
 * what is closed, at once, and never judges a connection again that it has let through.
 *
 * What the node itself sends is always let in, under whichever of its addresses, and so are `cluster.forward` and whatever
 * `cluster.run` starts: a test has to ask from pods, or from a network namespace beside the node.
 * @throws on simulated nodes, whose network is the machine's.
 */
export async function startKubeRouter(cluster: Cluster): Promise<KubeRouter> {
  if (cluster.profile !== 'real')
    throw new Error('kube-router needs the real node: its rules would hold for this machine');
  ensureSystemPackages({ ipset: ['ipset'] });
  const find = await binaries([kubeRouter]);
  await onNode(cluster, REFUSE_AT_ONCE);
  const engine = await cluster.run('kube-router', find('kube-router'), [
    `--kubeconfig=${cluster.kubeconfig}`,
    `--hostname-override=${NODE_NAME}`,
    `--service-cluster-ip-range=${SERVICE_CIDR}`,
    '--run-firewall=true',
    '--run-router=false',
    '--run-service-proxy=false',
    '--run-loadbalancer=false',
    '--enable-cni=false',
    '--v=1',
  ]);
  await answers(cluster, engine, HEALTH_PORT, '/healthz');
  // It is healthy before it has done anything.
  await poll(
    'kube-router has synced',
    async () => (await engine.output()).includes('sync iptables took'),
    60,
  );
  return {
    stop: async () => {
      await engine.stop();
      await onNode(cluster, OPEN_ALL);
    },
  };
}

async function onNode(cluster: Cluster, script: string): Promise<void> {
  const shell = await cluster.run('kube-router-rules', 'sh', ['-ec', script]);
  const code = await shell.exited;
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${await shell.output()}`);
}
