/**
 * The few schema forms that Kubernetes has and TypeBox lacks. Everything in `src/api` is built from TypeBox and these,
 * and `crd.ts` refuses whatever it cannot carry into a structural schema.
 */
import { type Static, type TLiteral, type TSchema, type TUnsafe, Type } from '@sinclair/typebox';

/** One rule in the Common Expression Language. The API server and `validate.ts` evaluate the same text. */
export interface CelRule {
  /** A field whose name is a word of CEL's own is written with two underscores around it, as in `self.__package__`. */
  rule: string;
  /** What is wrong and what to write instead. */
  message: string;
  /**
   * Which entries are wrong, of a value that breaks the rule; left out of the CRD, for as a messageExpression it costs more
   * than the API server allows.
   */
  culprits?: (self: unknown) => string;
  /** The field to blame, relative to the schema that carries the rule, as in `.volumes`. */
  fieldPath?: string;
}

/** Keywords beyond JSON Schema that our schemas may carry. */
export interface KubernetesKeywords {
  'x-kubernetes-validations'?: CelRule[];
  'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-int-or-string'?: boolean;
  /** What a right value looks like, or what to do without one; shown where a value is refused, left out of the CRD. */
  hint?: string;
}

/** A map from any string to one form of value: `additionalProperties` in the CRD. */
export function Dictionary<T extends TSchema>(
  value: T,
  options: { description?: string; maxProperties?: number } & KubernetesKeywords = {},
): TUnsafe<Record<string, Static<T>>> {
  return Type.Unsafe(Type.Object({}, { ...options, additionalProperties: value }));
}

/** One of a few strings: `enum` in the CRD. */
export function OneOf<const T extends readonly string[]>(
  values: T,
  options: { description?: string; default?: T[number]; hint?: string } = {},
): TUnsafe<T[number]> {
  return Type.Unsafe(
    Type.Union(
      values.map((value): TLiteral => Type.Literal(value)),
      options,
    ),
  );
}

/** A list whose entries are told apart by some fields, as `env` is by `name`: a second entry of that name is refused. */
export function ListMap<T extends TSchema>(
  keys: string | string[],
  item: T,
  options: { description?: string; maxItems: number; minItems?: number } & KubernetesKeywords,
) {
  return Type.Array(item, {
    ...options,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [keys].flat(),
  });
}

/** A whole number as the API server stores it in 32 bits. */
export function Int32(options: {
  minimum: number;
  maximum?: number;
  default?: number;
  description?: string;
}) {
  return Type.Integer({ maximum: 2147483647, ...options, format: 'int32' });
}

/** What JavaScript and Go both hold exactly. */
const MOST = 999999999999999;
export const QUANTITY = '^([0-9]{1,18}(\\.[0-9]{0,9})?|\\.[0-9]{1,9})([KMGTPE]i|[numkMGTPE]|[eE]1?[0-9])?$';

/** Bounds of numbers and the form of strings, which the CRD has room for beside the union alone. */
interface IntOrStringForm {
  description?: string;
  minimum: number;
  maximum: number;
  pattern?: string;
  maxLength?: number;
  hint: string;
}

function intOrString({ minimum, maximum, pattern, maxLength, ...rest }: IntOrStringForm) {
  const bounds = { minimum, maximum };
  const form = { ...(pattern ? { pattern } : {}), ...(maxLength ? { maxLength } : {}) };
  return Type.Union([Type.Integer(bounds), Type.String(form)], {
    ...rest,
    ...bounds,
    ...form,
    'x-kubernetes-int-or-string': true,
  });
}

/** A resource amount: `500m`, `64Mi`, `1`, or a bare number. Never negative. */
export function Quantity(options: { description?: string } = {}) {
  const hint = 'an amount such as 500m, 64Mi or 2';
  return intOrString({ ...options, minimum: 0, maximum: MOST, pattern: QUANTITY, hint });
}

/** A whole number or a string, kept as it is written. */
export function IntOrString(options: { description?: string; maxLength: number }) {
  const hint = `a whole number or a string of at most ${options.maxLength} characters`;
  return intOrString({ ...options, minimum: -MOST, maximum: MOST, hint });
}

/** Lower-case letters, digits and single dashes, with a letter among them. */
export const PORT_NAME = '^([a-z0-9]+-)*[0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*$';
const PERCENT = '^(100|[0-9]{1,2})%$';

/** A number of pods, or a share of them such as `50%`. */
export function IntOrPercent(options: { description?: string } = {}) {
  const hint = 'a whole number, or a percentage such as 50%';
  return intOrString({ ...options, minimum: 0, maximum: 1000, pattern: PERCENT, hint });
}

/** A port by its number, or by the name that its container gives it. */
export function PortNumberOrName(description: string) {
  const hint = 'a port from 1 to 65535, or the name of one';
  return intOrString({ description, minimum: 1, maximum: 65535, pattern: PORT_NAME, maxLength: 15, hint });
}

/** The rule that at most one of the named fields is set. */
export function atMostOne(fields: readonly string[], fieldPath?: string): CelRule {
  const set = fields.map((field) => `(has(self.${field}) ? 1 : 0)`).join(' + ');
  const message = `${fields.join(' and ')} exclude each other: keep one`;
  return { rule: `${set} <= 1`, message, ...(fieldPath ? { fieldPath } : {}) };
}

/** The rule that exactly one of the named fields is set. */
export function exactlyOne(fields: readonly string[]): CelRule {
  const set = fields.map((field) => `(has(self.${field}) ? 1 : 0)`).join(' + ');
  return { rule: `${set} == 1`, message: `exactly one of ${fields.join(', ')} must be set` };
}

export const DNS1123_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
export const DNS1123_SUBDOMAIN = `${DNS1123_LABEL}([.]${DNS1123_LABEL})*`;

/** The name of a Secret, ConfigMap or ServiceAccount: a DNS-1123 subdomain. */
export function ObjectName(description: string, maxLength = 253) {
  return Type.String({
    description,
    minLength: 1,
    maxLength,
    pattern: `^${DNS1123_SUBDOMAIN}$`,
    hint: 'the name of an object: lower-case letters, digits, - and .',
  });
}

/** The name of a volume: a DNS-1123 label. */
export function LabelName(description: string) {
  return Type.String({
    description,
    minLength: 1,
    maxLength: 63,
    pattern: `^${DNS1123_LABEL}$`,
    hint: 'lower-case letters, digits and -, at most 63 characters',
  });
}
