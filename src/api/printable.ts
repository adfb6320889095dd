/** @returns the text on one line, cut between characters, without what no terminal shows or what turns its line around. */
export function printable(text: string, longest: number): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1).toWellFormed()}…`;
}
