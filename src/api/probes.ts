/** How the kubelet looks after containers. */
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { ExecAction, HttpGetAction, HttpHeaders, HttpPath, serverTarget } from './handlers.ts';
import { SidecarPort, sidecarTarget } from './ports.ts';
import { atMostOne, exactlyOne, Int32 } from './schema.ts';

const seconds = (description: string, minimum = 1) =>
  Type.Optional(Int32({ minimum, maximum: 3600, description }));

const timings = {
  initialDelaySeconds: seconds('Seconds before the first attempt.', 0),
  periodSeconds: seconds('Seconds between two attempts.'),
  timeoutSeconds: seconds('Seconds after which an attempt has failed.'),
  failureThreshold: Type.Optional(
    Int32({ minimum: 1, maximum: 1000, description: 'How many attempts in a row must fail.' }),
  ),
};

const grpcService = Type.Optional(
  Type.String({
    maxLength: 253,
    pattern: '^[A-Za-z0-9_./-]*$',
    description: 'Service that it is asked about; the server as a whole where absent.',
    hint: 'the name of a service: letters, digits, _, ., / and -',
  }),
);

function probe(description: string) {
  return Type.Optional(
    Type.Object(
      {
        enabled: Type.Optional(
          Type.Boolean({ description: 'Whether there is this probe; yes where absent.' }),
        ),
        path: Type.Optional({
          ...HttpPath,
          description: 'Asks for this path by HTTP GET. Where absent, opening the port is enough.',
        }),
        ...serverTarget,
        httpHeaders: Type.Optional(HttpHeaders),
        exec: Type.Optional(ExecAction),
        grpc: Type.Optional(
          Type.Object(
            { service: grpcService },
            { description: 'Asks by the health checking protocol of gRPC.' },
          ),
        ),
        ...timings,
      },
      {
        description,
        'x-kubernetes-validations': [
          atMostOne(['path', 'exec', 'grpc']),
          {
            rule: 'has(self.path) || !(has(self.scheme) || has(self.httpHeaders))',
            message: 'scheme and httpHeaders say how a path is asked for: give path too',
            fieldPath: '.path',
          },
          {
            rule: '!has(self.exec) || !has(self.port)',
            message: 'exec asks no port: take port away',
            fieldPath: '.port',
          },
        ],
      },
    ),
  );
}

export const HealthProbes = Type.Object(
  {
    liveness: probe('Restarts a container that fails it.'),
    readiness: probe('Takes a pod that fails it out of the Service.'),
    startup: probe('Holds the others back until it succeeds; two minutes by default.'),
  },
  { description: 'How the kubelet looks after the server. All three open its port unless they say more.' },
);

/** @param more fields that only some probes have. */
function containerProbe<More extends Record<string, TSchema>>(description: string, more: More) {
  return Type.Optional(
    Type.Object(
      {
        httpGet: Type.Optional(HttpGetAction(sidecarTarget)),
        tcpSocket: Type.Optional(
          Type.Object({ port: SidecarPort }, { description: 'Opens the port; that is enough.' }),
        ),
        exec: Type.Optional(ExecAction),
        grpc: Type.Optional(
          Type.Object(
            {
              port: Int32({ minimum: 1, maximum: 65535, description: 'Number of the port.' }),
              service: grpcService,
            },
            { description: 'Asks by the health checking protocol of gRPC.' },
          ),
        ),
        ...timings,
        ...more,
      },
      {
        description,
        'x-kubernetes-validations': [exactlyOne(['httpGet', 'tcpSocket', 'exec', 'grpc'])],
      },
    ),
  );
}

const successThreshold = (maximum: number) =>
  Type.Optional(Int32({ minimum: 1, maximum, description: 'How many attempts in a row must succeed.' }));

/** Those of a container beside the server's, as in a pod. */
export const sidecarProbes = {
  startupProbe: containerProbe(
    'Holds back the containers that start after this one, the server among them, until it succeeds.',
    { successThreshold: successThreshold(1) },
  ),
  readinessProbe: containerProbe('A pod whose sidecar fails it is taken out of the Service.', {
    successThreshold: successThreshold(1000),
  }),
  livenessProbe: containerProbe('Restarts a container that fails it.', {
    successThreshold: successThreshold(1),
  }),
};

export type Probe = NonNullable<Static<typeof HealthProbes>['liveness']>;
