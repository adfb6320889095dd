/** What pods say, and what is told of it: a row for each kind of trouble, and for what is none. */
import type { V1Deployment, V1PodCondition } from '@kubernetes/client-node';
import type { Pod } from '../../../src/reconcile/mcpserver/pods/pod.ts';

export interface Row {
  when: string;
  pods: Pod[];
  deployment?: V1Deployment;
  /** What the status says so far. */
  before?: string;
  /** Undefined where nothing is to be told. */
  reason?: string;
  /** What the message has, each. */
  says?: string[];
  /** What the message must not have. */
  hides?: string[];
  /** Seconds until it is told, from `NOW` on. */
  after?: number;
}

export const NOW = '2026-01-01T12:00:00Z';
const LONG_AGO = '2026-01-01T11:00:00Z';
const JUST_NOW = '2026-01-01T11:59:50Z';
const IMAGE = 'ghcr.io/acme/search:1.2.3';

interface Short {
  name?: string;
  metadata?: object;
  spec?: object;
  status?: object;
  init?: object[];
  containers?: object[];
  conditions?: object[];
}

function pod({ name = 'search-a', metadata, spec, status, init, containers, conditions }: Short): Pod {
  return {
    metadata: { name, namespace: 'default', creationTimestamp: LONG_AGO, ...metadata },
    ...(spec && { spec }),
    status: {
      ...(init && { initContainerStatuses: init }),
      ...(containers && { containerStatuses: containers }),
      ...(conditions && { conditions }),
      ...status,
    },
  } as unknown as Pod;
}

function condition(type: string, status: string, reason?: string, message?: string, at = LONG_AGO) {
  return { type, status, reason, message, lastTransitionTime: at } as unknown as V1PodCondition;
}

const SCHEDULED = condition('PodScheduled', 'True');
const UNREADY = condition('Ready', 'False', 'ContainersNotReady');
const READY = [SCHEDULED, condition('ContainersReady', 'True'), condition('Ready', 'True')];

function container(state: object, more: object = {}) {
  const status = {
    name: 'mcp-server',
    image: IMAGE,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
  };
  return { ...status, state, lastState: {}, ...more };
}

const running = (startedAt = LONG_AGO) => ({ running: { startedAt } });
const waiting = (reason: string, message?: string) => ({ waiting: { reason, message } });
const up = container(running(), { ready: true, started: true });

/** One whose container waits, for this reason. */
function waits(reason: string, message?: string, more: Short = {}): Pod {
  return pod({
    containers: [container(waiting(reason, message))],
    conditions: [SCHEDULED, UNREADY],
    ...more,
  });
}

const probe = { tcpSocket: { port: 'mcp' }, periodSeconds: 1, failureThreshold: 120, timeoutSeconds: 3 };
const server = {
  name: 'mcp-server',
  ports: [{ name: 'mcp', containerPort: 6280 }],
  startupProbe: probe,
  readinessProbe: { tcpSocket: { port: 'mcp' }, periodSeconds: 5, failureThreshold: 3 },
  livenessProbe: { httpGet: { port: 'mcp', path: '/healthz' }, periodSeconds: 10, failureThreshold: 3 },
};
const served: V1Deployment = { spec: { selector: {}, template: { spec: { containers: [server] } } } };

/** One whose container ended so, after so many seconds, and runs again. */
function ends(exitCode: number, seconds: number, more: object = {}, status: object = {}): Pod {
  const finishedAt = new Date(Date.parse(LONG_AGO) + seconds * 1000).toISOString();
  const terminated = {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: LONG_AGO,
    finishedAt,
  };
  const lastState = { terminated: { ...terminated, ...more } };
  return pod({
    containers: [container(running(JUST_NOW), { restartCount: 1, lastState, ...status })],
    conditions: [SCHEDULED, UNREADY],
  });
}

const pulled = `image ${IMAGE} cannot be pulled`;
const secret = 'tr0ub4dor&3';
const elsewhere = [
  'container mcp-server is stopped again and again by its startup probe',
  'port 6280',
  'elsewhere',
];

