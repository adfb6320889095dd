/**
 * `server.json`, by which registries and editors know an MCP server: the part of schema 2025-12-11 that a catalog writes,
 * with what the official registry asks for beyond it. https://modelcontextprotocol.io/registry
 */
import { type Static, Type } from '@sinclair/typebox';
import { Dictionary, OneOf } from './schema.ts';

export const SERVER_SCHEMA = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';

export const MOST_DESCRIPTION = 100;
export const MOST_TITLE = 100;
export const MOST_VERSION = 255;

/** A value that everybody who uses the server has of their own. */
const Input = {
  description: Type.Optional(Type.String({ maxLength: 256 })),
  isRequired: Type.Optional(Type.Boolean()),
  isSecret: Type.Optional(Type.Boolean()),
};

const Header = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 128 }),
  ...Input,
  value: Type.Optional(
    Type.String({ maxLength: 256, description: 'With `{NAME}` for each of the variables.' }),
  ),
  variables: Type.Optional(Dictionary(Type.Object(Input), { maxProperties: 8 })),
});

const Remote = Type.Object({
  type: OneOf(['streamable-http', 'sse']),
  url: Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 4096 }),
  headers: Type.Optional(Type.Array(Header, { maxItems: 8 })),
});

export const ServerJson = Type.Object(
  {
    $schema: Type.Literal(SERVER_SCHEMA),
    name: Type.String({
      minLength: 3,
      maxLength: 200,
      pattern: '^[a-zA-Z0-9.-]+/[a-zA-Z0-9][a-zA-Z0-9._-]*[a-zA-Z0-9]$',
      description: 'Reverse DNS of whoever publishes it, a slash, and the name.',
    }),
    description: Type.String({ minLength: 1, maxLength: MOST_DESCRIPTION }),
    title: Type.Optional(Type.String({ minLength: 1, maxLength: MOST_TITLE })),
    version: Type.String({
      minLength: 1,
      maxLength: MOST_VERSION,
      description: 'One version; never `latest`.',
    }),
    remotes: Type.Array(Remote, { minItems: 1, maxItems: 4 }),
  },
  { description: 'One server as registries have it.' },
);

export type ServerJson = Static<typeof ServerJson>;
