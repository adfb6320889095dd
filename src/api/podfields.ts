/**
 * The parts of the core Pod API that an MCPServer passes on: environment, volumes, scheduling, security contexts.
 * They keep the core names and forms, and are closed enough that what the CRD accepts, a Deployment accepts.
 */
import { type Static, Type } from '@sinclair/typebox';
import {
  Dictionary,
  DNS1123_SUBDOMAIN,
  exactlyOne,
  Int32,
  LabelName,
  ListMap,
  ObjectName,
  OneOf,
  Quantity,
} from './schema.ts';

/** Neither may be `.` nor start with `..`, for a volume makes files of them. */
const ENV_NAME = '^([-_a-zA-Z]|\\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*$';
const KEY = '^([-_a-zA-Z0-9]|\\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*$';
const LABEL_KEY = `(${DNS1123_SUBDOMAIN}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
/** An optional prefix, then a name part: the syntax of label and annotation keys. */
export const QUALIFIED_NAME = `^${LABEL_KEY}$`;
export const LABEL_VALUE = '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$';
/** No leading `/`, no segment `..`, as the API server wants files of a volume. */
const RELATIVE_PATH = '^(([^/.]|\\.[^/.])[^/]*|\\.)(/(([^/.]|\\.[^/.]|\\.\\.[^/])[^/]*|\\.)?)*$';
/** From the root, without a segment `..`. */
const ABSOLUTE_PATH = '^(/(([^/.]|\\.[^/.]|\\.\\.[^/])[^/]*|\\.)?)+$';

const keyRef = (what: string) =>
  Type.Object(
    {
      name: ObjectName(`Name of the ${what}, in the server's namespace.`),
      key: Type.String({
        minLength: 1,
        maxLength: 253,
        pattern: KEY,
        description: `Key within the ${what}.`,
      }),
      optional: Type.Optional(
        Type.Boolean({
          description: `Whether the pod may start without the ${what} or its key.`,
        }),
      ),
    },
    { description: `One key of a ${what}.` },
  );

const fieldRef = (pattern: string, hint: string) =>
  Type.Object(
    {
      fieldPath: Type.String({ minLength: 1, maxLength: 512, pattern, hint, description: `Which: ${hint}.` }),
    },
    { description: 'A field of the pod.' },
  );

const envFieldRef = fieldRef(
  `^(metadata\\.(name|namespace|uid)|metadata\\.(labels|annotations)\\['${LABEL_KEY}'\\]|spec\\.(nodeName|serviceAccountName)|status\\.(hostIPs?|podIPs?))$`,
  "metadata.name, .namespace, .uid, .labels['KEY'] or .annotations['KEY'], spec.nodeName or .serviceAccountName, status.hostIP or .podIP",
);

const fileFieldRef = fieldRef(
  `^(metadata\\.(name|namespace|uid|labels|annotations)|metadata\\.(labels|annotations)\\['${LABEL_KEY}'\\])$`,
  "metadata.name, .namespace, .uid, .labels, .annotations, .labels['KEY'] or .annotations['KEY']",
);

const resourceFieldRef = Type.Object(
  {
    resource: OneOf(
      [
        'limits.cpu',
        'limits.memory',
        'limits.ephemeral-storage',
        'requests.cpu',
        'requests.memory',
        'requests.ephemeral-storage',
      ],
      { description: 'Which amount.' },
    ),
    divisor: Type.Optional(
      OneOf(['1', '1m', '1k', '1M', '1G', '1Ki', '1Mi', '1Gi'], {
        description: 'Unit of the value; 1 where absent.',
      }),
    ),
  },
  {
    description: "One of the container's own resource amounts.",
    'x-kubernetes-validations': [
      {
        rule: "!has(self.divisor) || self.divisor == '1' || self.resource.endsWith('.cpu') == (self.divisor == '1m')",
        message: 'divisor must be 1 or 1m for cpu, and 1, 1k, 1M, 1G, 1Ki, 1Mi or 1Gi for the others',
        fieldPath: '.divisor',
      },
    ],
  },
);

export const EnvVar = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 256,
      pattern: ENV_NAME,
      description: 'Name of the variable.',
      hint: 'letters, digits, -, _ and ., not starting with a digit',
    }),
    value: Type.Optional(
      Type.String({
        maxLength: 32768,
        description: 'Literal value; `$(NAME)` expands to a variable set before.',
      }),
    ),
    valueFrom: Type.Optional(
      Type.Object(
        {
          secretKeyRef: Type.Optional(keyRef('Secret')),
          configMapKeyRef: Type.Optional(keyRef('ConfigMap')),
          fieldRef: Type.Optional(envFieldRef),
          resourceFieldRef: Type.Optional(resourceFieldRef),
        },
        {
          description: 'Where the value comes from instead.',
          'x-kubernetes-validations': [
            exactlyOne(['secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef']),
          ],
        },
      ),
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: '!(has(self.value) && has(self.valueFrom))',
        message: 'value and valueFrom exclude each other: keep one',
      },
    ],
  },
);

