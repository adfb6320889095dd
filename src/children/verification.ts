/**
 * The pod that asks a running server what it is, through its Service. It is there for a moment after a rollout, and its
 * termination message is the answer: docs/decisions/10-verification-by-a-pod.md says why it is a pod and no Job.
 */
import type { V1Pod, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { MCPServer } from '../api/mcpserver.ts';
import type { Verify } from '../api/verify.ts';
import type { RenderSettings } from '../settings.ts';
import { CA_KEY } from './backendtls.ts';
import { canonical, digest } from './canonical.ts';
import { TRUST_FILE, TRUST_PATH, TRUST_VOLUME, trustVolume } from './given.ts';
import { MANAGER, nameOf, VERIFIES, VERIFIES_LABEL } from './identity.ts';
import { pullPolicyOf, runtimePullSecretsOf } from './image.ts';
import { speaksTls } from './scheme.ts';
import { serviceUrl } from './service.ts';
import { stored } from './stored.ts';
import { clientTransport } from './transport.ts';

export const VERIFIER = 'verify';
const HEADERS_VOLUME = 'headers';
const HEADERS_PATH = '/etc/mcp/headers';
const TIMEOUT_SECONDS = 30;
/** Within the memory limit, beside what Node.js takes without a heap. By itself it would take a quarter of the limit. */
const HEAP_MIB = 160;
/** What the kubelet gives the pod beyond the time that the server has: to pull the image, and to start. */
const START_SECONDS = 120;

/** @returns how long the server has for its answers, in seconds. */
export function verifyTimeout({ spec }: MCPServer): number {
  return spec.verify?.timeout === undefined ? TIMEOUT_SECONDS : Number.parseInt(spec.verify.timeout, 10);
}

/** @returns seconds after which the pod is ended, whatever it does, once it is on a node. */
export function verifyDeadline(server: MCPServer): number {
  return verifyTimeout(server) + START_SECONDS;
}

/** @returns whether a server is asked at all by an operator with these settings. */
export function isVerified({ spec }: MCPServer, { runtimeImage }: RenderSettings): boolean {
  return runtimeImage !== '' && spec.verify?.mode !== 'Off';
}

/** @returns the labels by which a NetworkPolicy lets the pod in. Not those of the server: they alone select its pods. */
export function verifierLabels(server: MCPServer): Record<string, string> {
  return { [VERIFIES_LABEL]: server.metadata.name };
}

/**
 * @param rendered the digest of the Deployment whose pods serve.
 * @returns what tells one question from another: who is asked, where and with what. Not who asks.
 */
export function questionOf(server: MCPServer, rendered: string, settings: RenderSettings): string {
  const { verify } = server.spec;
  const transport = clientTransport(server);
  const { headers, timeout } = verify ?? {};
  const url = serviceUrl(server, settings.clusterDomain);
  return digest(canonical({ rendered, url, transport, headers, timeout, trust: caOf(server, settings) }));
}

/**
 * @param server one that is asked, with its defaults.
 * @param question as `questionOf` has it.
 */
export function verificationPod(server: MCPServer, question: string, settings: RenderSettings): V1Pod {
  const { spec, metadata } = server;
  const image = settings.runtimeImage;
  const headers = spec.verify?.headers ?? [];
  const user = settings.runAsUser;
  const ca = caOf(server, settings);
  const mounts: V1VolumeMount[] = [
    ...(headers.length > 0 ? [{ name: HEADERS_VOLUME, mountPath: HEADERS_PATH, readOnly: true }] : []),
    ...(ca ? [{ name: TRUST_VOLUME, mountPath: TRUST_PATH, readOnly: true }] : []),
  ];
  return canonical<V1Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: nameOf(server, 'verification'),
      namespace: metadata.namespace,
      labels: {
        ...spec.extraLabels,
        'app.kubernetes.io/component': 'verification',
        'app.kubernetes.io/managed-by': MANAGER,
        'app.kubernetes.io/name': nameOf(server, 'verification'),
        ...verifierLabels(server),
      },
      annotations: { [VERIFIES]: question },
    },
    spec: stored({
      activeDeadlineSeconds: verifyDeadline(server),
      automountServiceAccountToken: false,
      containers: [
        {
          name: VERIFIER,
          image,
          imagePullPolicy: pullPolicyOf(image),
          args: argumentsOf(server, settings, headers.length > 0),
          env: [
            ...(ca ? [{ name: 'NODE_EXTRA_CA_CERTS', value: `${TRUST_PATH}/${TRUST_FILE}` }] : []),
            { name: 'NODE_OPTIONS', value: `--max-old-space-size=${HEAP_MIB}` },
          ],
          // It has a moment's work, which a small share of a core would make a long one.
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '1', memory: '256Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
          volumeMounts: mounts,
        },
      ],
      enableServiceLinks: false,
      imagePullSecrets: runtimePullSecretsOf(spec, settings),
      // Where the server may run there is room for its pods, and so for this one.
      nodeSelector: spec.pod?.nodeSelector,
      tolerations: spec.pod?.tolerations,
      restartPolicy: 'Never',
      securityContext: {
        runAsGroup: user,
        runAsNonRoot: true,
        runAsUser: user,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      terminationGracePeriodSeconds: 1,
      volumes: [...headersVolumes(headers), ...(ca ? [trustVolume(ca)] : [])],
    }),
  });
}

function argumentsOf(server: MCPServer, settings: RenderSettings, hasHeaders: boolean): string[] {
  return [
    'verify',
    serviceUrl(server, settings.clusterDomain),
    '--transport',
    clientTransport(server),
    '--timeout',
    String(verifyTimeout(server)),
    '--name-prefix',
    `${server.metadata.name}-`,
    '--termination-message',
    '/dev/termination-log',
    ...(hasHeaders ? ['--headers-from', HEADERS_PATH] : []),
  ];
}

/** By which the certificate of a server that ends TLS itself is known; undefined where there are only those that everybody trusts. */
function caOf(server: MCPServer, { trustBundle }: RenderSettings): typeof trustBundle | undefined {
  if (!speaksTls(server)) return undefined;
  const { caConfigMap } = server.spec.backendTLS ?? {};
  if (caConfigMap) return { configMap: caConfigMap, key: CA_KEY };
  return trustBundle.configMap === '' ? undefined : trustBundle;
}

/** A file for each header, of its name. */
function headersVolumes(headers: NonNullable<Verify['headers']>): V1Volume[] {
  if (headers.length === 0) return [];
  const sources = headers.map(({ name, secretKeyRef: { name: secret, key, optional } }) => ({
    secret: { name: secret, items: [{ key, path: name }], optional },
  }));
  return [{ name: HEADERS_VOLUME, projected: { sources } }];
}
