/** What the kubelet does to a container, for a probe or at its start and end, in the names and forms of the core Pod API. */
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Int32, ListMap, OneOf } from './schema.ts';

export const ExecAction = Type.Object(
  {
    command: Type.Array(Type.String({ maxLength: 32768 }), {
      minItems: 1,
      maxItems: 64,
      description: 'Command and arguments; no shell reads them.',
    }),
  },
  { description: 'Runs a command in the container, which succeeds with exit code 0.' },
);

const scheme = (absent: string) =>
  Type.Optional(
    OneOf(['HTTP', 'HTTPS'], {
      description: `How it is asked; a certificate is not verified. Where absent: ${absent}.`,
    }),
  );

export const HttpHeaders = ListMap(
  'name',
  Type.Object({
    name: Type.String({
      minLength: 1,
      maxLength: 256,
      pattern: '^[-A-Za-z0-9]+$',
      description: 'Name of the header, such as Host.',
      hint: 'letters, digits and -',
    }),
    value: Type.String({
      maxLength: 4096,
      pattern: '^[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$',
      description: 'Its value, which everyone may read who may read pods.',
      hint: 'one line of text',
    }),
  }),
  { minItems: 1, maxItems: 16, description: 'Headers that it is asked with.' },
);

export const HttpPath = Type.String({
  minLength: 1,
  maxLength: 1024,
  pattern: '^/[^ \\t\\r\\n]*$',
  description: 'Path that is asked for.',
  hint: 'a path that starts with /',
});

/** @param target the fields that say which port is asked, and how. */
export function HttpGetAction<Target extends Record<'port' | 'scheme', TSchema>>(target: Target) {
  return Type.Object(
    {
      path: Type.Optional({ ...HttpPath, description: 'Path that is asked for; / where absent.' }),
      ...target,
      httpHeaders: Type.Optional(HttpHeaders),
    },
    { description: 'Asks by HTTP GET; an answer from 200 to 399 is good.' },
  );
}

/** Of what asks the server: its own port, and what it speaks there, need not be said. */
export const serverTarget = {
  port: Type.Optional(
    Int32({ minimum: 1, maximum: 65535, description: 'Port; that of the server where absent.' }),
  ),
  scheme: scheme('what the server speaks, at its port, else HTTP'),
};
/** Of what asks a container beside it. */
export const SidecarScheme = scheme('HTTP');

export type HttpHeaders = Static<typeof HttpHeaders>;
