/** Environment variables and container resources, in the names and forms of the core Pod API. */
import { type Static, Type } from '@sinclair/typebox';
import { Dictionary, exactlyOne, ObjectName, OneOf, Quantity } from './schema.ts';
import { ENV_NAME, KEY, LABEL_KEY, QUALIFIED_NAME } from './syntax.ts';

/** One key of a Secret or a ConfigMap. */
export const keyRef = (what: string) =>
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

/** A field of the pod; which ones there are depends on what it is for. */
export const fieldRef = (pattern: string, hint: string) =>
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

export type EnvVar = Static<typeof EnvVar>;
export type EnvFromSource = Static<typeof EnvFromSource>;
export type ResourceRequirements = Static<typeof ResourceRequirements>;