const images: Row[] = [
  {
    when: 'the kubelet tries to pull an image that is not there',
    pods: [waits('ErrImagePull', `rpc error: code = NotFound desc = failed to pull: ${IMAGE}: not found`)],
    reason: 'ImagePullBackOff',
    says: [`Pod default/search-a: container mcp-server: ${pulled}: there is no such image or tag`, LONG_AGO],
  },
  {
    when: 'the kubelet waits with the next try',
    pods: [waits('ImagePullBackOff', `Back-off pulling image "${IMAGE}": ErrImagePull: ${IMAGE}: not found`)],
    reason: 'ImagePullBackOff',
    says: [`${pulled}: there is no such image or tag`],
  },
  {
    when: 'a kubelet of Kubernetes 1.31 waits with the next try, and no longer says for what',
    pods: [waits('ImagePullBackOff', `Back-off pulling image "${IMAGE}"`)],
    before: `Pod default/search-a: container mcp-server: ${pulled}: there is no such image or tag (since then)`,
    reason: 'ImagePullBackOff',
    says: [`${pulled}: there is no such image or tag (since ${LONG_AGO})`],
  },
  {
    when: 'a registry says something new',
    pods: [waits('ErrImagePull', 'failed to pull: teapot https://user:pw@r.example.com/v2?token=x')],
    reason: 'ImagePullBackOff',
    says: [
      `${pulled}: failed to pull: teapot https://r.example.com/v2`,
      'kubectl describe pod -n default search-a',
    ],
    hides: ['pw', 'token'],
  },
  {
    when: 'a registry limits pulls',
    pods: [waits('ErrImagePull', '429 Too Many Requests - toomanyrequests: You have reached your limit')],
    reason: 'ImagePullBackOff',
    says: ['the registry lets no more pulls through for now'],
  },
  {
    when: 'an image is called what a cause is called',
    pods: [waits('ErrImagePull', 'ghcr.io/acme/certificate-signature:1: not found')],
    reason: 'ImagePullBackOff',
    says: ['there is no such image or tag'],
  },
  {
    when: "a registry's certificate has expired",
    pods: [waits('ErrImagePull', 'tls: failed to verify: x509: certificate has expired or is not yet valid')],
    reason: 'ImagePullBackOff',
    says: ["the registry's certificate has expired, or the clock of the node is wrong"],
  },
  {
    when: 'CRI-O names who is signed in',
    pods: [waits('ErrImagePull', 'initializing source docker://user:pw@r.example.com/a:1: teapot')],
    reason: 'ImagePullBackOff',
    says: ['initializing source docker://r.example.com/a:1: teapot'],
    hides: ['pw'],
  },
  {
    when: 'a registry says a million times what one looks for',
    pods: [waits('ErrImagePull', 'no image found in '.repeat(1_000_000))],
    reason: 'ImagePullBackOff',
    says: ['cannot be pulled: no image found in no image'],
  },
  {
    when: "an image has no build for the node's architecture",
    pods: [waits('ErrImagePull', 'no match for platform in manifest: not found')],
    reason: 'ImagePullBackOff',
    says: ["no build for the node's operating system and architecture"],
  },
  {
    when: 'a short name means several images',
    pods: [
      waits('ImageInspectError', 'Failed to inspect image "": short name mode is enforcing, ambiguous list'),
    ],
    reason: 'ImageInspectError',
    says: ['cannot be used (ImageInspectError)', 'say it in full'],
  },
  {
    when: 'a runtime cannot inspect an image',
    pods: [waits('ImageInspectError', 'Failed to inspect image "": layer not known')],
    reason: 'ImageInspectError',
    says: ['cannot be used (ImageInspectError): Failed to inspect image "": layer not known'],
  },
  {
    when: 'a signature is missing',
    pods: [waits('SignatureValidationFailed', 'Source image rejected: A signature was required')],
    reason: 'SignatureValidationFailed',
    says: [`${pulled} (SignatureValidationFailed)`, "the node's policy wants a signature"],
  },
  {
    when: 'a signature is missing, and the kubelet waits with the next try',
    pods: [
      waits('ImagePullBackOff', `Back-off pulling image "${IMAGE}": SignatureValidationFailed: rejected`),
    ],
    reason: 'SignatureValidationFailed',
    says: [`${pulled} (SignatureValidationFailed)`, "the node's policy wants a signature"],
  },
  {
    when: 'a registry is not there, in the word of the runtime',
    pods: [waits('RegistryUnavailable')],
    reason: 'RegistryUnavailable',
    says: [`${pulled} (RegistryUnavailable): the registry cannot be reached`],
  },
  {
    when: 'an image may not be pulled',
    pods: [waits('ErrImageNeverPull', `Container image "${IMAGE}" is not present with pull policy of Never`)],
    reason: 'ErrImageNeverPull',
    says: ['is not on the node, and imagePullPolicy is Never'],
  },
];

