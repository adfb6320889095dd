/** Which of the names that there are somebody may have meant. */

/** Of how many letters one may be wrong, missing or too many. */
const LETTERS_PER_SLIP = 4;

/** @returns those of `known` that are nearest to a name, none where none is near. */
export function nearNames(name: string, known: Iterable<string>): string[] {
  const most = Math.max(1, Math.floor(name.length / LETTERS_PER_SLIP));
  const near = [...known]
    .map((one) => ({ one, slips: distance(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ slips }) => slips <= most);
  const fewest = Math.min(...near.map(({ slips }) => slips));
  return near.filter(({ slips }) => slips === fewest).map(({ one }) => one);
}

/** How many letters have to be put in, taken out or replaced to make `b` of `a` (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
