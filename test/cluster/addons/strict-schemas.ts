/**
 * JSON Schemas from what the API server says about its kinds, CRDs included (`/openapi/v2`). The server itself prunes a
 * field that it does not know without a word; by these schemas it is a fault.
 */
export interface OpenApi {
  definitions: Record<string, Schema>;
}

export interface Schema {
  type?: string | string[];
  format?: string;
  $ref?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-group-version-kind'?: GroupVersionKind[];
  [keyword: string]: unknown;
}

export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** The name of the definition of a kind; undefined where the server has no such kind. */
export function definitionOf(openApi: OpenApi, wanted: GroupVersionKind): string | undefined {
  const is = (one: GroupVersionKind) =>
    one.group === wanted.group && one.version === wanted.version && one.kind === wanted.kind;
  return Object.keys(openApi.definitions).find((name) => {
    const kinds = openApi.definitions[name]!['x-kubernetes-group-version-kind'];
    // Options of requests, such as DeleteOptions, list every group there is.
    return kinds?.length === 1 && is(kinds[0]!);
  });
}

/** A schema that stands alone: the definition, and all that it refers to. */
export function strictSchema(openApi: OpenApi, root: string): Schema {
  const definitions: Record<string, Schema> = {};
  const add = (name: string): void => {
    if (definitions[name]) return;
    definitions[name] = strict(name, openApi.definitions[name]!);
    for (const next of referred(openApi.definitions[name])) add(next);
  };
  add(root);
  return { $ref: PREFIX + root, definitions };
}

const PREFIX = '#/definitions/';

function referred(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value.slice(PREFIX.length)] : referred(value),
  );
}

/** OpenAPI calls these strings, and they come as numbers too. */
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'int-or-string';

function strict(name: string, schema: Schema): Schema {
  if (name === QUANTITY) return { type: ['string', 'number'] };
  if (schema.format === INT_OR_STRING) return { type: ['string', 'integer'] };
  const result = { ...schema };
  if (schema.items) result.items = strict('', schema.items);
  if (typeof schema.additionalProperties === 'object')
    result.additionalProperties = strict('', schema.additionalProperties);
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([property, of]) => [property, strict('', of)]),
    );
    const open = schema.additionalProperties || schema['x-kubernetes-preserve-unknown-fields'];
    if (!open) result.additionalProperties = false;
  }
  return result;
}