const RESOURCE_NAMES = [
  {
    rule: `self.all(k, k in ['cpu', 'memory', 'ephemeral-storage'] || (k.size() <= 253 && k.contains('/') && k.matches('${QUALIFIED_NAME}')))`,
    message: 'keys must be cpu, memory, ephemeral-storage or a qualified name such as nvidia.com/gpu',
  },
];

const sourceRef = (what: string) =>
  Type.Object(
    {
      name: ObjectName(`Name of the ${what}, in the server's namespace.`),
      optional: Type.Optional(
        Type.Boolean({ description: `Whether the pod may start without the ${what}.` }),
      ),
    },
    { description: `Every key of this ${what}.` },
  );

export const EnvFromSource = Type.Object(
  {
    prefix: Type.Optional(
      Type.String({ maxLength: 128, pattern: ENV_NAME, description: 'Put in front of every key.' }),
    ),
    configMapRef: Type.Optional(sourceRef('ConfigMap')),
    secretRef: Type.Optional(sourceRef('Secret')),
  },
  { 'x-kubernetes-validations': [exactlyOne(['configMapRef', 'secretRef'])] },
);

export const ResourceRequirements = Type.Object(
  {
    requests: Type.Optional(
      Dictionary(Quantity(), {
        maxProperties: 16,
        description: 'What the scheduler sets aside, by resource name.',
        'x-kubernetes-validations': RESOURCE_NAMES,
      }),
    ),
    limits: Type.Optional(
      Dictionary(Quantity(), {
        maxProperties: 16,
        description: 'What the container may use at most, by resource name.',
        'x-kubernetes-validations': RESOURCE_NAMES,
      }),
    ),
  },
  {
    description:
      'Container resources. Where absent as a whole, the operator sets its own (50m and 64Mi requested, 500m and 256Mi at most, unless its settings say otherwise).',
  },
);

const items = ListMap(
  'path',
  Type.Object({
    key: Type.String({ minLength: 1, maxLength: 253, pattern: KEY, description: 'Key to take.' }),
    path: Type.String({
      minLength: 1,
      maxLength: 512,
      pattern: RELATIVE_PATH,
      description: 'File to write, relative to the mount.',
    }),
    mode: Type.Optional(Int32({ minimum: 0, maximum: 511, description: 'Mode of that file.' })),
  }),
  { maxItems: 64, description: 'Which keys become which files; all where absent.' },
);

const defaultMode = Type.Optional(
  Int32({ minimum: 0, maximum: 511, description: 'Mode of the files (decimal); 420 where absent.' }),
);

const downwardItems = ListMap(
  'path',
  Type.Object({
    path: Type.String({
      minLength: 1,
      maxLength: 512,
      pattern: RELATIVE_PATH,
      description: 'File to write.',
    }),
    fieldRef: fileFieldRef,
  }),
  { maxItems: 32, description: 'Fields of the pod, each as a file.' },
);

const projectedKeys = (what: string) =>
  Type.Object(
    {
      name: ObjectName(`Name of the ${what}.`),
      items: Type.Optional(items),
      optional: Type.Optional(Type.Boolean({ description: `Whether the ${what} may be absent.` })),
    },
    { description: `Keys of a ${what}.` },
  );

const ProjectedSource = Type.Object(
  {
    configMap: Type.Optional(projectedKeys('ConfigMap')),
    secret: Type.Optional(projectedKeys('Secret')),
    downwardAPI: Type.Optional(
      Type.Object({ items: Type.Optional(downwardItems) }, { description: 'Fields of the pod.' }),
    ),
    serviceAccountToken: Type.Optional(
      Type.Object(
        {
          path: Type.String({ minLength: 1, maxLength: 512, pattern: RELATIVE_PATH, description: 'File.' }),
          audience: Type.Optional(Type.String({ maxLength: 512, description: 'Who the token is for.' })),
          expirationSeconds: Type.Optional(
            Int32({ minimum: 600, description: 'Lifetime in seconds; 3600 where absent.' }),
          ),
        },
        { description: 'A token of the ServiceAccount, renewed by the kubelet.' },
      ),
    ),
  },
  {
    'x-kubernetes-validations': [exactlyOne(['configMap', 'secret', 'downwardAPI', 'serviceAccountToken'])],
  },
);