const startingContainers: Row[] = [
  {
    when: "an image's user is a name",
    pods: [
      waits(
        'CreateContainerConfigError',
        'container has runAsNonRoot and image has non-numeric user (node), cannot verify user is non-root (pod: "search-a_default(2b1f6a04-8c5e-4f0e-9a55-0d3b6c1f7a11)", container: mcp-server)',
      ),
    ],
    reason: 'CreateContainerConfigError',
    says: ['non-numeric user (node), cannot verify user is non-root: say', 'pod.securityContext.runAsUser'],
    hides: ['2b1f6a04'],
  },
  {
    when: 'an image wants to be root',
    pods: [
      waits('CreateContainerConfigError', 'container has runAsNonRoot and image will run as root (pod: "x")'),
    ],
    reason: 'CreateContainerConfigError',
    says: ['say a user other than 0 in pod.securityContext.runAsUser'],
  },
  {
    when: 'a Secret is not there',
    pods: [waits('CreateContainerConfigError', 'secret "keys" not found')],
    reason: 'CreateContainerConfigError',
    says: ['container mcp-server: secret "keys" not found'],
  },
  {
    when: 'a command is not in the image',
    pods: [waits('RunContainerError', `exec: "/bin/search --key ${secret}": no such file or directory`)],
    reason: 'RunContainerError',
    says: ['container mcp-server cannot be started: its command is not in the image'],
    hides: [secret],
  },
  ...[
    ['context deadline exceeded', 'the container runtime of the node is too slow, or hangs'],
    ['failed to mkdir "/data": read-only file system', 'nothing can be mounted at a mountPath'],
    ['unresolvable CDI devices nvidia.com/gpu=0', 'it cannot be given a device that it asks for'],
    ['container init was OOM-killed (memory limit too low?)', 'resources.limits.memory is too little'],
    [`exec: "${secret}": permission denied`, 'its user may not run its command'],
    ['teapot', 'is its command in the image, and may its user run it?'],
  ].map(([message, cause]) => ({
    when: `a container cannot be started: ${cause}`,
    pods: [waits('CreateContainerError', message)],
    reason: 'RunContainerError',
    says: [`container mcp-server cannot be started: ${cause}`],
    hides: [secret],
  })),
  {
    when: 'a container could not be started, and the kubelet waits with the next try',
    pods: [
      pod({
        containers: [
          container(waiting('CrashLoopBackOff', 'back-off 20s'), {
            restartCount: 2,
            lastState: {
              terminated: { exitCode: 128, reason: 'StartError', message: 'exec format error' },
            },
          }),
        ],
        conditions: [SCHEDULED, UNREADY],
      }),
    ],
    reason: 'RunContainerError',
    says: ["its command is built for another architecture than the node's"],
  },
  {
    when: 'a hook after the start fails',
    pods: [waits('PostStartHookError', `Exec lifecycle hook ([register ${secret}]) failed`)],
    reason: 'PostStartHookError',
    says: ['container mcp-server: its postStart hook fails'],
    hides: [secret],
  },
  {
    when: 'a hook after the start has failed, and the kubelet says only that the container was stopped',
    pods: [ends(137, 1)],
    before: 'Pod default/search-a: container mcp-server: its postStart hook fails (PostStartHookError)',
    reason: 'PostStartHookError',
    says: ['container mcp-server: its postStart hook fails'],
  },
  {
    when: 'a hook after the start has failed, and the container was stopped before its process had begun',
    pods: [ends(2, 1)],
    before: 'Pod default/search-a: container mcp-server: its postStart hook fails (PostStartHookError)',
    reason: 'PostStartHookError',
    says: ['container mcp-server: its postStart hook fails'],
  },
  {
    when: 'a container fails by itself whose hook failed before',
    pods: [ends(1, 1)],
    before: 'Pod default/search-a: container mcp-server: its postStart hook fails (PostStartHookError)',
    reason: 'CrashLoopBackOff',
    says: ['keeps ending with exit code 1'],
  },
  {
    when: 'a hook before the end fails',
    pods: [waits('FailedPreStopHook', `command [leave ${secret}] exited with 1`)],
    reason: 'FailedPreStopHook',
    says: ['its preStop hook fails'],
    hides: [secret],
  },
  {
    when: 'the kubelet has a reason that nobody here knows',
    pods: [waits('CreatePodSandboxError', 'no\u0007 \u202Espace\nleft, retry in 1m20.5s')],
    reason: 'CreatePodSandboxError',
    says: ['container mcp-server waits: CreatePodSandboxError: no space left, retry in', LONG_AGO],
  },
  {
    when: 'the kubelet quotes what is to stay a secret',
    pods: [
      waits(
        'CreatePodSandboxError',
        `refused: Authorization: Bearer ${secret} or https://r/x?a=b or password=${secret}`,
      ),
    ],
    reason: 'CreatePodSandboxError',
    says: ['refused: Authorization: Bearer'],
    hides: ['r0ub'],
  },
  {
    when: 'the kubelet has had such a reason for some seconds',
    pods: [
      waits('CreatePodSandboxError', '', {
        conditions: [SCHEDULED, condition('Ready', 'False', undefined, undefined, JUST_NOW)],
      }),
    ],
    after: 20,
  },
];

