/**
 * The words of kubelet, scheduler and runtime, as a status may quote them: printable, bounded, without what changes from
 * one try to the next, for each new text is a write, and without credentials in the forms that they usually have.
 */
import { printable } from '../../../api/printable.ts';

const LONGEST = 500;
/** More than this is not read. */
const LONGEST_READ = 8192;

/** In order. What is taken away differs between two tries of the same thing, or may be secret. */
const LEFT_OUT: [RegExp, string][] = [
  // Whoever is signed in to a registry, and signed addresses of its storage.
  [/(\b(?:https?|docker|oci):\/\/)[^\s/@"']*@/g, '$1'],
  [/(\bhttps?:\/\/[^\s"'?]*)\?[^\s"']*/g, '$1'],
  [/\b(Bearer|Basic) (?=\S*\d)[\w.~+/=-]{8,}/g, '$1'],
  [/\b(password|passwd|token|secret|api[-_]?key)=[^\s&"']+/gi, '$1='],
  // Ids of pods, containers and requests; the digest of an image and names that are made of an id stay what they are.
  [/\(?(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b\)?/gi, ''],
  [/(?<!sha256:)\b[0-9a-f]{32,64}\b/g, ''],
  [/\b(?:request|trace|correlation)[-_ ]?id[:= ]+"?[\w.-]*"?/gi, ''],
  [/\b(attempt|retry|try)(?: |=|: ?|_)#?\d+/gi, '$1'],
  // The near end of a connection.
  [/(?:\b\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d+->/gi, ''],
  [/((?:mount|tmp)[-_.]?)\d{4,}/g, '$1'],
  [
    /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d(?: [A-Z]{3,5})?)?(?: m=[+-][\d.]+)?/g,
    '',
  ],
  // How far a download came.
  [/\b(got|commit size|offset) \d+/gi, '$1'],
  // Such as how long the kubelet waits before the next try.
  [/ ?(?<![\w.-])(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:ms|µs|us|ns|s)\b/g, ''],
];

/** @returns as much of what somebody else says as is looked at: whoever says more must not hold up everybody else. */
export function heard(text = ''): string {
  return text.slice(0, LONGEST_READ);
}

/** @returns what somebody else says, in the form in which it may be told; empty where it says nothing. */
export function words(text: unknown, longest = LONGEST): string {
  if (typeof text !== 'string') return '';
  const quiet = LEFT_OUT.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), heard(text));
  return printable(quiet, longest).replace(/[ .]+$/, '');
}

/** @returns the text as the reason of a condition, which is one word; the other where it is none. */
export function oneWord(text: string | undefined, otherwise: string): string {
  return text !== undefined && /^[A-Za-z][A-Za-z0-9]{0,62}$/.test(text) ? text : otherwise;
}
