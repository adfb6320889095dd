/**
 * The truth table of phase and conditions. `docs/status.md` shows the same rows to people, and a test holds them together.
 * Every row is a request in the short form of the golden cases and what the status says of it.
 */
import type { Phase } from '../../../src/api/mcpserver.ts';
import { REASONS, type Reason } from '../../../src/api/verification.ts';
import type { Asked, ShortRequest } from '../golden.ts';

export interface Row {
  /** The case, as the document says it. */
  when: string;
  request: ShortRequest;
  phase: Phase;
  ready: 'True' | 'False';
  /** The reason of Ready. */
  because: string;
  progressing: 'True' | 'False';
  /** The reason of Progressing. */
  reason: string;
  specValid?: 'False';
  deploymentReady: 'True' | 'False';
  serviceReady: 'True' | 'False';
  nameConflict?: 'True';
  /** Conditions of what the spec asks for beside the workload, as `STATUS REASON`. */
  others?: Record<string, string>;
  /** Whether a server that is Ready has something to say all the same. */
  says?: true;
  /** Settings that differ from the defaults. */
  environment?: Record<string, string>;
}

const image = 'ghcr.io/acme/search:1.2.3';
const good = { image };
const bad = { image: 'No Image' };
const old = { image: 'ghcr.io/acme/search:1.2.2' };
const second = { metadata: { generation: 2 } };
const ready = { pods: { ready: 1 } };
const wasReady = { generation: 1, spec: old, observed: { ...ready, spec: old } };
const deadline = [
  {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'timed out progressing.',
  },
];
const stranger = (kind: string, apiVersion = 'v1') => ({
  apiVersion,
  kind,
  metadata: { name: 'search', namespace: 'default', uid: 'uid-of-stranger' },
});
const former = (kind: string, apiVersion: string) => {
  const owner = { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServer', name: 'search', uid: 'uid-of-former' };
  const object = stranger(kind, apiVersion);
  return { ...object, metadata: { ...object.metadata, ownerReferences: [{ ...owner, controller: true }] } };
};

/** A child as it is observed, with who manages fields of its spec. */
const managed = (kind: string, ...operations: string[]) => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name: 'search',
    namespace: 'default',
    uid: `uid-of-${kind}`,
    managedFields: operations.map((operation) => ({
      manager: 'metacontroller',
      operation,
      fieldsV1: { 'f:spec': {} },
    })),
  },
});

const allReady = {
  ready: 'True',
  because: 'Available',
  deploymentReady: 'True',
  serviceReady: 'True',
} as const;
const nothingReady = { ready: 'False', deploymentReady: 'False', serviceReady: 'False' } as const;

const pod = (waiting: { reason: string; message: string }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'search-1-a', namespace: 'default', uid: 'uid-of-pod' },
  status: {
    phase: 'Pending',
    containerStatuses: [
      { name: 'mcp-server', image, ready: false, restartCount: 0, state: { waiting }, lastState: {} },
    ],
  },
});
const noImage = pod({ reason: 'ImagePullBackOff', message: 'not found' });
const onLostNode = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'search-1-a', namespace: 'default', uid: 'uid-of-pod' },
  spec: { nodeName: 'node-1' },
  status: {
    phase: 'Running',
    conditions: [
      { type: 'ContainersReady', status: 'True' },
      { type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T11:00:00Z' },
    ],
  },
};
const withIngress = { ...good, ingress: { host: 'mcp.acme.com' } };
const served = { Ingress: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } };
const withCertificate = {
  ...good,
  scheme: 'HTTPS',
  backendTLS: { caConfigMap: 'search-ca' },
  route: { parentRefs: [{ name: 'public' }] },
};
const taken = (type: string) => ({ type, status: 'True', reason: type, message: '', observedGeneration: 3 });
const refused = { type: 'Accepted', status: 'False', reason: 'NoValidCACertificate', observedGeneration: 3 };
const unverified = {
  HTTPRoute: {
    parents: [{ parentRef: { name: 'public' }, conditions: [taken('Accepted'), taken('ResolvedRefs')] }],
  },
  BackendTLSPolicy: { ancestors: [{ ancestorRef: { name: 'public' }, conditions: [refused] }] },
};
const balanced = { ...good, service: { type: 'LoadBalancer' } };
const balancing = { Service: { loadBalancer: { ingress: [{ hostname: 'lb.acme.com' }] } } };
const withSecrets = { ...good, secrets: [{ name: 'API_KEY', remoteKey: 'search' }] };
const store = { FEATURES: 'externalsecrets', MCP_SECRET_STORE_NAME: 'vault' };
const failing = {
  conditions: [{ type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'no' }],
};

