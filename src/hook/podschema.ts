/** A Pod as it comes in: the types of what is told of it, as far as a wrong one could not be told. Times may be null. */
import { type TProperties, type TSchema, Type } from '@sinclair/typebox';

const text = Type.Optional(Type.String());
const part = (fields: TProperties) => Type.Optional(Type.Object(fields));
const listOf = (one: TSchema) => Type.Optional(Type.Array(one));
const named = (fields: TProperties = {}) => Type.Object({ name: Type.String(), ...fields });
const texts = Type.Optional(Type.Object({}, { additionalProperties: Type.String() }));

const state = part({
  waiting: part({ reason: text, message: text }),
  running: part({}),
  terminated: part({ exitCode: Type.Optional(Type.Integer()), reason: text, message: text }),
});
const statuses = listOf(
  named({
    image: text,
    ready: Type.Optional(Type.Boolean()),
    restartCount: Type.Optional(Type.Integer()),
    state,
    lastState: state,
  }),
);
const probe = part({
  exec: part({}),
  httpGet: part({ path: text, scheme: text }),
  tcpSocket: part({}),
  grpc: part({}),
});
const containers = listOf(
  named({
    image: text,
    env: listOf(named()),
    ports: listOf(Type.Object({ name: text })),
    startupProbe: probe,
    readinessProbe: probe,
    livenessProbe: probe,
  }),
);
const source = { configMap: part({ name: text }), secret: part({ name: text }) };

/** What a pod has beside what every object has. */
export const PodMetadata = { labels: texts, finalizers: listOf(Type.String()) };

export const PodSpec = part({
  nodeName: text,
  schedulerName: text,
  schedulingGates: listOf(named()),
  readinessGates: listOf(Type.Object({ conditionType: Type.String() })),
  volumes: listOf(
    named({
      ...source,
      csi: part({ driver: text }),
      projected: part({ sources: listOf(Type.Object(source)) }),
      persistentVolumeClaim: part({ claimName: text }),
      ephemeral: part({}),
    }),
  ),
  initContainers: containers,
  containers,
});

export const PodStatus = {
  phase: text,
  reason: text,
  message: text,
  initContainerStatuses: statuses,
  containerStatuses: statuses,
};
