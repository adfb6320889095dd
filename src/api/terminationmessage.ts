/**
 * What a pod of the runtime ends with: a document of a few kilobytes, as JSON, in its termination message. The runtime bounds
 * it, and the operator reads it as what a stranger wrote.
 */
import type { Static, TSchema } from '@sinclair/typebox';
import { printable } from './printable.ts';

/** In bytes: as much of a termination message as the kubelet keeps. */
export const MOST_BYTES = 4096;

/** @returns what the value takes in a termination message, in bytes. */
export const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/** Its message completes "its report ...". */
class Unreadable extends Error {}

/**
 * @returns of a value what the schema knows: unknown fields are left out, texts made printable, texts and lists cut.
 * @throws where a field is missing or of another type.
 */
export function taken<T extends TSchema>(schema: T, value: unknown): Static<T> {
  return takenAt(schema, value, '') as Static<T>;
}

/** In characters. */
const MOST_OF_PROBLEM = 160;

/** @returns a termination message of who could not even begin, which `readMessage` tells as a problem. */
export function problemMessage(problem: string): string {
  return JSON.stringify({ problem: printable(problem, MOST_OF_PROBLEM) });
}

/** @returns the document that a termination message holds, as `taken` has it, or in one sentence why it holds none. */
export function readMessage<T extends TSchema>(
  schema: T,
  text: string,
): { document: Static<T> } | { problem: string } {
  if (text.trim() === '') return { problem: 'it ended without a report' };
  if (Buffer.byteLength(text) > MOST_BYTES)
    return { problem: `its report is larger than ${MOST_BYTES} bytes` };
  try {
    const value = parsed(text);
    const { problem } = (value ?? {}) as { problem?: unknown };
    if (typeof problem === 'string') return { problem: `it says ${printable(problem, MOST_OF_PROBLEM)}` };
    return { document: taken(schema, value) };
  } catch (error) {
    if (error instanceof Unreadable) return { problem: `its report ${error.message}` };
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable('is not JSON');
  }
}

function takenAt(schema: TSchema, value: unknown, path: string): unknown {
  const mustBe = (what: string) => new Unreadable(`has no right ${path || 'form'}: it must be ${what}`);
  if (schema.anyOf) {
    const allowed = (schema.anyOf as TSchema[]).map((one) => one.const);
    if (!allowed.includes(value)) throw mustBe('one of the known words');
    return value;
  }
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') throw mustBe('a text');
      // What is cut anyway is not read: a text may be as long as the server likes.
      return printable(value.slice(0, schema.maxLength * 4), schema.maxLength);
    case 'boolean':
      if (typeof value !== 'boolean') throw mustBe('true or false');
      return value;
    case 'integer':
      if (!Number.isSafeInteger(value) || (value as number) < schema.minimum) throw mustBe('a whole number');
      return Math.min(value as number, schema.maximum);
    case 'array':
      if (!Array.isArray(value)) throw mustBe('a list');
      return value.slice(0, schema.maxItems).map((one) => takenAt(schema.items, one, `${path}[]`));
    default: {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mustBe('an object');
      const entries: [string, unknown][] = [];
      for (const [name, field] of Object.entries<TSchema>(schema.properties)) {
        const inside = path ? `${path}.${name}` : name;
        if (Object.hasOwn(value, name) && (value as Record<string, unknown>)[name] !== undefined)
          entries.push([name, takenAt(field, (value as Record<string, unknown>)[name], inside)]);
        else if (schema.required?.includes(name)) throw new Unreadable(`has no ${inside}`);
      }
      return Object.fromEntries(entries);
    }
  }
}
