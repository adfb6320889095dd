/** kube-score and kubeconform over everything that the operator renders and that installs it. */
import { kubeScore } from '../cluster/addons/kube-score.ts';
import { kubeconform, openApiOf } from '../cluster/addons/kubeconform.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { chart, type Tools } from '../install/render.ts';
import { goldenChildren } from '../reconcile/dry-run.ts';

/** What kube-score asks for and we do not do, and why. */
const EXCEPTIONS: Record<string, string> = {
  'container-ephemeral-storage-request-and-limit':
    'what a server writes is not known; a limit that is guessed evicts it',
  'container-image-pull-policy':
    'Always is chosen for tags that move; for one that stays it costs a start without a registry',
  'container-security-context-user-group-id':
    'user 1000 is the default of the settings; a number above 10000 is no safer where users are not shared',
  'pod-networkpolicy': 'a policy that nobody asked for cuts servers off; the spec has networkPolicy',
  'deployment-replicas':
    'one replica is what a server asks for that says nothing: its sessions live in one pod',
  'horizontalpodautoscaler-has-target':
    'it targets the scale subresource of the MCPServer, which is no child',
  'pod-probes-identical':
    'opening the port is all that is known of any server; the spec has healthProbes for those that say more',
  'service-targets-pod': 'a server that waits for a Secret or a name has its Service before its first pods',
  'deployment-has-host-podantiaffinity':
    'pods are spread by the default of the scheduler, which it does not look at',
};
/** Golden cases that ask for what a grader finds, by check. */
const ASKED_FOR: Record<string, RegExp> = {
  'container-security-context-privileged': /^security-override-/,
  'container-security-context-readonlyrootfilesystem': /^security-override-/,
  'container-resources':
    /^(without-default-resources|autoscaling-by-a-sidecar|empty-lists-and-maps-ask-for-nothing)$/,
  'deployment-strategy': /^all-old-pods-end-before-new-ones-start$/,
  'container-image-tag': /^(image-pull-policy-of-|sidecars-and-init-containers$)/,
  'horizontalpodautoscaler-replicas': /^autoscaling-/,
  'deployment-has-poddisruptionbudget': /budget/,
  'pod-probes': /^probes-that-are-off$/,
};

export async function childrenPassGraders(cluster: Cluster): Promise<string[]> {
  const cases = goldenChildren();
  const openApi = await openApiOf(
    cluster,
    cases.flatMap(({ items }) => items),
  );
  const problems: string[] = [];
  for (const { name, items } of cases.filter((one) => one.items.length > 0)) {
    const asked = Object.entries(ASKED_FOR)
      .filter(([, pattern]) => pattern.test(name))
      .map(([check]) => check);
    for (const { object, check, message } of await kubeScore(items, [...Object.keys(EXCEPTIONS), ...asked])) {
      problems.push(`${name}: kube-score: ${object}: ${check}: ${message}`);
    }
    for (const { object, message } of await kubeconform(items, openApi)) {
      problems.push(`${name}: kubeconform: ${object}: ${message}`);
    }
  }
  return problems;
}

export async function installationPassesGraders(
  cluster: Cluster,
  tools: Pick<Tools, 'helm' | 'kubernetes'>,
): Promise<string[]> {
  const objects = await chart(tools, { 'metacontroller.rbac.create': true });
  const openApi = await openApiOf(cluster, objects);
  const score = await kubeScore(objects, Object.keys(EXCEPTIONS));
  const conform = await kubeconform(objects, openApi);
  return [
    ...score.map(({ object, check, message }) => `kube-score: ${object}: ${check}: ${message}`),
    ...conform.map(({ object, message }) => `kubeconform: ${object}: ${message}`),
  ];
}
