/**
 * What comes of asking a server whether it speaks MCP, and which: the document that `smooth-runtime verify` ends with and
 * that a status repeats. The runtime writes it as the termination message of its pod, and the operator reads it from there.
 */
import { type Static, Type } from '@sinclair/typebox';
import { printable } from './printable.ts';
import { OneOf } from './schema.ts';
import { MOST_BYTES, readMessage, sizeOf, taken } from './terminationmessage.ts';

export interface ReasonMeaning {
  /** The status of the condition Verified. */
  status: 'True' | 'False' | 'Unknown';
  /** What was seen, in general. */
  meaning: string;
  /** What to do; empty where there is nothing to do. */
  remedy: string;
}

/** Every reason, for the status, the command and docs/verify.md. */
export const REASONS = {
  Verified: {
    status: 'True',
    meaning: 'It speaks MCP, and says what it offers.',
    remedy: '',
  },
  NotMCP: {
    status: 'False',
    meaning:
      'Something answers, but not MCP: a page, another protocol, or an error that no MCP server gives.',
    remedy: 'Check that image, command and port are those of an MCP server that serves HTTP.',
  },
  WrongPath: {
    status: 'False',
    meaning: 'Nothing is served at this path, and another path answers or none of the usual ones does.',
    remedy: 'Set path to the one at which the server serves MCP.',
  },
  TransportMismatch: {
    status: 'False',
    meaning: 'It speaks MCP by the other HTTP transport.',
    remedy: 'Set transport to the one that the server speaks, and path where that is another too.',
  },
  HostRefused: {
    status: 'False',
    meaning: 'The server refuses calls that come by this host name, with 421 or 403.',
    remedy: 'Add the host to those that the server allows, or turn its host check off.',
  },
  Unauthorized: {
    status: 'True',
    meaning:
      'The server wants credentials as MCP servers do, and without them says nothing of what it offers.',
    remedy: 'Give headers with credentials to have its tools verified too.',
  },
  AccessDenied: {
    status: 'Unknown',
    meaning:
      'Something wants credentials, and nothing in its answer shows an MCP server: no challenge for a bearer token, and no JSON. It may be a proxy.',
    remedy: 'Give headers with credentials, so that it can be seen what is behind it.',
  },
  TLSMismatch: {
    status: 'False',
    meaning: 'One side speaks TLS and the other does not, or the certificate is not accepted.',
    remedy:
      'Use https for a server with TLS, with a certificate that callers trust, and http for one without.',
  },
  Timeout: {
    status: 'False',
    meaning: 'The server does not answer, or not to the end, within the time limit.',
    remedy:
      'Look into the log of the server, whether a NetworkPolicy keeps the call away, or raise the time limit where it is known to be slow.',
  },
  VersionUnsupported: {
    status: 'False',
    meaning: 'The server speaks no version of MCP that clients speak.',
    remedy: 'Update the server.',
  },
  NoTools: {
    status: 'False',
    meaning: 'It speaks MCP and offers no tools, prompts or resources.',
    remedy: 'Check the configuration of the server: many offer nothing without their credentials or folders.',
  },
  InvalidTools: {
    status: 'False',
    meaning: 'Clients refuse its tools: a schema, a name, a duplicate, or too many bytes.',
    remedy: 'Correct the tools in the server.',
  },
  ServerError: {
    status: 'False',
    meaning: 'The server answers with an error, cannot be reached, or breaks off.',
    remedy: 'Look into the log of the server.',
  },
} as const satisfies Record<string, ReasonMeaning>;

export type Reason = keyof typeof REASONS;

const Names = (description: string) =>
  Type.Array(Type.String({ maxLength: 128, description: 'A name.' }), { maxItems: 64, description });

function Offer(what: string) {
  return Type.Object(
    {
      count: Type.Integer({ minimum: 0, maximum: 1_000_000, description: `How many ${what} there are.` }),
      names: Names(`Names of the first ${what}, as many as there is room for.`),
    },
    { description: `The ${what} that it offers.` },
  );
}

