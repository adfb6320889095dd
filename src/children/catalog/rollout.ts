/**
 * The pod that has the Deployment of LiteLLM replace its pods: it puts the digest of the file onto the pod template, and has no
 * other right than that of the ServiceAccount that the catalog names.
 */
import type { V1Pod } from '@kubernetes/client-node';
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import { GROUP } from '../../api/mcpserver.ts';
import type { RenderSettings } from '../../settings.ts';
import { canonical } from '../canonical.ts';
import { pullPolicyOf } from '../image.ts';
import { stored } from '../stored.ts';
import { catalogMetadata } from './identity.ts';

/** On LiteLLM's pod template: the digest of the file that its pods have loaded. */
export const LOADED = `${GROUP}/catalog`;
/** On the pod: the digest that it is to put there. */
export const ROLLS = `${GROUP}/rolls`;
export const ROLLER = 'roll';
export const ROLL_SECONDS = 120;

export function rolloutPodName({ metadata }: Pick<MCPCatalog, 'metadata'>): string {
  return `${metadata.name}-rollout`;
}

/** @param hash of the file that is published. */
export function rolloutPod(
  catalog: MCPCatalog,
  { deployment, serviceAccountName }: { deployment: string; serviceAccountName: string },
  hash: string,
  { runtimeImage: image, runAsUser: user }: RenderSettings,
): V1Pod {
  const metadata = catalogMetadata(catalog, rolloutPodName(catalog));
  return canonical<V1Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, annotations: { [ROLLS]: hash } },
    spec: stored({
      activeDeadlineSeconds: ROLL_SECONDS,
      automountServiceAccountToken: true,
      containers: [
        {
          name: ROLLER,
          image,
          imagePullPolicy: pullPolicyOf(image),
          args: [
            'roll',
            '--deployment',
            `${metadata.namespace}/${deployment}`,
            '--annotation',
            `${LOADED}=${hash}`,
            '--termination-message',
            '/dev/termination-log',
          ],
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
        },
      ],
      enableServiceLinks: false,
      restartPolicy: 'Never',
      securityContext: {
        runAsGroup: user,
        runAsNonRoot: true,
        runAsUser: user,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      serviceAccountName,
      terminationGracePeriodSeconds: 1,
    }),
  });
}
