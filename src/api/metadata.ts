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
    message: `keys under ${prefixes.join(', ')} belong to the operator: use others`,
  };
}

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
    description: `${description} Keys under \`mcp.dev/\`, \`address.mcp.dev/\` and \`app.kubernetes.io/\` belong to the operator.`,
    'x-kubernetes-validations': [
      reserved(['mcp.dev/', 'address.mcp.dev/', 'app.kubernetes.io/']),
      qualifiedKeys,
    ],
  });
}

/** Labels that something of somebody else's has. */
export function MatchLabels(description: string) {
  return Dictionary(labelValue(), {
    maxProperties: 32,
    description,
    'x-kubernetes-validations': [qualifiedKeys],
  });
}

/** Annotations that the user puts on something of ours. */
export function Annotations(description: string) {
  return Dictionary(Type.String({ maxLength: 16384 }), {
    maxProperties: 64,
    description: `${description} Keys under \`mcp.dev/\` and \`metacontroller.k8s.io/\` belong to the operator.`,
    'x-kubernetes-validations': [reserved(['mcp.dev/', 'metacontroller.k8s.io/']), qualifiedKeys],
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
