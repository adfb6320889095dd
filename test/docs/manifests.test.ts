/** What the pages show of a spec is valid, and the page of rules has them all. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { Policy, parsePolicy } from '../../src/api/policy.ts';
import { formatProblem } from '../../src/api/problem.ts';
import { FEATURES } from '../../src/environment.ts';
import { mcpServerController } from '../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../src/settings.ts';
import { DOCUMENTS, ROOT } from './commands.ts';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const settings = loadSettings({ FEATURES: FEATURES.join(',') }).render;

t.test('every spec that a page shows is valid, given an image, and has no unknown field', async (t) => {
  const shown = DOCUMENTS.flatMap((file) =>
    [...read(file).matchAll(/^```yaml\n(spec:\n.*?)^```$/gms)].map(([, text]) => ({ file, text: text! })),
  );
  t.ok(shown.length > 10);
  for (const { file, text } of shown) {
    const { spec } = parse(text) as { spec: object };
    const { problems, unknown } = mcpServerController.check(
      {
        apiVersion: 'mcp.dev/v1alpha1',
        kind: 'MCPServer',
        metadata: { name: 'shown', namespace: 'default', uid: 'uid', generation: 1 },
        spec: { ...('package' in spec ? {} : { image: 'ghcr.io/acme/shown:1.0.0' }), ...spec },
      },
      settings,
    );
    t.strictSame([...problems, ...unknown].map(formatProblem), [], `${file}: ${text}`);
  }
});

t.test('the policy that the page shows is one, and has every section, which has a row', async (t) => {
  const page = read('docs/policy.md');
  const [, text] = /```yaml\n(.*?)```/s.exec(page)!;
  const sections = Object.keys(Policy.properties);
  t.strictSame(Object.keys(parsePolicy(text!)).sort(), [...sections].sort());
  const rows = [...page.matchAll(/^\| `(\w+)/gm)].map(([, section]) => section);
  t.strictSame([...new Set(rows)].sort(), [...sections].sort());
});

t.test('every rule of admission has a row', async (t) => {
  const rules = globSync('src/admission/*.ts', { cwd: ROOT }).flatMap((file) => [
    ...read(file).matchAll(/^export const (\w+): Rule = /gm),
  ]);
  const [, table] = /<!-- rules -->(.*)<!-- \/rules -->/s.exec(read('docs/rules.md'))!;
  const rows = [...table!.matchAll(/^\| `/gm)];
  t.ok(rules.length > 10);
  t.equal(rows.length, rules.length, rules.map(([, name]) => name).join(', '));
});