/** What a server says of itself. All of it is a stranger's word: bounded, printable, and for people alone. */
export const VerifiedServer = Type.Object(
  {
    name: Type.String({ maxLength: 128, description: 'Name that the server gives itself.' }),
    version: Type.String({ maxLength: 64, description: 'Version that the server gives itself.' }),
    protocolVersions: Type.Array(Type.String({ maxLength: 32, description: 'A version.' }), {
      maxItems: 8,
      description: 'Versions of MCP that it says it speaks; of a server with sessions the one that it chose.',
    }),
    capabilities: Type.Array(Type.String({ maxLength: 64, description: 'A capability.' }), {
      maxItems: 16,
      description: 'Capabilities that it declares, such as `tools` and `prompts`.',
    }),
    instructions: Type.Boolean({ description: 'Whether it has instructions for models.' }),
    tools: Offer('tools'),
    prompts: Offer('prompts'),
    resources: Offer('resources'),
  },
  { description: 'What the server said of itself when it was asked.' },
);

export type VerifiedServer = Static<typeof VerifiedServer>;

/** What a server says of where credentials come from, by RFC 9728. */
export const Authorization = Type.Object(
  {
    servers: Type.Array(Type.String({ maxLength: 256, description: 'A URL.' }), {
      maxItems: 4,
      description: 'Authorization servers that the server names.',
    }),
    scopes: Type.Array(Type.String({ maxLength: 64, description: 'A scope.' }), {
      maxItems: 16,
      description: 'Scopes that the server names.',
    }),
  },
  { description: 'What the server says of where its credentials come from.' },
);

export type Authorization = Static<typeof Authorization>;

export const Verification = Type.Object({
  reason: OneOf(Object.keys(REASONS) as Reason[], { description: 'What was found, in one word.' }),
  message: Type.String({ maxLength: 1024, description: 'What was found, and what to do.' }),
  protocolVersion: Type.Optional(
    Type.String({
      maxLength: 32,
      description: 'Version of MCP that it was asked in. From 2026-07-28 on there are no sessions.',
    }),
  ),
  server: Type.Optional(VerifiedServer),
  authorization: Type.Optional(Authorization),
});

export type Verification = Static<typeof Verification>;

/** @returns what was seen as a sentence, with the remedy of the reason behind it. */
export function messageOf(reason: Reason, seen: string): string {
  const { remedy } = REASONS[reason];
  const sentence = /[.!?…]$/.test(seen) ? seen : `${seen}.`;
  return remedy === '' ? sentence : `${sentence} ${remedy}`;
}

/**
 * @param found may hold texts and lists of any length, as the server gave them.
 * @returns it as its schema allows, printable, in at most `MOST_BYTES` of JSON: names go first, the counts stay.
 */
export function boundVerification(found: Verification): Verification {
  const bounded = taken(Verification, found);
  const { server, authorization } = bounded;
  const offers = server ? [server.resources, server.prompts, server.tools] : [];
  const lists = [
    ...offers.map(({ names }) => names),
    ...(server ? [server.capabilities, server.protocolVersions] : []),
    ...(authorization ? [authorization.scopes, authorization.servers] : []),
  ];
  while (sizeOf(bounded) > MOST_BYTES) {
    const longest = lists.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a), []);
    if (longest.length > 0) longest.pop();
    else bounded.message = printable(bounded.message, Math.floor(bounded.message.length / 2));
  }
  return bounded;
}

/**
 * Reads what somebody else wrote: a pod's termination message.
 * @returns the document, bounded and printable whatever the text was, or in one sentence why it is none.
 */
export function readVerification(text: string): { verification: Verification } | { problem: string } {
  const read = readMessage(Verification, text);
  if ('problem' in read) return read;
  const { document: verification } = read;
  if (verification.reason === 'Verified' && !verification.server)
    return { problem: 'its report says Verified and nothing of the server' };
  return { verification };
}