const runtime = { MCP_RUNTIME_IMAGE: 'registry.acme.com/smooth-operator-runtime:1.2.3' };
const anOffer = { count: 1, names: ['search'] };
const aServer = {
  name: 'search',
  version: '1.2.3',
  protocolVersions: ['2025-11-25'],
  capabilities: ['tools'],
  instructions: false,
  tools: anOffer,
  prompts: anOffer,
  resources: anOffer,
};

/** What each reason of Verified means for a server that serves. */
const ANSWERS: Record<Reason, string> = {
  Verified: 'the server says what it is',
  NotMCP: 'the server speaks no MCP',
  WrongPath: 'the server serves MCP at another path, or at none',
  TransportMismatch: 'the server speaks the other transport',
  HostRefused: 'the server refuses the name of its Service',
  Unauthorized: 'the server speaks MCP and wants credentials',
  AccessDenied: 'what answers wants credentials and may be a proxy',
  TLSMismatch: 'the server speaks TLS and `scheme` says no, or its certificate is not accepted',
  Timeout: 'the server does not answer in time',
  VersionUnsupported: 'the server speaks no version that clients speak',
  NoTools: 'the server has nothing to offer',
  InvalidTools: 'the server has tools that clients refuse',
  ServerError: 'the server answers with an error',
};
const answers = (Object.keys(REASONS) as Reason[]).map((reason) =>
  serving(ANSWERS[reason], `${REASONS[reason].status} ${reason}`, {
    says: { reason, message: `It was seen to be ${reason}.`, server: aServer },
  }),
);

