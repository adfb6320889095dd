/** The Markdown of the pages that are made from the code. */

/** @returns a generated page of these sections, without those that say nothing. */
export function page(sections: readonly (string | undefined)[]): string {
  return `<!-- Generated, do not edit: npm run generate -->\n\n${sections.filter(Boolean).join('\n\n')}\n`;
}

/** @returns a table; the cells of its rows are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** @returns the text as it can stand in a cell, which a bar or a line break would end. */
export function cell(text = ''): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** @returns the text as code. */
export function code(text: string): string {
  return `\`${text}\``;
}
