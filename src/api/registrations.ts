/**
 * What a LiteLLM is to have of a catalog, and what came of it: the document that the sync of a catalog writes and
 * `smooth-runtime register` reads, and the report that it ends with, the termination message of its pod. What holds of LiteLLM's
 * API: docs/litellm.md.
 */
import { hash } from 'node:crypto';
import { type Static, Type } from '@sinclair/typebox';
import { printable } from './printable.ts';
import { OneOf } from './schema.ts';
import { MOST_BYTES, readMessage, sizeOf, taken } from './terminationmessage.ts';

export const MANAGED_BY = 'smooth-operator';

const Source = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[a-z0-9.-]+/[a-z0-9.-]+$',
  description: 'Who it is: NAMESPACE/NAME of an MCPServer, servers/NAME of a remote server of the catalog.',
});

/** A server as LiteLLM's own API takes it: `POST` and `PUT /v1/mcp/server`. Names and rules are LiteLLM's. */
export const LiteLLMServer = Type.Object({
  server_id: Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: '^[A-Za-z0-9_.-]+$',
    description:
      'What grants of teams and keys refer to: it must never change. Not a slash: no path reaches it.',
  }),
  server_name: Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: '^[A-Za-z0-9_.]+$',
    description: 'Unique without regard to case. It is the alias, too.',
  }),
  url: Type.String({ minLength: 1, maxLength: 2048, description: 'Where LiteLLM reaches it.' }),
  transport: OneOf(['http', 'sse'], { description: 'Without it the API takes sse.' }),
  description: Type.Optional(Type.String({ maxLength: 1024, description: 'For people.' })),
  mcp_access_groups: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
    maxItems: 64,
    description: 'Groups whose teams and keys may use it.',
  }),
  allowed_tools: Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
    maxItems: 256,
    description: 'Tools that may be used; none: all.',
  }),
  auth_type: Type.Optional(
    OneOf(['bearer_token', 'api_key', 'basic', 'authorization'], {
      description: 'How LiteLLM shows the credential to the server.',
    }),
  ),
});

export type LiteLLMServer = Static<typeof LiteLLMServer>;

export const Registration = Type.Object({
  source: Source,
  server: LiteLLMServer,
  credential: Type.Optional(
    Type.String({
      maxLength: 128,
      pattern: '^[A-Z_][A-Z0-9_]*$',
      description:
        'The environment variable of the pod that has the credential; with auth_type, and only then.',
    }),
  ),
});

export type Registration = Static<typeof Registration>;

const Catalog = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[A-Za-z0-9][A-Za-z0-9_./-]*$',
  description:
    'Whose servers these are: one word for a catalog, which no other catalog that writes into the same LiteLLM has, and which stays.',
});

/**
 * All servers of a catalog, in as many parts as fit into a ConfigMap each. All parts have to be there: a server that none of
 * them has is removed from LiteLLM.
 */
export const Registrations = Type.Object({
  catalog: Catalog,
  part: Type.Integer({ minimum: 1, maximum: 64, description: 'Which part it is.' }),
  parts: Type.Integer({ minimum: 1, maximum: 64, description: 'How many parts there are.' }),
  servers: Type.Array(Registration, { maxItems: 4096, description: 'Those of this part.' }),
});

export type Registrations = Static<typeof Registrations>;

/**
 * @param texts the parts as they are written, in any order.
 * @returns what tells one document from another: who asks for a run names it, and the report of the run does.
 */
export function documentHash(texts: readonly string[]): string {
  return hash('sha256', [...texts].sort().join('\0'), 'hex').slice(0, 32);
}

/** What a row of LiteLLM's carries in `mcp_info`: whose it is, and which server it stands for. */
export interface Mark {
  managed_by: typeof MANAGED_BY;
  catalog: string;
  source: string;
}

/** @returns the mark by which a catalog knows its own rows. Rows without it are nobody's business of ours. */
export function markOf(catalog: string, source: string): Mark {
  return { managed_by: MANAGED_BY, catalog, source };
}

export interface ReasonMeaning {
  /** Whether LiteLLM has the document, but for the servers that are among the failures. */
  isApplied: boolean;
  meaning: string;
  /** What to do; empty where there is nothing to do. */
  remedy: string;
}