const VOLUME_SOURCES = [
  'emptyDir',
  'configMap',
  'secret',
  'projected',
  'downwardAPI',
  'persistentVolumeClaim',
  'csi',
  'nfs',
  'hostPath',
] as const;

export const Volume = Type.Object(
  {
    name: LabelName('Name that `volumeMounts` refer to.'),
    emptyDir: Type.Optional(
      Type.Object(
        {
          medium: Type.Optional(OneOf(['', 'Memory'], { description: '`Memory` for a tmpfs.' })),
          sizeLimit: Type.Optional(Quantity({ description: 'Most that it may hold.' })),
        },
        { description: 'Scratch space that goes with the pod.' },
      ),
    ),
    configMap: Type.Optional(
      Type.Object(
        {
          name: ObjectName('Name of the ConfigMap.'),
          items: Type.Optional(items),
          defaultMode,
          optional: Type.Optional(Type.Boolean({ description: 'Whether it may be absent.' })),
        },
        { description: 'Keys of a ConfigMap as files.' },
      ),
    ),
    secret: Type.Optional(
      Type.Object(
        {
          secretName: ObjectName('Name of the Secret.'),
          items: Type.Optional(items),
          defaultMode,
          optional: Type.Optional(Type.Boolean({ description: 'Whether it may be absent.' })),
        },
        { description: 'Keys of a Secret as files.' },
      ),
    ),
    projected: Type.Optional(
      Type.Object(
        {
          sources: Type.Array(ProjectedSource, {
            minItems: 1,
            maxItems: 16,
            description: 'What to gather.',
          }),
          defaultMode,
        },
        { description: 'Several sources in one folder.' },
      ),
    ),
    downwardAPI: Type.Optional(
      Type.Object(
        { items: Type.Optional(downwardItems), defaultMode },
        { description: 'Fields of the pod as files.' },
      ),
    ),
    persistentVolumeClaim: Type.Optional(
      Type.Object(
        {
          claimName: ObjectName('Name of the PersistentVolumeClaim.'),
          readOnly: Type.Optional(Type.Boolean({ description: 'Mount it read-only.' })),
        },
        { description: 'A PersistentVolumeClaim of the namespace.' },
      ),
    ),
    csi: Type.Optional(
      Type.Object(
        {
          driver: ObjectName('Name of the CSI driver.', 63),
          readOnly: Type.Optional(Type.Boolean({ description: 'Mount it read-only.' })),
          fsType: Type.Optional(Type.String({ maxLength: 64, description: 'File system to mount.' })),
          volumeAttributes: Type.Optional(
            Dictionary(Type.String({ maxLength: 4096 }), {
              maxProperties: 64,
              description: 'Passed to the driver.',
            }),
          ),
        },
        { description: 'An inline volume of a CSI driver.' },
      ),
    ),
    nfs: Type.Optional(
      Type.Object(
        {
          server: Type.String({ minLength: 1, maxLength: 253, description: 'Host of the NFS server.' }),
          path: Type.String({
            minLength: 1,
            maxLength: 1024,
            pattern: ABSOLUTE_PATH,
            description: 'Exported path.',
          }),
          readOnly: Type.Optional(Type.Boolean({ description: 'Mount it read-only.' })),
        },
        { description: 'An NFS export.' },
      ),
    ),
    hostPath: Type.Optional(
      Type.Object(
        {
          path: Type.String({
            minLength: 1,
            maxLength: 1024,
            pattern: ABSOLUTE_PATH,
            description: 'Path on the node.',
          }),
          type: Type.Optional(
            OneOf(
              [
                '',
                'DirectoryOrCreate',
                'Directory',
                'FileOrCreate',
                'File',
                'Socket',
                'CharDevice',
                'BlockDevice',
              ],
              { description: 'What must be there.' },
            ),
          ),
        },
        { description: 'A path of the node. Pod Security "restricted" and "baseline" refuse it.' },
      ),
    ),
  },
  { 'x-kubernetes-validations': [exactlyOne(VOLUME_SOURCES)] },
);

export const VolumeMount = Type.Object({
  name: LabelName('Which of `volumes`.'),
  mountPath: Type.String({
    minLength: 1,
    maxLength: 512,
    pattern: '^/[^:]*$',
    description: 'Where it appears in the container.',
    hint: 'an absolute path without ":"',
  }),
  subPath: Type.Optional(
    Type.String({ maxLength: 512, pattern: RELATIVE_PATH, description: 'Only this path of the volume.' }),
  ),
  readOnly: Type.Optional(Type.Boolean({ description: 'Mount it read-only.' })),
});

