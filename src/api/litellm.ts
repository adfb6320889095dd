/** What a server is in LiteLLM, as its own spec or a catalog says it. */
import { type Static, Type } from '@sinclair/typebox';

/** Groups of LiteLLM: they are names alone there, and stand in URLs and in lists with commas. */
export const UserGroups = Type.Array(
  Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: '^[A-Za-z0-9]([A-Za-z0-9_.@-]*[A-Za-z0-9])?$',
    description: 'A group.',
    hint: 'letters, digits, _, ., @ and - between them',
  }),
  {
    maxItems: 32,
    'x-kubernetes-list-type': 'set',
    description:
      "Access groups of LiteLLM that may use it; keys, teams and users are put into groups there. Where absent, it is closed to all but those that LiteLLM's own grants name.",
  },
);

export const AllowedTools = Type.Array(
  Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: '^[A-Za-z0-9_./:-]+$',
    description: 'Name of a tool.',
    hint: 'the name of a tool: letters, digits, _, ., /, : and -',
  }),
  {
    maxItems: 128,
    'x-kubernetes-list-type': 'set',
    description: 'Tools that LiteLLM offers; the others are hidden there. Where absent, all.',
  },
);

export const ServerDescription = Type.String({
  minLength: 1,
  maxLength: 512,
  description: 'What it is for, for people and for models that choose among servers.',
});

export const LiteLLM = Type.Object(
  {
    autoRegister: Type.Optional(
      Type.Boolean({
        description:
          'Whether catalogs that name no servers take it up, which puts it into their LiteLLM; the condition LiteLLMRegistered then says whether it is there. A catalog with a `selector` goes by labels alone.',
      }),
    ),
    allowedUserGroups: Type.Optional(UserGroups),
    allowedTools: Type.Optional(AllowedTools),
    description: Type.Optional(ServerDescription),
  },
  { description: 'What catalogs publish of the server, in LiteLLM above all.' },
);

export type LiteLLM = Static<typeof LiteLLM>;