const hanging: Row[] = [
  {
    when: 'a volume is not mounted',
    pods: [
      waits('ContainerCreating', undefined, {
        spec: {
          volumes: [
            { name: 'settings', configMap: { name: 'not-there' } },
            { name: 'own', configMap: { name: 'optional', optional: true } },
            {
              name: 'kube-api-access-x',
              projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }] },
            },
          ],
        },
        conditions: [condition('PodReadyToStartContainers', 'False'), SCHEDULED, UNREADY],
      }),
    ],
    reason: 'ContainerCreating',
    says: [
      'has not been started (ContainerCreating)',
      '(is there ConfigMap not-there?)',
      'network',
      LONG_AGO,
    ],
  },
  {
    when: 'an image takes long',
    pods: [
      waits('ContainerCreating', undefined, {
        conditions: [condition('PodReadyToStartContainers', 'True'), SCHEDULED, UNREADY],
      }),
    ],
    reason: 'ContainerCreating',
    says: [`volumes and network are there, and its image ${IMAGE} may still be on its way`],
  },
  {
    when: 'containers have been on their way for some seconds',
    pods: [
      waits('ContainerCreating', undefined, {
        conditions: [
          condition('PodReadyToStartContainers', 'False', undefined, undefined, JUST_NOW),
          SCHEDULED,
        ],
      }),
    ],
    after: 20,
  },
  {
    when: 'the kubelet has not looked at a pod',
    pods: [pod({ spec: { nodeName: 'node-1' }, conditions: [SCHEDULED] })],
    reason: 'ContainerCreating',
    says: ['its node node-1 has not begun to start it', LONG_AGO],
  },
  {
    when: 'an init container runs for ever',
    pods: [
      pod({
        init: [container(running(), { name: 'fetch', started: true })],
        containers: [container(waiting('PodInitializing'))],
        conditions: [condition('Initialized', 'False'), SCHEDULED, UNREADY],
      }),
    ],
    reason: 'PodInitializing',
    says: ['init container fetch still runs', LONG_AGO, 'kubectl logs -n default search-a -c fetch'],
  },
  {
    when: 'an init container has run for some seconds',
    pods: [
      pod({
        init: [container(running(JUST_NOW), { name: 'fetch', started: true })],
        containers: [container(waiting('PodInitializing'))],
        conditions: [condition('Initialized', 'False'), SCHEDULED, UNREADY],
      }),
    ],
    after: 20,
  },
  {
    when: 'a second init container waits for its image since the first has ended',
    pods: [
      pod({
        init: [
          container({ terminated: { exitCode: 0, finishedAt: JUST_NOW } }, { name: 'one', ready: true }),
          container(waiting('PodInitializing'), { name: 'two' }),
        ],
        containers: [container(waiting('PodInitializing'))],
        conditions: [condition('PodReadyToStartContainers', 'True'), SCHEDULED, UNREADY],
      }),
    ],
    after: 20,
  },
  {
    when: 'a sidecar that somebody injected never starts',
    pods: [
      pod({
        init: [container(running(), { name: 'istio-proxy' })],
        containers: [container(waiting('PodInitializing'))],
        conditions: [condition('Initialized', 'False'), SCHEDULED, UNREADY],
      }),
    ],
    reason: 'PodInitializing',
    says: ['sidecar istio-proxy runs, and its startup probe has not succeeded'],
  },
  {
    when: 'a sidecar is known by the spec of its pod',
    pods: [
      pod({
        spec: {
          initContainers: [
            {
              name: 'istio-proxy',
              restartPolicy: 'Always',
              startupProbe: { httpGet: { path: '/healthz/ready', port: 15021 } },
            },
          ],
        },
        init: [container(running(), { name: 'istio-proxy' })],
        containers: [container(waiting('PodInitializing'))],
        conditions: [UNREADY],
      }),
    ],
    reason: 'PodInitializing',
    says: ['sidecar istio-proxy runs', 'asks port 15021 for /healthz/ready'],
  },
  {
    when: 'a server that is asked by HTTPS at a path is not ready',
    pods: [
      pod({
        spec: {
          containers: [
            {
              name: 'mcp-server',
              readinessProbe: { httpGet: { path: '/health', port: 8443, scheme: 'HTTPS' } },
            },
          ],
        },
        containers: [container(running(), { started: true })],
        conditions: [SCHEDULED, UNREADY],
      }),
    ],
    reason: 'NotReady',
    says: [
      'is `port` the one it listens on?',
      'Is observability.healthProbes.readiness.path right?',
      'Does it speak TLS there, as `scheme` says?',
      'asks port 8443 for /health by HTTPS',
    ],
  },
  {
    when: 'a sidecar that somebody put beside the server is not ready',
    pods: [
      pod({
        spec: {
          containers: [
            { name: 'mcp-server' },
            { name: 'istio-proxy', readinessProbe: { httpGet: { path: '/healthz/ready', port: 15021 } } },
          ],
        },
        containers: [up, container(running(), { name: 'istio-proxy', started: true })],
        conditions: [SCHEDULED, UNREADY],
      }),
    ],
    reason: 'NotReady',
    says: ['container istio-proxy has run since', '(Its readiness probe asks port 15021 for /healthz/ready)'],
    hides: ['127.0.0.1'],
  },
  {
    when: 'a sidecar is not ready',
    pods: [
      pod({
        init: [container(running(), { name: 'istio-proxy', started: true })],
        containers: [up],
        conditions: [condition('Initialized', 'True'), SCHEDULED, UNREADY],
      }),
    ],
    reason: 'NotReady',
    says: [`sidecar istio-proxy has run since ${LONG_AGO} and is not ready`],
  },
];