/** @param told what a catalog says of it; undefined where catalogs are not served. */
function registering(how: string, verdict: string, told: { state: string | undefined } | undefined): Row {
  const spec = { ...good, litellm: { autoRegister: true } };
  const metadata = { name: 'search', namespace: 'default', uid: 'uid-of-entry' };
  const entry = {
    autoRegister: true,
    ready: true,
    transport: 'http',
    url: 'http://search',
    verified: 'Absent',
  };
  const registration = {
    catalog: 'litellm',
    serverNamespace: 'default',
    serverName: 'search',
    state: told?.state,
    message: 'So it is said',
  };
  return {
    when: `the server is to be in LiteLLM, ${how}`,
    ...(told && { environment: { FEATURES: 'catalogs' } }),
    request: {
      parent: { spec },
      observed: ready,
      earlier: [{}],
      ...(told && {
        given: [{ apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServerEntry', metadata, spec: entry }],
      }),
      ...(told?.state && {
        related: [
          { apiVersion: 'mcp.dev/v1alpha1', kind: 'MCPServerRegistration', metadata, spec: registration },
        ],
      }),
    },
    phase: 'Ready',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { LiteLLMRegistered: verdict },
    ...(verdict.startsWith('False') && { says: true }),
  };
}

/** A server of which all pods are available, and which is asked what it is. */
function serving(when: string, verified: string, asked?: Partial<Asked>): Row {
  return {
    when,
    environment: runtime,
    request: {
      parent: { spec: good },
      observed: ready,
      ...(asked && { asked: { secondsAgo: 2, ...asked } }),
    },
    phase: 'Ready',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { Verified: verified },
    ...(verified.startsWith('False') && { says: true }),
  };
}

/** The same, and address and Ready wait for it. */
function required(when: string, verified: string, asked?: Partial<Asked>): Row {
  const row = serving(when, verified, asked);
  const request = { ...row.request, parent: { spec: { ...good, verify: { mode: 'Require' } } } };
  const phase = verified === 'Unknown Asking' ? 'Creating' : 'Degraded';
  return { ...row, request, phase, ready: 'False', because: 'NotVerified' };
}

const notFound = { says: { reason: 'WrongPath', message: 'It was seen to be WrongPath.' } };

const bridged = { image, transport: 'stdio', command: ['search'] };

export const rows: Row[] = [
  {
    when: 'new: nothing is there yet',
    request: { parent: { spec: good } },
    phase: 'Creating',
    ...nothingReady,
    because: 'Unavailable',
    progressing: 'True',
    reason: 'Creating',
  },
  {
    when: 'the first pods start',
    request: { parent: { spec: good }, observed: {}, earlier: [{}] },
    phase: 'Creating',
    ...nothingReady,
    because: 'Unavailable',
    progressing: 'True',
    reason: 'Creating',
  },
  {
    when: 'the first of several pods is available',
    request: {
      parent: { spec: { ...good, replicas: 3 } },
      observed: { pods: { total: 3, ready: 1 } },
      earlier: [{}],
    },
    phase: 'Creating',
    ...allReady,
    deploymentReady: 'False',
    progressing: 'True',
    reason: 'Creating',
  },
  {
    when: 'all pods of this generation are available',
    request: { parent: { spec: good }, observed: ready, earlier: [{}] },
    phase: 'Ready',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
  },
  {
    when: 'a new generation rolls out, the old pods serve',
    request: {
      parent: { ...second, spec: good },
      observed: { pods: { total: 2, updated: 1, ready: 1 } },
      earlier: [wasReady],
    },
    phase: 'Updating',
    ...allReady,
    progressing: 'True',
    reason: 'Updating',
  },
  {
    when: 'a new generation is not applied yet',
    request: { parent: { ...second, spec: good }, observed: { ...ready, spec: old }, earlier: [wasReady] },
    phase: 'Updating',
    ...allReady,
    progressing: 'True',
    reason: 'Updating',
  },
  {
    when: 'a new generation, no pod serves',
    request: {
      parent: { ...second, spec: good },
      observed: { pods: { total: 2, updated: 1 } },
      earlier: [wasReady],
    },
    phase: 'Updating',
    ...nothingReady,
    because: 'Unavailable',
    progressing: 'True',
    reason: 'Updating',
  },
  {
    when: 'the rollout is past its deadline, the old pods serve',
    request: {
      parent: { ...second, spec: good },
      observed: { pods: { total: 2, updated: 1, ready: 1 }, conditions: deadline },
      earlier: [wasReady],
    },
    phase: 'Degraded',
    ...allReady,
    progressing: 'False',
    reason: 'ProgressDeadlineExceeded',
  },
  {
    when: 'the rollout is past its deadline, no pod serves',
    request: { parent: { spec: good }, observed: { conditions: deadline }, earlier: [{}] },
    phase: 'Failed',
    ...nothingReady,
    because: 'ProgressDeadlineExceeded',
    progressing: 'False',
    reason: 'ProgressDeadlineExceeded',
  },
  {
    when: 'more replicas are wanted',
    request: {
      parent: { ...second, spec: { ...good, replicas: 3 } },
      observed: { pods: { total: 3, ready: 1 } },
      earlier: [{ generation: 1, spec: good, observed: ready }],
    },
    phase: 'Updating',
    ...allReady,
    deploymentReady: 'False',
    progressing: 'True',
    reason: 'Updating',
  },
  {
    when: 'fewer replicas are wanted, the rest is going',
    request: {
      parent: { ...second, spec: good },
      observed: { pods: { total: 3, ready: 3 } },
      earlier: [
        { generation: 1, spec: { ...good, replicas: 3 }, observed: { pods: { total: 3, ready: 3 } } },
      ],
    },
    phase: 'Updating',
    ...allReady,
    progressing: 'True',
    reason: 'Updating',
  },
  {
    when: 'new: the transport is stdio, and no setting names the runtime image',
    request: { parent: { spec: bridged } },
    phase: 'Pending',
    ...nothingReady,
    because: 'NoRuntimeImage',
    progressing: 'False',
    reason: 'NoRuntimeImage',
  },
  {
    when: 'the transport becomes stdio, no setting names the runtime image, the old pods serve',
    request: { parent: { ...second, spec: bridged }, observed: { ...ready, spec: old }, earlier: [wasReady] },
    phase: 'Degraded',
    ...allReady,
    progressing: 'False',
    reason: 'NoRuntimeImage',
  },
  {
    when: 'some pods are lost after it was ready',
    request: {
      parent: { spec: { ...good, replicas: 3 } },
      observed: { pods: { total: 3, ready: 1 } },
      earlier: [{ observed: { pods: { total: 3, ready: 3 } } }],
    },
    phase: 'Degraded',
    ...allReady,
    deploymentReady: 'False',
    progressing: 'False',
    reason: 'Complete',
  },
  {
    when: 'all pods are lost after it was ready',
    request: { parent: { spec: good }, observed: {}, earlier: [{ observed: ready }] },
    phase: 'Degraded',
    ...nothingReady,
    because: 'Unavailable',
    progressing: 'False',
    reason: 'Complete',
  },
  {
    when: 'the Service is gone for a moment',
    request: {
      parent: { spec: good },
      observed: { ...ready, absent: ['Service'] },
      earlier: [{ observed: ready }],
    },
    phase: 'Degraded',
    ready: 'False',
    because: 'Unavailable',
    deploymentReady: 'True',
    serviceReady: 'False',
    progressing: 'False',
    reason: 'Complete',
  },
  {
    when: '0 replicas are wanted, pods are still there',
    request: {
      parent: { ...second, spec: { ...good, replicas: 0 } },
      observed: ready,
      earlier: [{ generation: 1, spec: good, observed: ready }],
    },
    phase: 'Updating',
    ready: 'False',
    because: 'Stopped',
    deploymentReady: 'True',
    serviceReady: 'False',
    progressing: 'True',
    reason: 'Updating',
  },
  {
    when: '0 replicas are wanted, no pod is left',
    request: { parent: { spec: { ...good, replicas: 0 } }, observed: { pods: { total: 0 } } },
    phase: 'Stopped',
    ready: 'False',
    because: 'Stopped',
    deploymentReady: 'True',
    serviceReady: 'False',
    progressing: 'False',
    reason: 'Complete',
  },
  {
    when: 'the spec is invalid and there is no good one',
    request: { parent: { spec: bad } },
    phase: 'Failed',
    ...nothingReady,
    because: 'InvalidSpec',
    progressing: 'False',
    reason: 'InvalidSpec',
    specValid: 'False',
  },
  {
    when: 'the spec is invalid, the last good one serves',
    request: { parent: { ...second, spec: bad }, observed: { ...ready, spec: good }, earlier: [wasReady] },
    phase: 'Degraded',
    ...allReady,
    progressing: 'False',
    reason: 'InvalidSpec',
    specValid: 'False',
  },
  {
    when: 'the spec is invalid, of the last good one no pod serves',
    request: { parent: { ...second, spec: bad }, observed: { spec: good }, earlier: [wasReady] },
    phase: 'Failed',
    ...nothingReady,
    because: 'InvalidSpec',
    progressing: 'False',
    reason: 'InvalidSpec',
    specValid: 'False',
  },
  {
    when: "Metacontroller applies server-side and the operator's setting is dynamic apply, nothing is made",
    request: { parent: { spec: good }, given: [managed('ServiceAccount', 'Apply')] },
    environment: { MCP_APPLY_STRATEGY: 'dynamic-apply' },
    phase: 'Failed',
    ...nothingReady,
    because: 'ApplyStrategy',
    progressing: 'False',
    reason: 'ApplyStrategy',
    others: { ApplyStrategy: 'False SettingDiffers' },
  },
  {
    when: 'the apply strategy has changed, a new spec waits, the old pods serve',
    request: {
      parent: { ...second, spec: good },
      observed: { ...ready, spec: old, absent: ['Service'] },
      given: [managed('Service', 'Update', 'Apply')],
      earlier: [wasReady],
    },
    environment: { MCP_APPLY_STRATEGY: 'server-side-apply' },
    phase: 'Degraded',
    ...allReady,
    progressing: 'False',
    reason: 'ApplyStrategy',
    others: { ApplyStrategy: 'False StrategyChanged' },
  },
  {
    when: 'a child that the first pods need may be asked for by this very answer',
    request: { parent: { spec: good }, observed: { absent: ['Deployment'] }, earlier: [{}] },
    phase: 'Creating',
    ...nothingReady,
    because: 'Unavailable',
    progressing: 'True',
    reason: 'Creating',
  },
  {
    when: 'the API server refuses a child that the first pods need',
    request: {
      parent: { spec: good },
      observed: { absent: ['Deployment'] },
      earlier: [{}, { observed: { absent: ['Deployment'] } }],
    },
    phase: 'Pending',
    ...nothingReady,
    because: 'ChildMissing',
    progressing: 'True',
    reason: 'ChildMissing',
  },
  {
    when: 'a child is lost while a rollout lasts',
    request: {
      parent: { ...second, spec: good },
      observed: { ...ready, absent: ['ServiceAccount'], unseen: true },
      earlier: [wasReady, { generation: 2, observed: { ...ready, unseen: true } }],
    },
    phase: 'Updating',
    ...allReady,
    progressing: 'True',
    reason: 'Updating',
  },
  {
    when: 'the API server refuses a child while the server answers',
    request: {
      parent: { ...second, spec: good },
      observed: { ...ready, absent: ['ServiceAccount'], unseen: true },
      earlier: [
        wasReady,
        { generation: 2, observed: { ...ready, unseen: true } },
        { generation: 2, observed: { ...ready, absent: ['ServiceAccount'], unseen: true } },
      ],
    },
    phase: 'Degraded',
    ...allReady,
    progressing: 'True',
    reason: 'ChildMissing',
  },
  {
    when: 'an object not owned by this MCPServer has the name, nothing serves',
    request: { parent: { spec: good }, related: [stranger('Deployment', 'apps/v1')] },
    phase: 'Failed',
    ...nothingReady,
    because: 'NameConflict',
    progressing: 'False',
    reason: 'NameConflict',
    nameConflict: 'True',
  },
  {
    when: 'an object not owned by this MCPServer has a name, the server answers',
    request: {
      parent: { spec: good },
      observed: { ...ready, absent: ['ServiceAccount'] },
      related: [stranger('ServiceAccount')],
    },
    phase: 'Degraded',
    ...allReady,
    progressing: 'False',
    reason: 'NameConflict',
    nameConflict: 'True',
  },
  {
    when: 'a Secret that the first pods need is not there',
    request: { parent: { spec: { ...good, secretName: 'absent' } } },
    phase: 'Pending',
    ...nothingReady,
    because: 'WaitingForSecret',
    progressing: 'True',
    reason: 'WaitingForSecret',
  },
  {
    when: 'a Secret that a new generation needs is not there, the old pods serve',
    request: {
      parent: { ...second, spec: { ...good, secretName: 'absent' } },
      observed: { ...ready, spec: old },
      earlier: [wasReady],
    },
    phase: 'Updating',
    ...allReady,
    progressing: 'True',
    reason: 'WaitingForSecret',
  },
  {
    when: 'a Secret goes away while the pods that use it serve',
    request: {
      parent: { spec: { ...good, secretName: 'absent' } },
      observed: { ...ready, digests: 'absent=0123456789abcdef' },
      earlier: [{ observed: { ...ready, digests: 'absent=0123456789abcdef' } }],
    },
    phase: 'Ready',
    ...allReady,
    says: true,
    progressing: 'False',
    reason: 'Complete',
  },
  {
    when: 'the store does not give the first values',
    request: {
      parent: { spec: withSecrets },
      observed: { absent: ['Deployment'], statuses: { ExternalSecret: failing } },
      earlier: [{}],
    },
    environment: store,
    phase: 'Pending',
    ...nothingReady,
    because: 'WaitingForSecret',
    progressing: 'True',
    reason: 'WaitingForSecret',
    others: { ExternalSecretSynced: 'False SecretSyncedError' },
  },
  {
    when: 'the store fails while the server runs',
    request: {
      parent: { spec: withSecrets },
      observed: {
        ...ready,
        digests: 'search-secrets=0123456789abcdef',
        statuses: { ExternalSecret: failing },
      },
      earlier: [{ observed: { ...ready, digests: 'search-secrets=0123456789abcdef' } }],
    },
    environment: store,
    phase: 'Ready',
    ...allReady,
    says: true,
    progressing: 'False',
    reason: 'Complete',
    others: { ExternalSecretSynced: 'False SecretSyncedError' },
  },
  {
    when: 'the first pods cannot start, and say why',
    request: { parent: { spec: good }, observed: {}, related: [noImage], earlier: [{}] },
    phase: 'Creating',
    ...nothingReady,
    because: 'ImagePullBackOff',
    progressing: 'True',
    reason: 'Creating',
  },
  {
    when: 'the new pods cannot start, the old ones serve',
    request: {
      parent: { ...second, spec: good },
      observed: { pods: { total: 2, updated: 1, ready: 1 } },
      related: [noImage],
      earlier: [wasReady],
    },
    phase: 'Updating',
    ...allReady,
    progressing: 'True',
    reason: 'Updating',
  },
  {
    when: 'the node of the only pod does not answer',
    request: {
      parent: { spec: good },
      observed: { pods: { ready: 0 } },
      related: [onLostNode],
      earlier: [{ observed: ready }],
    },
    phase: 'Degraded',
    ...nothingReady,
    because: 'NodeLost',
    progressing: 'False',
    reason: 'Complete',
  },
  {
    when: 'all pods serve, and the Ingress has no address yet',
    request: { parent: { spec: withIngress }, observed: ready, earlier: [{}] },
    phase: 'Creating',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { IngressReady: 'False NoAddress' },
  },
  {
    when: 'the Ingress has an address',
    request: { parent: { spec: withIngress }, observed: { ...ready, statuses: served }, earlier: [{}] },
    phase: 'Ready',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { IngressReady: 'True Served' },
  },
  {
    when: 'the Ingress loses its address',
    request: {
      parent: { spec: withIngress },
      observed: ready,
      earlier: [{ observed: { ...ready, statuses: served } }],
    },
    phase: 'Degraded',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { IngressReady: 'False NoAddress' },
  },
  {
    when: 'a new generation asks for an Ingress, and the Deployment controller has yet to look at it',
    request: {
      parent: { ...second, spec: withIngress },
      observed: { ...ready, unseen: true },
      earlier: [{ generation: 1, spec: good, observed: ready }],
    },
    phase: 'Updating',
    ...allReady,
    progressing: 'True',
    reason: 'Updating',
    others: { IngressReady: 'False NoAddress' },
  },
  {
    when: 'a new generation asks for an Ingress, and that has no address yet',
    request: {
      parent: { ...second, spec: withIngress },
      observed: ready,
      earlier: [{ generation: 1, spec: good, observed: ready }],
    },
    phase: 'Degraded',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { IngressReady: 'False NoAddress' },
  },
  {
    when: 'all pods serve, and the load balancer has no address yet',
    request: { parent: { spec: balanced }, observed: ready, earlier: [{}] },
    phase: 'Creating',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { LoadBalancerReady: 'False NoAddress' },
  },
  {
    when: 'the load balancer has an address',
    request: { parent: { spec: balanced }, observed: { ...ready, statuses: balancing }, earlier: [{}] },
    phase: 'Ready',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { LoadBalancerReady: 'True Served' },
  },
  {
    when: 'the load balancer loses its address',
    request: {
      parent: { spec: balanced },
      observed: ready,
      earlier: [{ observed: { ...ready, statuses: balancing } }],
    },
    phase: 'Degraded',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { LoadBalancerReady: 'False NoAddress' },
  },
  {
    when: 'the load balancer is to have another class',
    request: {
      parent: {
        ...second,
        spec: { ...good, service: { type: 'LoadBalancer', loadBalancerClass: 'a.com/b' } },
      },
      observed: { ...ready, spec: balanced, statuses: balancing },
      earlier: [{ generation: 1, spec: balanced, observed: { ...ready, statuses: balancing } }],
    },
    phase: 'Degraded',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { LoadBalancerReady: 'False ClassCannotChange' },
  },
  {
    when: 'the Service of the load balancer is gone for a moment',
    request: {
      parent: { spec: balanced },
      observed: { ...ready, absent: ['Service'] },
      earlier: [{ observed: { ...ready, statuses: balancing } }],
    },
    phase: 'Degraded',
    ready: 'False',
    because: 'Unavailable',
    deploymentReady: 'True',
    serviceReady: 'False',
    progressing: 'False',
    reason: 'Complete',
    others: { LoadBalancerReady: 'Unknown Missing' },
  },
  {
    when: 'several pods hold sessions behind a load balancer',
    request: {
      parent: { spec: { ...balanced, replicas: 2 } },
      observed: { pods: { total: 2, ready: 2 }, statuses: balancing },
      earlier: [{}],
    },
    phase: 'Ready',
    ...allReady,
    says: true,
    progressing: 'False',
    reason: 'Complete',
    others: {
      LoadBalancerReady: 'True Served',
      SessionAffinity: 'False LoadBalancerWithoutAffinity',
    },
  },
  {
    when: 'a kind that the spec asks for is switched off',
    request: {
      parent: { spec: { ...good, observability: { metrics: {} } } },
      observed: ready,
      earlier: [{}],
    },
    phase: 'Ready',
    ...allReady,
    says: true,
    progressing: 'False',
    reason: 'Complete',
    others: { ServiceMonitorCreated: 'False FeatureOff' },
  },
  ...(
    [
      ['and catalogs are not served', 'False FeatureOff', {}],
      ['and no catalog has it', 'False NoCatalog', { state: undefined }],
      ['and a catalog has it', 'True Registered', { state: 'Registered' }],
      ['and another has its name', 'False NameConflict', { state: 'NameConflict' }],
    ] as const
  ).map(([how, verdict, told]): Row => registering(how, verdict, 'state' in told ? told : undefined)),
  {
    when: 'a child of this generation has yet to be seen',
    request: {
      parent: { ...second, spec: { ...good, config: { A: 'b' } } },
      observed: { ...ready, absent: ['ConfigMap'] },
      earlier: [wasReady],
    },
    phase: 'Updating',
    ...allReady,
    progressing: 'True',
    reason: 'Updating',
  },
  {
    when: 'the Ingress would speak HTTP to a server that ends TLS itself',
    request: {
      parent: { spec: { ...withIngress, scheme: 'HTTPS' } },
      observed: { ...ready, statuses: served },
      earlier: [{}, { observed: { ...ready, statuses: served } }],
    },
    phase: 'Ready',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { IngressReady: 'True Served', BackendTLS: 'False IngressNotTold' },
    says: true,
    environment: { MCP_DEFAULT_INGRESS_CLASS: 'alb' },
  },
  {
    when: 'a Gateway cannot verify the certificate of a server that ends TLS itself',
    request: {
      parent: { spec: withCertificate },
      observed: { ...ready, statuses: unverified },
      earlier: [{}, { observed: { ...ready, statuses: unverified } }],
    },
    phase: 'Creating',
    ...allReady,
    progressing: 'False',
    reason: 'Complete',
    others: { RouteReady: 'True Accepted', BackendTLS: 'False NoValidCACertificate' },
    environment: { FEATURES: 'httproutes,backendtlspolicies' },
  },
  {
    when: 'an object of a former server of the name is terminating',
    request: { parent: { spec: good }, related: [former('Deployment', 'apps/v1')] },
    phase: 'Creating',
    ...nothingReady,
    because: 'Unavailable',
    progressing: 'True',
    reason: 'Creating',
  },
  serving('all pods are available, and the server is asked what it is', 'Unknown Asking'),
  ...answers,
  serving('the pod that asks is refused', 'Unknown NotAsked', { secondsAgo: 25 }),
  serving('the pod that asks ends without a report', 'Unknown NotAsked', { says: '' }),
  {
    ...serving('the server is not to be asked', 'Unknown Off'),
    request: { parent: { spec: { ...good, verify: { mode: 'Off' } } }, observed: ready },
  },
  {
    ...serving('the first pods start, and the server is asked later', 'Unknown Pending'),
    request: { parent: { spec: good }, observed: { pods: { ready: 0 } } },
    phase: 'Creating',
    ...nothingReady,
    because: 'Unavailable',
    progressing: 'True',
    reason: 'Creating',
  },
  {
    ...serving('0 replicas are wanted, and nobody is asked', 'Unknown Stopped'),
    request: { parent: { spec: { ...good, replicas: 0 } }, observed: { pods: { total: 0 } } },
    phase: 'Stopped',
    ready: 'False',
    because: 'Stopped',
    serviceReady: 'False',
  },
  required('verification is required, and the server is asked', 'Unknown Asking'),
  required('verification is required, and the server does not pass', 'False WrongPath', notFound),
  required('verification is required, and the server cannot be asked', 'Unknown NotAsked', { says: '' }),
  {
    ...required('verification is required, and the server passes', 'True Verified', {
      says: { reason: 'Verified', message: 'It was seen.', server: aServer },
    }),
    phase: 'Ready',
    ...allReady,
  },
];

/** The rows as the table of the document. */
export function toMarkdown(): string {
  const head = [
    'Case',
    'Phase',
    'Ready',
    'Progressing',
    'SpecValid',
    'DeploymentReady',
    'ServiceReady',
    'NameConflict',
    'What else is asked for',
  ];
  const lines = rows.map((row) => [
    row.when,
    row.phase,
    `${row.ready} ${row.because}`,
    `${row.progressing} ${row.reason}`,
    row.specValid ?? 'True',
    row.deploymentReady,
    row.serviceReady,
    row.nameConflict ?? '–',
    Object.entries(row.others ?? {})
      .map((entry) => entry.join(' '))
      .join(', ') || '–',
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
