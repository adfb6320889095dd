/** Asks a server what it is, and says it in one document. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  boundVerification,
  messageOf,
  type Reason,
  type Verification,
  type VerifiedServer,
} from '../../api/verification.ts';
import { type Answers, type AskOptions, type Attempt, answersAt, ask, type Place } from './ask.ts';
import { authorizationOf } from './authorization.ts';
import { type Diagnosis, diagnose, locationOf } from './diagnose.ts';
import { lineOf } from './line.ts';
import { otherPlaces } from './places.ts';
import { nameOf, refusedTools } from './tools.ts';

export interface VerifyOptions extends Place {
  /** For everything, in milliseconds. */
  timeoutMs: number;
  /** Sent with every question, and told to nobody else. */
  headers: Headers;
  /** What clients put in front of a tool's name; it counts for how long names may be. */
  namePrefix: string;
  connectTo?: string | undefined;
}

/** One question has so much of the whole time. */
const SHARE = 3;
/** How long a search elsewhere waits at one place, in milliseconds. */
const ELSEWHERE_MS = 2_000;
/** A fresh Service is reached half a second late: who cannot reach it tries again so often, in milliseconds. */
const AGAIN_MS = 250;

/** @returns what was found, bounded and without the headers' values, whatever the server does. It does not throw. */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const callMs = Math.ceil(options.timeoutMs / SHARE);
  const line = lineOf({ deadline, callMs, connectTo: options.connectTo });
  const asking: AskOptions = { line, headers: options.headers, callMs, deadline };
  try {
    const attempt = await askUntilReached(options, asking);
    const found =
      'answers' in attempt
        ? verificationOf(attempt.answers, options.namePrefix)
        : await explained(attempt, options, asking);
    return boundVerification(withoutSecrets(found, options.headers));
  } finally {
    await line.close();
  }
}

async function askUntilReached(options: VerifyOptions, asking: AskOptions): Promise<Attempt> {
  const until = performance.now() + options.timeoutMs / SHARE;
  for (;;) {
    const attempt = await ask({ url: options.url, transport: options.transport }, asking);
    const isReached = attempt.exchanges.at(-1)?.failure?.kind !== 'unreachable';
    if (isReached || performance.now() + AGAIN_MS > until) return attempt;
    await sleep(AGAIN_MS);
  }
}

function verificationOf(answers: Answers, namePrefix: string): Verification {
  const { tools, prompts, resources, protocolVersion } = answers;
  const { name, version, protocolVersions, capabilities, instructions } = answers;
  const server: VerifiedServer = {
    name,
    version,
    protocolVersions,
    capabilities,
    instructions,
    tools: offer(tools.map(nameOf)),
    prompts: offer(prompts),
    resources: offer(resources),
  };
  const of = (reason: Reason, seen: string) => ({
    reason,
    message: messageOf(reason, seen),
    protocolVersion,
    server,
  });
  const refused = refusedTools(tools, namePrefix);
  if (refused !== '') return of('InvalidTools', refused);
  const offers = [counted(tools, 'tool'), counted(prompts, 'prompt'), counted(resources, 'resource')];
  if (tools.length + prompts.length + resources.length === 0)
    return of('NoTools', `It speaks MCP ${protocolVersion} and offers nothing`);
  return of('Verified', `It speaks MCP ${protocolVersion} and offers ${offers.join(', ')}`);
}

const offer = (names: string[]) => ({ count: names.length, names: names.filter((name) => name !== '') });

function counted({ length }: unknown[], what: string): string {
  return `${length} ${what}${length === 1 ? '' : 's'}`;
}

async function explained(
  attempt: Attempt & { error: unknown },
  options: VerifyOptions,
  asking: AskOptions,
): Promise<Verification> {
  const found = await diagnose(attempt, options.connectTo);
  if (found.challenge) {
    const refused = options.headers.keys().next().done
      ? 'wants credentials'
      : 'does not accept the credentials given';
    const authorization = await authorizationOf(found.challenge, asking.line);
    // Who has the metadata that MCP asks for is an MCP server, whatever its challenge.
    const reason = authorization ? 'Unauthorized' : found.reason;
    const doubt = reason === 'AccessDenied' ? ', and nothing in its answer shows an MCP server' : '';
    const message = messageOf(reason, `${found.seen}: it ${refused}${doubt}`);
    return { reason, message, ...(authorization && { authorization }) };
  }
  const other = found.elsewhere ? await elsewhere(options, asking) : undefined;
  const { reason, seen } = other ? told(found, options, other) : found;
  return { reason, message: messageOf(reason, seen) };
}

/** @returns the first place at which MCP is spoken. */
async function elsewhere(place: Place, asking: AskOptions): Promise<Place | undefined> {
  for (const other of otherPlaces(place)) {
    if (asking.deadline.aborted) return undefined;
    if (await answersAt(other, { ...asking, callMs: ELSEWHERE_MS })) return other;
  }
  return undefined;
}

function told(
  { seen }: Diagnosis,
  { url, transport }: Place,
  other: Place,
): { reason: Reason; seen: string } {
  const there = other.url.pathname === url.pathname ? 'there' : `at ${locationOf(other.url)}`;
  if (other.transport !== transport)
    return {
      reason: 'TransportMismatch',
      seen: `${seen}; MCP is spoken ${there} by the transport ${other.transport}`,
    };
  return { reason: 'WrongPath', seen: `${seen}; MCP is spoken ${there}` };
}

/** Shorter ones are no secrets, and would be found everywhere. */
const SHORTEST_SECRET = 6;

/** Without what fills the end. */
function base64Of(value: string): string[] {
  return [Buffer.from(value).toString('base64').replace(/=+$/, ''), Buffer.from(value).toString('base64url')];
}

/** A server may say what it was sent. */
function withoutSecrets({ reason, ...found }: Verification, headers: Headers): Verification {
  const secrets = [...headers.values()]
    // Of `Bearer TOKEN` the token alone, too.
    .flatMap((value) => [value, value.replace(/^\S+\s+/, '')])
    .filter((value) => value.length >= SHORTEST_SECRET)
    .flatMap((value) => [value, encodeURIComponent(value), ...base64Of(value)])
    .map((value) => new RegExp(value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi'));
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return secrets.reduce((text, secret) => text.replace(secret, '…'), value);
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, clean(child)]));
  };
  return { reason, ...(clean(found) as Omit<Verification, 'reason'>) };
}