const stopped: Row[] = [
  {
    when: 'the startup probe ends a server by SIGTERM',
    pods: [ends(143, 131)],
    reason: 'NotReady',
    says: elsewhere,
  },
  {
    when: 'a server ends well when it is told to',
    pods: [ends(0, 122)],
    reason: 'NotReady',
    says: elsewhere,
  },
  { when: 'a server has to be killed', pods: [ends(137, 152)], reason: 'NotReady', says: elsewhere },
  {
    when: 'a server with other probes',
    pods: [
      {
        ...ends(143, 24),
        spec: {
          containers: [
            { ...server, startupProbe: { grpc: { port: 9000 }, periodSeconds: 2, failureThreshold: 10 } },
          ],
        },
      } as Pod,
    ],
    reason: 'NotReady',
    says: ['startup probe', 'asks port 9000 by gRPC', 'elsewhere'],
  },
  {
    when: 'a server whose startup probe is a command',
    pods: [
      {
        ...ends(143, 24),
        spec: {
          containers: [
            {
              ...server,
              startupProbe: { exec: { command: ['ask'] }, periodSeconds: 2, failureThreshold: 10 },
            },
          ],
        },
      } as Pod,
    ],
    reason: 'NotReady',
    says: [
      'startup probe, which runs a command',
      'is the command in the image, and does it end with 0 in time',
    ],
    hides: ['elsewhere'],
  },
  {
    when: 'the liveness probe ends a server that started well',
    pods: [ends(137, 62, {}, { started: true })],
    reason: 'NotReady',
    says: ['by its liveness probe', 'asks port 6280 for /healthz', 'elsewhere'],
  },
  {
    when: 'a server is out of memory about when its probe would give up',
    pods: [ends(137, 125, { reason: 'OOMKilled' })],
    reason: 'OOMKilled',
    says: ['needs more memory'],
  },
  {
    when: 'a server fails about when its probe would give up',
    pods: [ends(1, 125)],
    reason: 'CrashLoopBackOff',
    says: [
      'keeps ending with exit code 1 (Error), about when its startup probe gives up',
      'elsewhere',
      LONG_AGO,
    ],
  },
  {
    when: 'a shell does not find its command',
    pods: [ends(127, 1)],
    reason: 'CrashLoopBackOff',
    says: ['keeps ending with exit code 127 (Error), a command is not found', LONG_AGO],
  },
  {
    when: 'a server that has long run is not ready any more',
    pods: [
      pod({
        containers: [container(running('2026-01-01T10:00:00Z'), { started: true })],
        conditions: [SCHEDULED, condition('Ready', 'False', 'ContainersNotReady', '', JUST_NOW)],
      }),
    ],
    after: 20,
  },
  {
    when: 'a server that has long run has not been ready for a while',
    pods: [
      pod({
        containers: [container(running('2026-01-01T10:00:00Z'), { started: true })],
        conditions: [SCHEDULED, UNREADY],
      }),
    ],
    reason: 'NotReady',
    says: ['has run since 2026-01-01T10:00:00Z and is not ready', `(since ${LONG_AGO})`],
  },
  { when: 'a server that has long run is started again', pods: [ends(1, 3000)], after: 20 },
  {
    when: 'the node of a server was started again',
    pods: [ends(255, 3, { reason: 'Unknown' })],
    after: 20,
  },
  {
    when: 'the node of a server was started again, and its pod is being set up',
    pods: [
      pod({
        containers: [
          container(waiting('ContainerCreating'), {
            restartCount: 1,
            lastState: { terminated: { exitCode: 255, reason: 'Unknown' } },
          }),
        ],
        conditions: [
          condition('PodReadyToStartContainers', 'False', undefined, undefined, JUST_NOW),
          SCHEDULED,
          UNREADY,
        ],
      }),
    ],
    after: 20,
  },
  {
    when: 'a server that has long run has just ended',
    pods: [
      pod({
        containers: [
          container({
            terminated: { exitCode: 1, reason: 'Error', startedAt: LONG_AGO, finishedAt: JUST_NOW },
          }),
        ],
        conditions: [SCHEDULED, UNREADY],
      }),
    ],
    after: 20,
  },
  {
    when: 'a server that has long run was started again, and does not get ready',
    pods: [ends(1, 3000, {}, { state: running() })],
    reason: 'NotReady',
    says: [`has run since ${LONG_AGO}, after it ended with exit code 1 (Error), and is not ready`],
  },
  {
    when: 'a server speaks over stdio',
    pods: [ends(0, 20)],
    reason: 'CrashLoopBackOff',
    says: ['as a server that speaks MCP over stdio does'],
  },
].map((row) => ({ ...row, deployment: served }));

