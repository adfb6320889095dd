/** From a TypeBox schema to the CustomResourceDefinition: a pure function that refuses what it cannot carry over. */
import type { TSchema } from '@sinclair/typebox';
import type { Belongs } from './foreignfields.ts';
import type { CelRule } from './schema.ts';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'boolean' | 'date';
  jsonPath: string;
  description?: string;
  /** 1: only in the wide output. */
  priority?: number;
}

/** One kind of our API, as the files of this folder declare it. */
export interface CustomResource {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  categories: string[];
  description: string;
  spec: TSchema;
  status: TSchema;
  /** Where fields that its authors may know from other kinds belong in this one. */
  foreignFields?: ReadonlyMap<string, Belongs>;
  /** CEL rules over the whole object; of `metadata` they can read `name` alone. */
  validations: CelRule[];
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
  columns: PrinterColumn[];
}

type Structural = Record<string, unknown>;

/** Keywords that mean the same in a structural schema. */
const CARRIED = new Set([
  'type',
  'format',
  'description',
  'default',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-int-or-string',
]);

/**
 * @returns the structural schema, as OpenAPI v3 for a CRD.
 * @throws Error naming the place and the keyword that a structural schema has no room for.
 */
export function toStructuralSchema(schema: TSchema, path = ''): Structural {
  const out: Structural = {};
  for (const [keyword, value] of Object.entries(schema)) {
    switch (keyword) {
      case 'hint':
        break;
      case 'anyOf':
        Object.assign(out, union(schema, value as TSchema[], path));
        break;
      case 'properties': {
        const properties = Object.entries(value as Record<string, TSchema>);
        if (properties.length > 0) {
          out.properties = Object.fromEntries(
            properties.map(([name, child]) => [name, toStructuralSchema(child, `${path}.${name}`)]),
          );
        }
        break;
      }
      case 'additionalProperties':
        if (typeof value !== 'object') throw unknownKeyword(path, keyword, value);
        out.additionalProperties = toStructuralSchema(value as TSchema, `${path}[*]`);
        break;
      case 'items':
        out.items = toStructuralSchema(value as TSchema, `${path}[]`);
        break;
      case 'required': {
        // A field with a default is filled in before it is validated, so it need not be asked for.
        const properties = schema.properties as Record<string, TSchema>;
        const required = (value as string[]).filter((name) => properties[name]?.default === undefined);
        if (required.length > 0) out.required = required;
        break;
      }
      case 'x-kubernetes-validations':
        out[keyword] = (value as CelRule[]).map(({ culprits, ...rule }) => rule);
        break;
      default:
        if (!CARRIED.has(keyword)) throw unknownKeyword(path, keyword, value);
        out[keyword] = value;
    }
  }
  return out;
}

/** The two unions that have a structural form: literals (an enum) and integer or string. */
function union(schema: TSchema, members: TSchema[], path: string): Structural {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
  }
  if (members.every((member) => typeof member.const === 'string')) {
    return { type: 'string', enum: members.map((member) => member.const) };
  }
  throw unknownKeyword(path, 'anyOf', members);
}

function unknownKeyword(path: string, keyword: string, value: unknown): Error {
  return new Error(
    `${path || '.'}: a structural schema has no room for ${keyword}: ${JSON.stringify(value).slice(0, 80)}`,
  );
}

/** @returns the CustomResourceDefinition of a kind, ready to be applied. */
export function toCustomResourceDefinition(resource: CustomResource): Record<string, unknown> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource.plural}.${resource.group}` },
    spec: {
      group: resource.group,
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.singular,
        // The API server drops an empty list, and whoever applies it would own what is not there.
        ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
        categories: resource.categories,
      },
      scope: 'Namespaced',
      versions: [
        {
          name: resource.version,
          served: true,
          storage: true,
          subresources: { status: {}, ...(resource.scale ? { scale: resource.scale } : {}) },
          additionalPrinterColumns: resource.columns,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: resource.description,
              required: ['spec'],
              properties: {
                apiVersion: {
                  type: 'string',
                  description: 'Version of the API that this object is written in.',
                },
                kind: { type: 'string', description: 'Kind of this object.' },
                metadata: { type: 'object' },
                spec: toStructuralSchema(resource.spec, '.spec'),
                status: toStructuralSchema(resource.status, '.status'),
              },
              ...(resource.validations.length > 0
                ? { 'x-kubernetes-validations': resource.validations }
                : {}),
            },
          },
        },
      ],
    },
  };
}
