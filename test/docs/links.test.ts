/** Links of the docs lead somewhere, and every reason that a status gives is explained. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import type { Condition } from '../../src/api/condition.ts';
import { rows as pods } from '../reconcile/mcpserver/pods.table.ts';
import { DOCUMENTS, ROOT } from './commands.ts';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

/** As GitHub makes the address of a heading. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^a-z0-9 _-]/g, '')
      .replaceAll(' ', '-'),
  );
}

t.test('every link leads to a file, and to a heading of it', async (t) => {
  for (const file of DOCUMENTS) {
    for (const [, target] of read(file).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue;
      const [place = '', heading] = target!.split('#');
      const found = place === '' ? file : path.join(path.dirname(file), place);
      t.ok(existsSync(path.join(ROOT, found)), `${file}: ${target}`);
      if (heading) t.ok(anchors(read(found)).includes(heading), `${file}: ${target}`);
    }
  }
});

t.test('the index has every page', async (t) => {
  const linked = [...read('docs/index.md').matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) =>
    path.join('docs', target!),
  );
  for (const file of globSync('docs/**/*.md', { cwd: ROOT })) {
    if (file !== 'docs/index.md') t.ok(linked.includes(file), file);
  }
});

t.test('a version of the changelog has each heading once, with entries below', async (t) => {
  // Entries merge by union, which sees no headings.
  for (const version of read('CHANGELOG.md').split(/^## /m).slice(1)) {
    const parts = version.split(/^### /m).slice(1);
    const headings = parts.map((part) => part.split('\n')[0]!);
    t.strictSame(
      headings,
      ['Added', 'Changed', 'Removed', 'Fixed', 'Security'].filter((one) => headings.includes(one)),
    );
    for (const part of parts) t.match(part, /^\w+\n\n(- .*\n)+\s*$/, part);
  }
});

t.test('every reason of the golden cases and of pods is in a table of troubleshooting.md', async (t) => {
  const rows = [...read('docs/troubleshooting.md').matchAll(/^\| ([A-Za-z, ]+) \| ([`\w, ]+) \|/gm)];
  const explained = new Set(
    rows.flatMap(([, types, reasons]) =>
      types!
        .split(', ')
        .flatMap((type) => reasons!.split(', ').map((reason) => `${type} ${reason.replaceAll('`', '')}`)),
    ),
  );
  const given = new Set(
    globSync('test/golden/*/expected.yaml', { cwd: ROOT }).flatMap((file) =>
      parseAllDocuments(read(file)).flatMap((document) => {
        const { status } = document.toJS() as { status?: { conditions?: Condition[] } };
        return (status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);
      }),
    ),
  );
  for (const { reason } of pods) if (reason) given.add(`Ready ${reason}`).add(`DeploymentReady ${reason}`);
  t.ok(given.size > 10);
  for (const one of given) t.ok(explained.has(one), one);
});