const placed: Row[] = [
  {
    when: 'a scheduling gate is shut',
    pods: [
      pod({
        spec: { schedulingGates: [{ name: 'acme.com/budget' }] },
        conditions: [condition('PodScheduled', 'False', 'SchedulingGated')],
      }),
    ],
    reason: 'SchedulingGated',
    says: ['its scheduling gates acme.com/budget keep it from every node', LONG_AGO],
  },
  {
    when: 'no node has room',
    pods: [
      pod({ conditions: [condition('PodScheduled', 'False', 'Unschedulable', '0/1 nodes are available')] }),
    ],
    reason: 'Unschedulable',
    says: ['no node takes it: 0/1 nodes are available', LONG_AGO],
  },
  {
    when: 'a claim is not there',
    pods: [
      pod({
        spec: {
          volumes: [
            { name: 'data', persistentVolumeClaim: { claimName: 'notes' } },
            { name: 'scratch', ephemeral: {} },
          ],
        },
        conditions: [
          condition('PodScheduled', 'False', 'Unschedulable', 'persistentvolumeclaim "notes" not found'),
        ],
      }),
    ],
    reason: 'Unschedulable',
    says: ['"notes" not found', 'kubectl describe pvc -n default notes search-a-scratch'],
  },
  {
    when: 'no scheduler of this name runs',
    pods: [pod({ spec: { schedulerName: 'volcano' } })],
    reason: 'NotScheduled',
    says: ['scheduler volcano has not looked at it'],
  },
  {
    when: 'the scheduler fails',
    pods: [pod({ conditions: [condition('PodScheduled', 'False', 'SchedulerError', 'binding rejected')] })],
    reason: 'SchedulerError',
    says: ['it has no node: SchedulerError: binding rejected'],
  },
  ...[
    [condition('ContainersReady', 'True'), condition('Ready', 'False')],
    [condition('ContainersReady', 'True'), condition('Ready', 'Unknown', 'NodeStatusUnknown')],
    [condition('Ready', 'False', 'NodeLost')],
    [condition('Ready', 'False')],
    [condition('Ready', 'False'), condition('ContainersReady', 'True'), condition('acme.com/listed', 'True')],
  ].map((conditions, index) => ({
    when: `a node does not answer, as told by ${['the controller manager', 'an Unknown', 'its reason', 'nothing but its containers', 'open gates'][index]}`,
    pods: [
      pod({
        spec: {
          nodeName: 'node-1',
          ...(index === 4 && { readinessGates: [{ conditionType: 'acme.com/listed' }] }),
        },
        containers: [up],
        conditions,
      }),
    ],
    reason: 'NodeLost',
    says: ['its node node-1 does not answer', LONG_AGO, 'kubectl describe node node-1'],
  })),
  {
    when: 'a readiness gate is shut',
    pods: [
      pod({
        spec: { readinessGates: [{ conditionType: 'acme.com/listed' }] },
        containers: [up],
        conditions: [
          condition('ContainersReady', 'True'),
          condition('Ready', 'False', 'ReadinessGatesNotReady', 'no'),
        ],
      }),
    ],
    reason: 'ReadinessGatesNotReady',
    says: ['its containers are ready, but not its readiness gates acme.com/listed: no'],
  },
  ...['Evicted', 'Preempting', 'OutOfcpu', 'NodeAffinity', 'UnexpectedAdmissionError'].map((reason) => ({
    when: `pods are over before their time: ${reason}`,
    pods: ['b', 'a'].map((name) =>
      pod({ name: `search-${name}`, status: { phase: 'Failed', reason, message: 'The node was low.' } }),
    ),
    reason,
    says: [`Pod default/search-a: it was ended on its node (${reason}): The node was low;`],
  })),
  {
    when: 'a pod was evicted and the one in its place has run since',
    pods: [
      pod({ name: 'search-a', status: { phase: 'Failed', reason: 'Evicted' } }),
      pod({ name: 'search-b', containers: [container(running(JUST_NOW))], conditions: [SCHEDULED, UNREADY] }),
    ],
    after: 20,
  },
  {
    when: 'pods were evicted again and again, and the next one is not ready',
    pods: [
      ...['a', 'b'].map((name) =>
        pod({
          name: `search-${name}`,
          status: { phase: 'Failed', reason: 'Evicted', message: 'Low on memory' },
        }),
      ),
      pod({ name: 'search-c', containers: [container(running())], conditions: [SCHEDULED, UNREADY] }),
    ],
    reason: 'NotReady',
    says: [
      'Pod default/search-c: container mcp-server has run since',
      'before that, Pod default/search-a: it was ended on its node (Evicted): Low on memory: request what it uses',
    ],
  },
  {
    when: 'a pod stays terminating',
    pods: [
      pod({ metadata: { deletionTimestamp: LONG_AGO }, spec: { nodeName: 'node-1' }, containers: [up] }),
    ],
    reason: 'Terminating',
    says: ['it is still terminating, though its grace period is over: its node node-1 has not stopped'],
  },
  {
    when: 'a pod stays terminating on a node that does not answer',
    pods: [
      pod({
        metadata: { deletionTimestamp: LONG_AGO },
        spec: { nodeName: 'node-1' },
        conditions: [condition('DisruptionTarget', 'True', 'DeletionByTaintManager')],
      }),
    ],
    reason: 'NodeLost',
    says: ['its node node-1 does not answer', 'kubectl describe node node-1'],
  },
  {
    when: 'a pod on a node that does not answer keeps the volume of the one in its place',
    pods: [
      pod({
        metadata: { deletionTimestamp: LONG_AGO },
        spec: { nodeName: 'node-1' },
        conditions: [condition('DisruptionTarget', 'True', 'DeletionByTaintManager')],
      }),
      waits('ContainerCreating', undefined, {
        name: 'search-b',
        spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'notes' } }] },
      }),
    ],
    reason: 'ContainerCreating',
    says: [
      'Pod default/search-b: container mcp-server has not been started',
      'besides, Pod default/search-a: it is still terminating, though its grace period is over: its node node-1',
      'kubectl describe node node-1',
    ],
  },
  {
    when: 'a pod is terminating within its grace period',
    pods: [pod({ metadata: { deletionTimestamp: JUST_NOW }, containers: [up] })],
    after: 20,
  },
];