/** How a run ended, for the status and docs/litellm.md. */
export const REASONS = {
  Applied: {
    isApplied: true,
    meaning: 'LiteLLM has every server of the catalog, as the catalog has it.',
    remedy: '',
  },
  Incomplete: {
    isApplied: true,
    meaning: 'LiteLLM has every server of the catalog but those that are told.',
    remedy: 'See what is said of each server that is missing.',
  },
  Unauthorized: {
    isApplied: false,
    meaning: 'LiteLLM does not know the admin key: it answers 401.',
    remedy: "Put the key of a proxy admin of this LiteLLM into the catalog's Secret.",
  },
  Forbidden: {
    isApplied: false,
    meaning: 'LiteLLM knows the key, and it may not write MCP servers: it answers 403.',
    remedy: 'Take a key of a user with the role proxy_admin: no other may write MCP servers.',
  },
  Unreachable: {
    isApplied: false,
    meaning: 'LiteLLM cannot be reached, or its certificate is not accepted.',
    remedy:
      'Check the URL, that LiteLLM runs, that no NetworkPolicy is in the way, and its certificate authority.',
  },
  Unavailable: {
    isApplied: false,
    meaning: 'LiteLLM answers with errors or not in time, to the end of the time limit.',
    remedy: "Look into LiteLLM's log, and whether its database runs: its readiness does not tell.",
  },
  NotLiteLLM: {
    isApplied: false,
    meaning:
      'What answers is not the API of a LiteLLM: a redirect, a page, something too large, or no such path.',
    remedy:
      'Set the URL of the proxy itself, with its root path and without /v1, of a LiteLLM with MCP servers.',
  },
  Superseded: {
    isApplied: false,
    meaning: 'Another run for the same catalog began later, and this one leaves the rest to it.',
    remedy: '',
  },
  InvalidDocument: {
    isApplied: false,
    meaning:
      'What was to be registered could not be read whole, or is not what was asked for, so nothing was written.',
    remedy:
      'It is read again with the next run. Where it stays, the operator and its runtime are of different releases.',
  },
} as const satisfies Record<string, ReasonMeaning>;

export type Reason = keyof typeof REASONS;

/** Why one server is not in LiteLLM as the catalog has it. */
export const FAILURES = {
  NameConflict: 'An entry of somebody else has the name or the id. It is left alone.',
  Refused: "LiteLLM refuses it, in LiteLLM's own words, or does not keep what it was sent.",
  NoCredential:
    'The key of the Secret that its credential comes from is not there, or cannot be sent in a header.',
} as const;

export type FailureReason = keyof typeof FAILURES;

const count = (description: string) => Type.Integer({ minimum: 0, maximum: 1_000_000, description });

export const RegistrationReport = Type.Object({
  reason: OneOf(Object.keys(REASONS) as Reason[], { description: 'How it ended, in one word.' }),
  message: Type.String({
    maxLength: 512,
    description: 'What was done, or what is in the way and what to do.',
  }),
  hash: Type.String({
    maxLength: 64,
    description: 'Of the document that was read, as documentHash has it; empty where there was none.',
  }),
  counts: Type.Object(
    {
      wanted: count('Servers of the document.'),
      added: count('Entries that this run added.'),
      changed: count('Entries that this run changed.'),
      removed: count('Entries that this run removed.'),
      unchanged: count('Entries that were as they should be.'),
      failed: count('Servers among the failures, told or not.'),
    },
    { description: 'What was done.' },
  ),
  failures: Type.Array(
    Type.Object({
      reason: OneOf(Object.keys(FAILURES) as FailureReason[], { description: 'Why, in one word.' }),
      message: Type.String({
        maxLength: 256,
        description: 'Why, with the words of LiteLLM where there are some.',
      }),
      servers: Type.Array(Type.String({ maxLength: 128 }), {
        maxItems: 128,
        description: 'Their sources, as the document has them.',
      }),
    }),
    {
      maxItems: 32,
      description:
        'Which servers LiteLLM does not have as they should be. As many as there is room for: counts.failed says how many there are.',
    },
  ),
});

export type RegistrationReport = Static<typeof RegistrationReport>;

/**
 * @param report may hold texts and lists of any length.
 * @returns it as its schema allows, printable, in at most `MOST_BYTES` of JSON: names of servers go first, the counts stay.
 */
export function boundReport(report: RegistrationReport): RegistrationReport {
  const bounded = taken(RegistrationReport, report);
  while (sizeOf(bounded) > MOST_BYTES) {
    const longest = bounded.failures.reduce((a, b) => (sizeOf(b.servers) > sizeOf(a.servers) ? b : a), {
      servers: [] as string[],
    });
    if (longest.servers.length > 1) longest.servers.pop();
    else if (bounded.failures.length > 0) bounded.failures.pop();
    else bounded.message = printable(bounded.message, Math.floor(bounded.message.length / 2));
  }
  return bounded;
}

/** @returns the report that a termination message holds, bounded and printable, or in one sentence why it holds none. */
export function readReport(text: string): { report: RegistrationReport } | { problem: string } {
  const read = readMessage(RegistrationReport, text);
  return 'problem' in read ? read : { report: read.document };
}
