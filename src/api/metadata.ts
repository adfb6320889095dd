/** Labels, annotations and the selectors over them. */
import { Type } from '@sinclair/typebox';
import { type CelRule, Dictionary, OneOf } from './schema.ts';
import { LABEL_VALUE, QUALIFIED_NAME } from './syntax.ts';

const qualifiedKeys: CelRule = {
  rule: `self.all(k, k.size() <= 253 && k.matches('${QUALIFIED_NAME}'))`,
  message: 'keys are an optional DNS prefix with "/", then at most 63 letters, digits, -, _ or .',
};

function reserved(prefixes: readonly string[]): CelRule {
  return {
    rule: `self.all(k, ${prefixes.map((prefix) => `!k.startsWith('${prefix}')`).join(' && ')})`,
    message: `keys under ${listed(prefixes)} belong to the operator: use others`,
  };
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** With another value there, Metacontroller would take a child for somebody else's and let it go. */
const notOurSelector: CelRule = {
  rule: "!('controller-uid' in self)",
  message: 'by controller-uid Metacontroller finds the children of a server: use another key',
};

const OWN_LABELS = ['mcp.dev/', 'address.mcp.dev/', 'app.kubernetes.io/'];

const labelValue = (description?: string) =>
  Type.String({
    ...(description ? { description } : {}),
    maxLength: 63,
    pattern: LABEL_VALUE,
    hint: 'letters, digits, -, _ and ., at most 63, a letter or digit at both ends',
  });

/** Labels that the user puts on something of ours; ours cannot be among them. */
export function Labels(description: string) {
  return Dictionary(labelValue(), {
    maxProperties: 64,
    description: `${description} Keys under ${listed(OWN_LABELS.map((one) => `\`${one}\``))} belong to the operator.`,
    'x-kubernetes-validations': [reserved(OWN_LABELS), notOurSelector, qualifiedKeys],
  });
}

/** Labels of an object that is not rendered by the operator. */
export function MatchLabels(description: string) {
  return Dictionary(labelValue(), {
    maxProperties: 32,
    description,
    'x-kubernetes-validations': [qualifiedKeys],
  });
}

const annotationRules = [reserved(['mcp.dev/', 'metacontroller.k8s.io/']), qualifiedKeys];

/** Annotations that the user puts on something of ours. */
export function Annotations(description: string) {
  return Dictionary(Type.String({ maxLength: 16384 }), {
    maxProperties: 64,
    description: `${description} Keys under \`mcp.dev/\` and \`metacontroller.k8s.io/\` belong to the operator.`,
    'x-kubernetes-validations': annotationRules,
  });
}

/**
 * Annotations of every object that is made. What a controller acts on belongs to the field of the one object that it looks at:
 * there a policy judges it, and what the operator renders goes by it.
 */
export function CommonAnnotations(description: string) {
  return Dictionary(Type.String({ maxLength: 1024 }), {
    maxProperties: 32,
    description,
    'x-kubernetes-validations': [
      {
        rule: "self.all(k, !k.startsWith('deployment.kubernetes.io/') && !k.startsWith('autoscaling.alpha.kubernetes.io/'))",
        message:
          'keys under deployment.kubernetes.io/ and autoscaling.alpha.kubernetes.io/ belong to Kubernetes, which would undo them: use others',
      },
      {
        rule: "self.all(k, !k.startsWith('eks.amazonaws.com/') && !k.startsWith('service.beta.kubernetes.io/') && !k.contains('ingress.kubernetes.io/') && k != 'kubernetes.io/ingress.class')",
        message:
          'roles and what clouds and ingress controllers go by belong where they are read: serviceAccount.annotations, service.annotations, ingress.annotations',
      },
      ...annotationRules,
    ],
  });
}

export function LabelSelector(description: string) {
  return Type.Object(
    {
      matchLabels: Type.Optional(MatchLabels('Labels that it must have.')),
      matchExpressions: Type.Optional(
        Type.Array(
          Type.Object(
            {
              key: Type.String({
                minLength: 1,
                maxLength: 253,
                pattern: QUALIFIED_NAME,
                description: 'Label key.',
              }),
              operator: OneOf(['In', 'NotIn', 'Exists', 'DoesNotExist'], {
                description: 'How the value is compared.',
              }),
              values: Type.Optional(
                Type.Array(labelValue(), { maxItems: 32, description: 'Values to compare with.' }),
              ),
            },
            {
              'x-kubernetes-validations': [
                {
                  rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
                  message: 'values go with In and NotIn, and with nothing else',
                },
              ],
            },
          ),
          { maxItems: 16, description: 'Conditions on labels that must hold.' },
        ),
      ),
    },
    { description },
  );
}
