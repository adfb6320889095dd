/** Whether LiteLLM has loaded the file that is published, and the pod that has it do so. */
import type { V1Deployment } from '@kubernetes/client-node';
import type { Finding } from '../../api/condition.ts';
import { ROLL_REASONS, readRollReport } from '../../api/rollout.ts';
import {
  LOADED,
  ROLL_SECONDS,
  ROLLER,
  ROLLS,
  rolloutPod,
  rolloutPodName,
} from '../../children/catalog/rollout.ts';
import { type KubernetesObject, kindKey, lookUp } from '../contract.ts';
import { isFresh, PATIENCE_MS } from '../mcpserver/patience.ts';
import { exitOf, hasEnded, type Pod, timeOf } from '../mcpserver/pods/pod.ts';
import { words } from '../mcpserver/pods/words.ts';
import { DEPLOYMENT, POD } from './kinds.ts';
import type { Publication } from './publication.ts';
import type { View } from './view.ts';

export interface Rollout {
  finding: Finding;
  /** Whether LiteLLM has what is published; undefined where nobody can tell. */
  isApplied: boolean | undefined;
  /** The pod that has it loaded, while that is needed. */
  children: readonly KubernetesObject[];
  lookAgainAfter: number | undefined;
}

const type = 'Applied';
const RETRY_SECONDS = 60;
/** Beyond the deadline that the kubelet keeps, for a pod without a node has none. */
const NO_NODE_SECONDS = 30;

type Told = Pick<Rollout, 'children' | 'lookAgainAfter'>;
const NOTHING: Told = { children: [], lookAgainAfter: undefined };

function told(status: Finding['status'], reason: string, message: string, rest: Told = NOTHING): Rollout {
  const isApplied = reason === 'Reloader' ? undefined : status === 'True';
  return { finding: { type, status, reason, message }, isApplied, ...rest };
}

/** @returns undefined where nothing is to restart LiteLLM. */
export function rolloutOf(publication: Publication, view: View): Rollout | undefined {
  const { catalog, request, settings } = view;
  const { by, deployment: name, serviceAccountName } = catalog.spec.litellm?.file?.rollout ?? {};
  if (by === undefined) return undefined;
  if (by === 'Reloader') {
    return told('Unknown', 'Reloader', 'LiteLLM is restarted by Reloader, whose Deployment of it says when');
  }
  const { namespace } = catalog.metadata;
  const target = `Deployment ${namespace}/${name}`;
  const deployment = lookUp(request.related, DEPLOYMENT, namespace, name!) as V1Deployment | undefined;
  if (!deployment) return told('False', 'NoDeployment', `${target} is not there: it is restarted once it is`);
  const { hash, isWritten } = publication;
  if (hash !== undefined && deployment.spec?.template.metadata?.annotations?.[LOADED] === hash) {
    return loading(deployment, target);
  }
  if (settings.runtimeImage === '' || !request.children[kindKey(POD)]) {
    return told(
      'False',
      'NoRuntimeImage',
      "Nobody can restart LiteLLM: the operator's setting MCP_RUNTIME_IMAGE names no image, or pods are not among the childResources of the CompositeController",
    );
  }
  if (!isWritten) return told('Unknown', 'Rolling', `${target} is restarted once the file is written`);
  const pod = rolloutPod(
    catalog,
    { deployment: name!, serviceAccountName: serviceAccountName! },
    hash!,
    settings,
  );
  return asking(pod as KubernetesObject, hash!, target, view);
}

/** The pod template carries the digest: how far its rollout is. */
function loading({ metadata, spec, status = {} }: V1Deployment, target: string): Rollout {
  const wanted = spec?.replicas ?? 1;
  const { updatedReplicas = 0, availableReplicas = 0, replicas = 0, observedGeneration = 0 } = status;
  const isSeen = observedGeneration >= (metadata?.generation ?? 0);
  if (isSeen && updatedReplicas >= wanted && availableReplicas >= wanted && replicas <= updatedReplicas) {
    return told('True', 'Applied', `All pods of ${target} have loaded what is published`);
  }
  const stuck = status.conditions?.find(
    (one) => one.type === 'Progressing' && one.status === 'False' && isSeen,
  );
  if (stuck) {
    const why = words(stuck.message) || stuck.reason;
    return told('False', 'RolloutFailed', `${target} does not roll out: ${why}. LiteLLM's log says more`);
  }
  return told('Unknown', 'Rolling', `The pods of ${target} are being replaced`);
}

/** @param wanted the pod that puts the digest there. */
function asking(wanted: KubernetesObject, hash: string, target: string, view: View): Rollout {
  const { request, catalog, previous, now } = view;
  const { namespace } = catalog.metadata;
  const name = `Pod ${namespace}/${rolloutPodName(catalog)}`;
  const rolling = (rest: Told) => told('Unknown', 'Rolling', `${target} is being restarted`, rest);
  const failed = (message: string, rest: Told) => told('False', 'NotRolled', message, rest);
  const pod = lookUp(request.children, POD, namespace, rolloutPodName(catalog)) as unknown as Pod | undefined;
  if (!pod) {
    const children = [wanted];
    const before = previous.conditions?.find((one) => one.type === type);
    const isLate =
      before?.reason === 'NotRolled' || (before?.reason === 'Rolling' && !isFresh(previous, now));
    return isLate && previous.litellm?.hash === hash
      ? failed(
          `${name} was asked for and is not there: the events of this MCPCatalog say why the API server refused it`,
          { children, lookAgainAfter: RETRY_SECONDS },
        )
      : rolling({ children, lookAgainAfter: PATIENCE_MS / 1000 });
  }
  // One that is about an older file goes first: it has the name.
  if (pod.metadata.annotations?.[ROLLS] !== hash) return rolling(NOTHING);
  const end = pod.status?.containerStatuses?.find((one) => one.name === ROLLER)?.state?.terminated;
  const since = timeOf(end?.finishedAt, pod.status?.startTime, pod.metadata.creationTimestamp) ?? now;
  const age = (Date.parse(now) - Date.parse(since)) / 1000;
  if (!end && !hasEnded(pod)) {
    const left = ROLL_SECONDS + NO_NODE_SECONDS - age;
    if (left > 0) return rolling({ children: [wanted], lookAgainAfter: Math.ceil(left) });
    return failed(`${name} has not ended`, { children: [], lookAgainAfter: 1 });
  }
  // Kept until the next try, so that one who reads the message can look at it.
  const rest = RETRY_SECONDS - age;
  const kept: Told =
    rest > 0 ? { children: [wanted], lookAgainAfter: Math.ceil(rest) } : { children: [], lookAgainAfter: 1 };
  const read = readRollReport(end?.message ?? '');
  if ('report' in read) {
    const { reason, message } = read.report;
    // The Deployment as it is now is on its way here.
    if (reason === 'Stamped') return rolling(kept);
    return failed(`${name}: ${message}. ${ROLL_REASONS[reason].remedy}`, kept);
  }
  const how = end ? `ended with ${exitOf(end)}: ${read.problem}` : `was ended: ${pod.status?.reason ?? ''}`;
  return failed(`${name} ${how}`, kept);
}
