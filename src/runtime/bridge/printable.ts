/** A child's words as they may be logged and told: on one line, bounded, nothing that moves a cursor or turns text round. */
import { stripVTControlCharacters } from 'node:util';

/** Controls, and what orders text from right to left or is not seen at all. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** @param most characters, the ellipsis included. */
export function printable(words: string, most: number): string {
  // One character more, to know whether there is more; no more, for a line may be long.
  const text = stripVTControlCharacters(words.slice(0, most + 1))
    .replaceAll('\t', ' ')
    .replace(UNPRINTABLE, '\ufffd')
    .trimEnd();
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
