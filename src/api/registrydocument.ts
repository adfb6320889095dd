/**
 * What a catalog publishes in a registry: the document that the sync writes into a ConfigMap and `smooth-runtime registry`
 * serves. A list too long for one ConfigMap is several documents, which the runtime puts together.
 */
import { type Static, Type } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import { OneOf } from './schema.ts';
import { ServerJson } from './serverjson.ts';

const Time = (description: string) =>
  Type.String({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$',
    maxLength: 30,
    description: `${description}, RFC 3339 in UTC.`,
  });

export const RegistryEntry = Type.Object({
  server: ServerJson,
  status: OneOf(['active', 'deleted'], {
    description:
      'One that is gone is told for a while, for those who ask what has changed since they asked last.',
  }),
  publishedAt: Time('When this version was published'),
  updatedAt: Time('When its status was changed, or else when it was published'),
});

export const RegistryDocument = Type.Object(
  {
    servers: Type.Array(RegistryEntry, {
      maxItems: 20_000,
      description: 'In order of their names, each name once.',
    }),
  },
  { description: 'What a catalog publishes in a registry.' },
);

export type RegistryEntry = Static<typeof RegistryEntry>;
export type RegistryDocument = Static<typeof RegistryDocument>;

/**
 * Reads what somebody may have edited.
 * @returns the document, or in one sentence why it is none.
 */
export function readRegistryDocument(text: string): { document: RegistryDocument } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'it is no JSON' };
  }
  checker ??= TypeCompiler.Compile(RegistryDocument);
  if (checker.Check(value)) return { document: value };
  const { path, message } = checker.Errors(value).First()!;
  return { problem: `${path || 'the document'}: ${message}` };
}

/** Made where it is needed: most hooks have no catalog that is a registry. */
let checker: TypeCheck<typeof RegistryDocument> | undefined;
