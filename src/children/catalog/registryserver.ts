/** What serves a catalog's registry: pods of the runtime image, and their Service. */
import type { V1Deployment, V1Service } from '@kubernetes/client-node';
import type { MCPCatalog } from '../../api/mcpcatalog.ts';
import type { RenderSettings } from '../../settings.ts';
import { canonical } from '../canonical.ts';
import { CATALOG_LABEL } from '../identity.ts';
import { pullPolicyOf } from '../image.ts';
import { catalogMetadata } from './identity.ts';
import { REGISTRY_KEY } from './registryfiles.ts';

const PORT = 8080;
const PORT_NAME = 'http';
const PATH = '/etc/registry';
/** It lingers for three seconds, and answers for at most ten more what is in flight. */
const GRACE_SECONDS = 15;

export function registryServerName({ metadata }: Pick<MCPCatalog, 'metadata'>): string {
  return `${metadata.name}-registry`;
}

/** @returns where it is, within the cluster. */
export function registryUrl(catalog: MCPCatalog, { clusterDomain }: RenderSettings): string {
  return `http://${registryServerName(catalog)}.${catalog.metadata.namespace}.svc.${clusterDomain}`;
}

const labelsOf = (catalog: MCPCatalog) => ({
  'app.kubernetes.io/component': 'mcp-registry',
  [CATALOG_LABEL]: catalog.metadata.name,
});

/** @param maps the names of the ConfigMaps that it serves, in their order. */
export function registryDeployment(
  catalog: MCPCatalog,
  maps: readonly string[],
  settings: RenderSettings,
): V1Deployment {
  const image = settings.runtimeImage;
  const user = settings.runAsUser;
  const { labels, ...metadata } = catalogMetadata(catalog, registryServerName(catalog));
  return canonical<V1Deployment>({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, labels: { ...labels, ...labelsOf(catalog) } },
    spec: {
      progressDeadlineSeconds: settings.progressDeadlineSeconds,
      replicas: catalog.spec.registry!.serve!.replicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: labelsOf(catalog) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { ...labels, ...labelsOf(catalog) } },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name: 'registry',
              image,
              imagePullPolicy: pullPolicyOf(image),
              args: [
                'registry',
                '--host=0.0.0.0',
                `--port=${PORT}`,
                ...maps.map((_, index) => `--file=${PATH}/${index}/${REGISTRY_KEY}`),
              ],
              ports: [{ name: PORT_NAME, containerPort: PORT, protocol: 'TCP' }],
              readinessProbe: {
                httpGet: { path: '/readyz', port: PORT_NAME, scheme: 'HTTP' },
                periodSeconds: 5,
              },
              livenessProbe: {
                httpGet: { path: '/healthz', port: PORT_NAME, scheme: 'HTTP' },
                timeoutSeconds: 3,
              },
              resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '1', memory: '256Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
              volumeMounts: maps.map((name, index) => ({
                name,
                mountPath: `${PATH}/${index}`,
                readOnly: true,
              })),
            },
          ],
          enableServiceLinks: false,
          ...(settings.runtimePullSecret !== '' && {
            imagePullSecrets: [{ name: settings.runtimePullSecret }],
          }),
          securityContext: {
            runAsGroup: user,
            runAsNonRoot: true,
            runAsUser: user,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          terminationGracePeriodSeconds: GRACE_SECONDS,
          volumes: maps.map((name) => ({ name, configMap: { name } })),
        },
      },
    },
  });
}

export function registryService(catalog: MCPCatalog): V1Service {
  const { labels, ...metadata } = catalogMetadata(catalog, registryServerName(catalog));
  return canonical<V1Service>({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels: { ...labels, ...labelsOf(catalog) } },
    spec: {
      ports: [{ name: PORT_NAME, port: 80, protocol: 'TCP', targetPort: PORT_NAME, appProtocol: 'http' }],
      selector: labelsOf(catalog),
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  });
}
