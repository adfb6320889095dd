/** Results as Markdown. */
import type { Phase, Result } from './measure.ts';

const PHASES = { creation: 'creation', change: 'image change' } as const;

/** A column for each contestant, and below it how the first one compares to the others. */
export function comparison(results: readonly Result[], limit: number): string {
  const row = (label: string, cell: (result: Result) => string) => [label, ...results.map(cell)];
  const perServer = (count: number, { servers }: Result) => round(count / servers);
  const rows: string[][] = [];
  for (const [phase, label] of phases()) {
    rows.push(row(`${label}: seconds`, (one) => secondsOf(one[phase], limit)));
  }
  for (const [phase, label] of phases()) {
    rows.push(row(`${label}: writes per server`, (one) => perServer(total(one[phase].writes), one)));
    for (const kind of writtenIn(results, phase)) {
      rows.push(row(`- ${kind}`, (one) => perServer(one[phase].writes[kind] ?? 0, one)));
    }
    rows.push(
      row('- of them refused', (one) => perServer(one[phase].refused, one)),
      row(`${label}: GETs of the MCPServer per server`, (one) => perServer(one[phase].reads, one)),
    );
    for (const hook of ['sync', 'customize']) {
      rows.push(
        row(`${label}: ${hook} calls per server`, (one) => perServer(one[phase].calls[hook] ?? 0, one)),
      );
    }
  }
  for (const process of ['metacontroller', 'hook'] as const) {
    const name = process === 'hook' ? 'hook' : 'Metacontroller';
    for (const [phase, label] of phases()) {
      rows.push(
        row(`${label}: CPU seconds of ${name}`, (one) =>
          one.peak[process] ? round(one[phase].cpu[process]) : '-',
        ),
      );
    }
    rows.push(
      row(`peak resident MB of ${name}`, ({ peak }) => (peak[process] ? peak[process].toFixed(0) : '-')),
    );
  }
  rows.push(
    row('settled, synced once more: writes', ({ silence }) => String(total(silence?.writes ?? {}))),
    row('settled, synced once more: sync calls per server', (one) =>
      perServer(one.silence?.calls.sync ?? 0, one),
    ),
    row('not Ready at the end', ({ pending }) => String(pending)),
  );
  return `${table(['', ...results.map(({ name }) => name)], rows)}\n\n${ratios(results)}`;
}

function ratios([first, ...others]: readonly Result[]): string {
  const measures: [string, (result: Result) => number | undefined][] = phases().flatMap(([phase, label]) => [
    [`${label}: seconds`, (one) => one[phase].seconds],
    [`${label}: writes`, (one) => total(one[phase].writes)],
    [`${label}: sync calls`, (one) => one[phase].calls.sync],
    [`${label}: CPU of Metacontroller`, (one) => one[phase].cpu.metacontroller],
    [`${label}: CPU of the hook`, (one) => one[phase].cpu.hook],
  ]);
  if (!first || others.length === 0) return '';
  const rows = measures.map(([label, of]) => [
    label,
    ...others.map((other) => {
      const [ours, theirs] = [of(first), of(other)];
      return ours && theirs ? round(ours / theirs) : '-';
    }),
  ]);
  return table(['ratio', ...others.map(({ name }) => `${first.name} / ${name}`)], rows);
}

/** A row for each setting, and for each size of fleet two columns. */
export function settingsTable(
  settings: readonly { flags: string; results: Result[] }[],
  limit: number,
): string {
  const sizes = settings[0]?.results.map(({ servers }) => servers) ?? [];
  const header = sizes.flatMap((size) => [`${size} servers Ready`, `${size} servers on a new image`]);
  return table(
    ['Metacontroller', ...header],
    settings.map(({ flags, results }) => [
      `\`${flags}\``,
      ...results.flatMap(({ creation, change }) =>
        [creation, change].map((one) => `${secondsOf(one, limit)} s`),
      ),
    ]),
  );
}

const phases = () => Object.entries(PHASES) as [keyof typeof PHASES, string][];
const total = (counts: Record<string, number>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);
const round = (value: number) => String(Math.round(value * 100) / 100);

function secondsOf({ seconds, pending }: Phase, limit: number): string {
  return seconds === undefined ? `> ${limit} (${pending} missing)` : seconds.toFixed(1);
}

function writtenIn(results: readonly Result[], phase: keyof typeof PHASES): string[] {
  return [...new Set(results.flatMap((one) => Object.keys(one[phase].writes)))].sort();
}

function table(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
