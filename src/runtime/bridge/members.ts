/**
 * Where the members of a JSON object stand in its bytes, so that an id can be exchanged and all else forwarded as it came:
 * numbers keep their digits, and ten megabytes of a picture are never a string of ours.
 */

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** Of the bytes of a name; none that is looked for is longer, though each character were an escape. */
const MOST_NAME_BYTES = 512;
/** ASCII without escapes. */
const PLAIN = /^[^\\\u0080-\uffff]*$/;
/** From here on the native search is faster than a loop. */
const LONG_STRING = 64;

/** First byte of a value and the byte after its last. */
export interface Span {
  start: number;
  end: number;
}

/** The object is not one, or readers differ in which of its members counts: two have one name. */
export class MembersError extends Error {}

/**
 * @param from where the object begins; white space before it is passed over.
 * @param names of the members that are looked for.
 * @returns their values in the order of the names, `undefined` for what is not there. Values are not looked into: that they
 * are JSON is for others to say.
 * @param alone whether none may be there that differs from one of the names in case only: some readers, Go's among them, take
 * it for that one.
 * @throws MembersError
 */
export function membersOf(
  bytes: Buffer,
  from: number,
  names: readonly string[],
  alone = false,
): (Span | undefined)[] {
  const found: (Span | undefined)[] = new Array(names.length).fill(undefined);
  let at = pastSpace(bytes, from);
  if (bytes[at] !== OPEN_BRACE) throw new MembersError('not an object');
  at = pastSpace(bytes, at + 1);
  if (bytes[at] === CLOSE_BRACE) return found;
  for (;;) {
    if (bytes[at] !== QUOTE) throw new MembersError('a member without a name');
    const afterName = pastString(bytes, at);
    const name = nameOf(bytes, at, afterName);
    const index = names.indexOf(name);
    if (alone && index === -1) refuseLike(name, names);
    at = pastSpace(bytes, afterName);
    if (bytes[at] !== COLON) throw new MembersError('a name without a value');
    const start = pastSpace(bytes, at + 1);
    const end = pastValue(bytes, start);
    if (index !== -1) {
      if (found[index]) throw new MembersError(`two members are called ${names[index]}`);
      found[index] = { start, end };
    }
    at = pastSpace(bytes, end);
    if (bytes[at] === CLOSE_BRACE) return found;
    if (bytes[at] !== COMMA) throw new MembersError('an object without an end');
    at = pastSpace(bytes, at + 1);
  }
}

/** @returns what stands at the end of a path of names, in objects within objects. */
export function memberAt(bytes: Buffer, path: readonly string[], within?: Span): Span | undefined {
  let span: Span | undefined = within ?? { start: 0, end: bytes.length };
  for (const name of path) {
    if (bytes[pastSpace(bytes, span.start)] !== OPEN_BRACE) return undefined;
    [span] = membersOf(bytes, span.start, [name]);
    if (!span) return undefined;
  }
  return span;
}

/**
 * @param changes are in order and do not touch.
 * @returns the bytes with other text in the places of some spans. Every message goes through it, so it copies but once.
 */
export function spliced(bytes: Buffer, changes: readonly { span: Span; text: string }[]): Buffer {
  let { length } = bytes;
  for (const { span, text } of changes) length += Buffer.byteLength(text) - (span.end - span.start);
  const made = Buffer.allocUnsafe(length);
  let from = 0;
  let to = 0;
  for (const { span, text } of changes) {
    to += bytes.copy(made, to, from, span.start);
    to += made.write(text, to);
    from = span.end;
  }
  bytes.copy(made, to, from);
  return made;
}

/** @returns empty for one that is too long to be looked for. */
function nameOf(bytes: Buffer, start: number, end: number): string {
  if (end - start > MOST_NAME_BYTES) return '';
  const name = bytes.toString('latin1', start + 1, end - 1);
  // A name may be written with escapes, and is then the same name.
  if (PLAIN.test(name)) return name;
  try {
    return String(JSON.parse(bytes.toString('utf8', start, end)));
  } catch {
    throw new MembersError('a name that is no JSON');
  }
}

function refuseLike(name: string, names: readonly string[]): void {
  const plain = PLAIN.test(name);
  for (const one of names) {
    if ((plain && one.length !== name.length) || foldedOf(one) !== foldedOf(name)) continue;
    throw new MembersError(`the member ${JSON.stringify(name)} differs from ${one} in case only`);
  }
}

/** @returns the same for names that are alike but for case, as with `ſ` and the sign of Kelvin. */
function foldedOf(name: string): string {
  return name.toUpperCase().toLowerCase();
}

/** @returns where the next byte is that is no white space. */
export function pastSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

/** @param from the opening quote. */
function pastString(bytes: Buffer, from: number): number {
  const near = Math.min(from + LONG_STRING, bytes.length);
  let at = from + 1;
  while (at < near) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) throw new MembersError('a string without an end');
    let escapes = 0;
    while (quote - escapes - 1 >= at && bytes[quote - escapes - 1] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

/** @returns the elements of an array that is JSON. @throws MembersError if there are more than so many. */
export function elementsOf(bytes: Buffer, most: number): Span[] {
  const found: Span[] = [];
  let at = pastSpace(bytes, pastSpace(bytes, 0) + 1);
  while (bytes[at] !== CLOSE_BRACKET) {
    if (found.length === most) throw new MembersError(`more than ${most} elements`);
    const end = pastValue(bytes, at);
    found.push({ start: at, end });
    at = pastSpace(bytes, end);
    if (bytes[at] === COMMA) at = pastSpace(bytes, at + 1);
  }
  return found;
}

function pastValue(bytes: Buffer, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return pastString(bytes, from);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return pastScalar(bytes, from);
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = pastString(bytes, at);
      continue;
    }
    at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
  }
  throw new MembersError('a value without an end');
}

function pastScalar(bytes: Buffer, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20) break;
  }
  if (at === from) throw new MembersError('a member without a value');
  return at;
}