const template = (image: string, digest?: string) =>
  ({
    metadata: { labels: { 'mcp.dev/server': 'search' }, annotations: digest && { 'mcp.dev/config': digest } },
    spec: { containers: [{ name: 'mcp-server', image }] },
  }) as NonNullable<V1Deployment['spec']>['template'];
const made = (hash: string, image: string, created: string, crashes: boolean) => ({
  ...(crashes ? ends(1, 3) : waits('CreateContainerConfigError', 'secret "keys" not found')),
  metadata: {
    name: `search-${hash}`,
    namespace: 'default',
    creationTimestamp: created,
    labels: { 'mcp.dev/server': 'search', 'pod-template-hash': hash },
  },
  spec: { containers: [{ name: 'mcp-server', image }] },
});

const generations: Row[] = [
  {
    when: 'a pod of an older generation crashes while the new one waits',
    pods: [made('old', 'a:1', LONG_AGO, true), made('new', 'a:2', JUST_NOW, false)],
    reason: 'CreateContainerConfigError',
    says: ['Pod default/search-new'],
  },
  {
    when: 'a pod of an older generation was made again after the new ones',
    pods: [made('old', 'a:1', JUST_NOW, true), made('new', 'a:2', LONG_AGO, false)],
    deployment: { spec: { selector: {}, template: template('a:2') } },
    reason: 'CreateContainerConfigError',
    says: ['Pod default/search-new'],
  },
  {
    when: 'admission has changed the image of every pod',
    pods: [made('old', 'mirror/a:1', LONG_AGO, true), made('new', 'mirror/a:2', JUST_NOW, false)],
    deployment: { spec: { selector: {}, template: template('a:2') } },
    reason: 'CreateContainerConfigError',
    says: ['Pod default/search-new'],
  },
  {
    when: 'nothing tells a pod of an older generation from the new one but how many there are',
    pods: [
      pod({
        name: 'search-b',
        metadata: { creationTimestamp: '2026-01-01T10:00:00Z' },
        containers: [container(waiting('CreateContainerConfigError', 'secret "keys" not found'))],
      }),
      ends(1, 3),
    ],
    deployment: { status: { updatedReplicas: 1 } },
    reason: 'CrashLoopBackOff',
    says: ['Pod default/search-a'],
  },
  {
    when: 'two pods differ, and what a person has to mend comes first',
    pods: [
      pod({ name: 'search-a', conditions: [condition('PodScheduled', 'False', 'Unschedulable', 'no')] }),
      waits('CreateContainerConfigError', 'secret "keys" not found', { name: 'search-b' }),
    ],
    reason: 'CreateContainerConfigError',
    says: ['Pod default/search-b'],
  },
  { when: 'every pod is ready', pods: [pod({ containers: [up], conditions: READY })] },
  { when: 'there is no pod', pods: [] },
  {
    when: 'a pod says nothing but that it is not ready',
    pods: [pod({ conditions: [SCHEDULED, UNREADY], containers: [container({})] })],
    reason: 'NotReady',
    says: ['it is not ready: ContainersNotReady', LONG_AGO],
  },
];

export const rows: Row[] = [
  ...images,
  ...startingContainers,
  ...hanging,
  ...stopped,
  ...placed,
  ...generations,
];