export const Toleration = Type.Object(
  {
    key: Type.Optional(
      Type.String({ maxLength: 253, pattern: QUALIFIED_NAME, description: 'Taint key; any where absent.' }),
    ),
    operator: Type.Optional(
      OneOf(['Equal', 'Exists'], { description: 'How `value` is compared; Equal where absent.' }),
    ),
    value: Type.Optional(Type.String({ maxLength: 63, pattern: LABEL_VALUE, description: 'Taint value.' })),
    effect: Type.Optional(
      OneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute'], {
        description: 'Which effect; all where absent.',
      }),
    ),
    tolerationSeconds: Type.Optional(
      Int32({ minimum: 0, description: 'How long NoExecute is put up with; for ever where absent.' }),
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
        message: 'operator must be Exists where key is absent',
      },
      {
        rule: "!(has(self.operator) && self.operator == 'Exists' && has(self.value))",
        message: 'value must be absent where operator is Exists',
      },
      {
        rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
        message: 'tolerationSeconds needs effect NoExecute',
      },
    ],
  },
);

export const TopologySpreadConstraint = Type.Object({
  topologyKey: Type.String({
    minLength: 1,
    maxLength: 253,
    pattern: QUALIFIED_NAME,
    description: 'Node label whose values are the domains.',
  }),
  whenUnsatisfiable: OneOf(['DoNotSchedule', 'ScheduleAnyway'], {
    description: 'What to do with a pod that would break it.',
  }),
  maxSkew: Int32({ minimum: 1, description: 'Largest difference between two domains.' }),
});

const runAs = {
  runAsUser: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2147483647, format: 'int64', description: 'User id.' }),
  ),
  runAsGroup: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2147483647, format: 'int64', description: 'Group id.' }),
  ),
  runAsNonRoot: Type.Optional(Type.Boolean({ description: 'Refuse to start as user 0; true where absent.' })),
  seccompProfile: Type.Optional(
    Type.Object(
      {
        type: OneOf(['RuntimeDefault', 'Localhost', 'Unconfined'], { description: 'Kind of profile.' }),
        localhostProfile: Type.Optional(
          Type.String({ maxLength: 512, pattern: RELATIVE_PATH, description: 'File, for Localhost.' }),
        ),
      },
      {
        description: 'Seccomp profile; RuntimeDefault where absent.',
        'x-kubernetes-validations': [
          {
            rule: "has(self.localhostProfile) == (self.type == 'Localhost')",
            message: 'localhostProfile goes with type Localhost and with no other',
          },
        ],
      },
    ),
  ),
};

export const PodSecurityContext = Type.Object(
  {
    ...runAs,
    fsGroup: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 2147483647,
        format: 'int64',
        description: 'Group that owns the volumes.',
      }),
    ),
    fsGroupChangePolicy: Type.Optional(
      OneOf(['OnRootMismatch', 'Always'], { description: 'When ownership is changed.' }),
    ),
    supplementalGroups: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 2147483647, format: 'int64' }), {
        maxItems: 32,
        description: 'Further groups.',
      }),
    ),
  },
  { description: 'Laid over the restricted defaults of the pod, field by field.' },
);

const capabilities = Type.Array(
  Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Z_]+$', hint: 'a name such as NET_BIND_SERVICE' }),
  { maxItems: 64 },
);

export const ContainerSecurityContext = Type.Object(
  {
    ...runAs,
    allowPrivilegeEscalation: Type.Optional(
      Type.Boolean({ description: 'Whether a process may gain rights; false where absent.' }),
    ),
    privileged: Type.Optional(Type.Boolean({ description: 'Run as root of the node.' })),
    readOnlyRootFilesystem: Type.Optional(
      Type.Boolean({ description: 'Whether the image is read-only; true where absent. /tmp is writable.' }),
    ),
    capabilities: Type.Optional(
      Type.Object(
        { add: Type.Optional(capabilities), drop: Type.Optional(capabilities) },
        { description: 'Linux capabilities; all are dropped where absent.' },
      ),
    ),
  },
  {
    description: 'Laid over the restricted defaults of the container, field by field.',
    'x-kubernetes-validations': [
      {
        rule: '!(has(self.privileged) && self.privileged && has(self.allowPrivilegeEscalation) && !self.allowPrivilegeEscalation)',
        message: 'a privileged container needs allowPrivilegeEscalation: true',
        fieldPath: '.allowPrivilegeEscalation',
      },
    ],
  },
);

export type EnvVar = Static<typeof EnvVar>;
export type EnvFromSource = Static<typeof EnvFromSource>;
export type ResourceRequirements = Static<typeof ResourceRequirements>;
export type Volume = Static<typeof Volume>;
export type VolumeMount = Static<typeof VolumeMount>;
