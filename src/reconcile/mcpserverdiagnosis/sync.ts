/** MCPServerDiagnosis: from the pods of a late server to what is wrong with them. It makes nothing. */
import type { V1Deployment } from '@kubernetes/client-node';
import type { MCPServerDiagnosis, MCPServerDiagnosisStatus } from '../../api/mcpserverdiagnosis.ts';
import { canonical } from '../../children/canonical.ts';
import { type Context, kindKey, lookUp, type SyncRequest, type SyncResponse } from '../contract.ts';
import { DEPLOYMENT, POD } from '../mcpserver/kinds.ts';
import type { Pod } from '../mcpserver/pods/pod.ts';
import { reportOf } from '../mcpserver/pods/report.ts';

export function sync({ parent, related }: SyncRequest, { now }: Context): SyncResponse {
  const { metadata, status: before } = parent as unknown as MCPServerDiagnosis;
  const deployment = lookUp(related, DEPLOYMENT, metadata.namespace, metadata.name) as
    | V1Deployment
    | undefined;
  // The pods of a Deployment that its controller has not seen are those of the one before.
  if (before && !isSeen(deployment)) return { status: canonical({ ...before }), children: [] };
  const pods = Object.values(related[kindKey(POD)] ?? {}) as unknown as Pod[];
  const { trouble, lookAgainAfter } = reportOf(pods, deployment, now, before?.message);
  const status: MCPServerDiagnosisStatus = canonical({
    ...trouble,
    observedGeneration: metadata.generation,
    deploymentGeneration: deployment?.metadata?.generation,
  });
  return { status, children: [], ...(lookAgainAfter ? { resyncAfterSeconds: lookAgainAfter } : {}) };
}

function isSeen(deployment: V1Deployment | undefined): boolean {
  return (deployment?.status?.observedGeneration ?? 0) >= (deployment?.metadata?.generation ?? 0);
}
