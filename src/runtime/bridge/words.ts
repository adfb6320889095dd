/** A child's words as they may be logged and told: on one line, bounded, without colors. */
import { stripVTControlCharacters } from 'node:util';
import { printable } from '../../api/printable.ts';

/** @param most characters, the ellipsis included. */
export function wordsOf(text: string, most: number): string {
  // Twice as much, for what is left out of it; no more, for a line may be long.
  return printable(stripVTControlCharacters(text.slice(0, 2 * most)), most);
}
