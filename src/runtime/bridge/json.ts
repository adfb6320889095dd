/**
 * Whether bytes are JSON, seen without making values of them: the values of a body can take twenty times the memory of its
 * bytes, and whoever sends it need not be known. The rules are those of RFC 8259, as `JSON.parse` has them.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  pastSpace,
  QUOTE,
} from './members.ts';

/** Readers differ in how deep they can follow, and some of them end where they cannot. */
const MOST_DEPTH = 256;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** What may stand behind a backslash, beside `u`. */
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));
const LITERALS = ['true', 'false', 'null'].map((text) => Buffer.from(text));
/** What closes each object and array that is open. One body is looked at at a time. */
const closing = new Uint8Array(MOST_DEPTH);

export class JsonError extends Error {}

/** @throws JsonError with the place, in bytes. */
export function checkJson(bytes: Buffer): void {
  let depth = 0;
  let at = pastSpace(bytes, 0);
  for (;;) {
    const first = bytes[at];
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      // In ASCII, each closes two behind where it opens.
      const close = first + 2;
      at = pastSpace(bytes, at + 1);
      if (depth === MOST_DEPTH) throw new JsonError(`nested deeper than ${MOST_DEPTH} levels`);
      if (bytes[at] !== close) {
        closing[depth++] = close;
        if (close === CLOSE_BRACE) at = pastName(bytes, at);
        continue;
      }
      at++;
    } else {
      at = pastScalar(bytes, at);
    }
    at = pastSpace(bytes, at);
    while (depth > 0 && bytes[at] === closing[depth - 1]) {
      depth--;
      at = pastSpace(bytes, at + 1);
    }
    if (depth === 0) {
      if (at < bytes.length) throw unexpected(bytes, at);
      return;
    }
    if (bytes[at] !== COMMA) throw unexpected(bytes, at);
    at = pastSpace(bytes, at + 1);
    if (closing[depth - 1] === CLOSE_BRACE) at = pastName(bytes, at);
  }
}

/** @returns where the value of a member begins. */
function pastName(bytes: Buffer, from: number): number {
  if (bytes[from] !== QUOTE) throw unexpected(bytes, from);
  const at = pastSpace(bytes, pastString(bytes, from));
  if (bytes[at] !== COLON) throw unexpected(bytes, at);
  return pastSpace(bytes, at + 1);
}

function pastScalar(bytes: Buffer, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return pastString(bytes, from);
  if (first === MINUS || isDigit(first)) return pastNumber(bytes, from);
  for (const literal of LITERALS) {
    const end = from + literal.length;
    if (first === literal[0] && literal.compare(bytes, from, Math.min(end, bytes.length)) === 0) return end;
  }
  throw unexpected(bytes, from);
}

/** @param from the opening quote. */
function pastString(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at + 1;
    if (byte < 0x20) throw unexpected(bytes, at);
    if (byte !== BACKSLASH) at++;
    else if (ESCAPES.has(bytes[at + 1]!)) at += 2;
    else if (/^u[\da-f]{4}$/i.test(bytes.toString('latin1', at + 1, at + 6))) at += 6;
    else throw unexpected(bytes, at + 1);
  }
  throw unexpected(bytes, at);
}

function pastNumber(bytes: Buffer, from: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  // Nothing but the end of the number may follow a zero.
  at = bytes[at] === ZERO ? at + 1 : pastDigits(bytes, at);
  if (bytes[at] === POINT) at = pastDigits(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const sign = bytes[at + 1];
    at = pastDigits(bytes, sign === MINUS || sign === 0x2b ? at + 2 : at + 1);
  }
  return at;
}

/** At least one. */
function pastDigits(bytes: Buffer, from: number): number {
  let at = from;
  while (isDigit(bytes[at])) at++;
  if (at === from) throw unexpected(bytes, at);
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39;
}

function unexpected(bytes: Buffer, at: number): JsonError {
  return new JsonError(at < bytes.length ? `not JSON at byte ${at}` : 'the JSON ends too soon');
}
