/** What LiteLLM says of an error, fit to be told: short, printable, and without what nobody else may see. */
import { createHash } from 'node:crypto';
import { printable } from '../../api/printable.ts';

/** Of a message of a report, in characters. */
const LONGEST = 256;
/** Shorter ones are no secrets, and would be found everywhere. */
const SHORTEST_SECRET = 6;

/** Keys of LiteLLM's and digests, of which it has some in its messages, and what a URL of a database has in front of the host. */
const TELLTALE = [/\bsk-[\w.-]+/g, /\b[0-9a-f]{40,}\b/gi, /(?<=:\/\/)[^\s/@]+(?=@)/g];

/** @returns a sentence of somebody else's without these secrets, their digests and others that can be told by their form. */
export type Tell = (text: string, longest?: number) => string;

export function tellerOf(secrets: readonly string[]): Tell {
  const unspeakable = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret, encodeURIComponent(secret), base64(secret), digest(secret)]);
  return (text, longest = LONGEST) => {
    let told = text;
    for (const one of unspeakable) told = told.replaceAll(one, '…');
    for (const pattern of TELLTALE) told = told.replace(pattern, '…');
    return printable(told, longest);
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/**
 * @param body of an answer that is an error.
 * @returns what it says, as LiteLLM's own errors, those of its web framework (`detail`) and of its validation have it; empty
 * where it is none of them. What was sent stands in some of them, under other names, and is left out.
 */
export function saidIn(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return '';
  }
  const { detail, error, message } = Object(value) as Record<string, unknown>;
  return textOf(detail) || textOf(error) || textOf(message);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(problemOf).filter(Boolean).join('; ');
  const { error, message } = Object(value) as Record<string, unknown>;
  return typeof error === 'string' ? error : typeof message === 'string' ? message : textOf(error ?? '');
}

/** One of a list of what is wrong with a field. */
function problemOf(value: unknown): string {
  const { loc, msg } = Object(value) as Record<string, unknown>;
  if (typeof msg !== 'string') return '';
  const field = Array.isArray(loc) ? loc.filter((one) => one !== 'body').join('.') : '';
  return field === '' ? msg : `${field}: ${msg}`;
}
