import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'tap';
import { drifted, outputs } from '../../crds/generate.ts';

test('every generated file is what the code says', async (t) => {
  t.same(drifted(), [], 'npm run generate writes them');
});

test('a file that was edited or is not there is named', async (t) => {
  const root = mkdtempSync(path.join(tmpdir(), 'generated-'));
  for (const { file, content } of outputs.slice(1)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
  }
  t.same(drifted(root), [outputs[0]?.file]);
  const last = outputs.at(-1)!;
  writeFileSync(path.join(root, last.file), `${last.content}# by hand\n`);
  t.same(drifted(root), [outputs[0]?.file, last.file]);
});
