/**
 * Of a client's parameters those that the bridge itself reads. The rest stays bytes: what is in flight would otherwise fill the
 * memory with values that nobody looks at.
 */
import { MembersError, membersOf, OPEN_BRACE, OPEN_BRACKET, type Span } from './members.ts';
import { CLIENT_CAPABILITIES, CLIENT_INFO, LOG_LEVEL, PROTOCOL_VERSION } from './meta.ts';
import { NAMED_BY } from './methods.ts';

export type Params = Record<string, unknown>;

/** Names and URIs: headers that mirror them are no longer. */
const MOST_VALUE_BYTES = 16 * 1024;
/** Ids and progress tokens, which are kept until the answer. */
export const MOST_ID_BYTES = 1024;
const META = ['progressToken', PROTOCOL_VERSION, CLIENT_INFO, CLIENT_CAPABILITIES, LOG_LEVEL] as const;
const READ: Readonly<Record<string, readonly string[]>> = {
  initialize: ['protocolVersion'],
  'notifications/cancelled': ['requestId', 'reason'],
  'resources/subscribe': ['uri'],
  'resources/unsubscribe': ['uri'],
  'subscriptions/listen': ['notifications'],
  ...Object.fromEntries(Object.entries(NAMED_BY).map(([method, name]) => [method, [name]])),
};
const NONE: readonly string[] = [];

/**
 * @param span of an object within the JSON of a message.
 * @returns what the bridge reads of them; of objects and arrays no more than that they are some.
 * @throws MembersError if other readers could take one of these for another, or one is too long.
 */
export function paramsOf(bytes: Buffer, span: Span, method: string): Params {
  const names = Object.hasOwn(READ, method) ? READ[method]! : NONE;
  const [meta, ...values] = membersOf(bytes, span.start, ['_meta', ...names], true);
  const params = read(bytes, 'params', names, values);
  if (meta && bytes[meta.start] === OPEN_BRACE) {
    const found = read(bytes, 'params._meta', META, membersOf(bytes, meta.start, META, true));
    const { progressToken } = found;
    if (typeof progressToken === 'object' && progressToken !== null) {
      throw new MembersError('params._meta.progressToken is neither a string nor a number');
    }
    params._meta = found;
  }
  return params;
}

function read(
  bytes: Buffer,
  where: string,
  names: readonly string[],
  spans: readonly (Span | undefined)[],
): Params {
  const params: Params = {};
  for (const [index, span] of spans.entries()) {
    if (span) params[names[index]!] = readValue(bytes, span, `${where}.${names[index]}`);
  }
  return params;
}

function readValue(bytes: Buffer, { start, end }: Span, name: string): unknown {
  if (bytes[start] === OPEN_BRACE) return {};
  if (bytes[start] === OPEN_BRACKET) return [];
  const most = name.endsWith('progressToken') ? MOST_ID_BYTES : MOST_VALUE_BYTES;
  if (end - start > most) throw new MembersError(`${name} is longer than ${most} bytes`);
  return JSON.parse(bytes.toString('utf8', start, end));
}
