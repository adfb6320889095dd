import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { goldenCases } from './golden.ts';
import { controllerOf, violations } from './invariants.ts';

const update = process.env.UPDATE_GOLDEN === '1';

for (const { name, folder, request, settings, now } of goldenCases()) {
  t.test(name.replaceAll('-', ' '), async (t) => {
    const answer = controllerOf(request.parent).sync(request, { settings, now });
    const text = stringify(answer, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
    const file = path.join(folder, 'expected.yaml');
    if (update) writeFileSync(file, text);
    t.equal(text, readFileSync(file, 'utf8'), 'the answer; UPDATE_GOLDEN=1 npm test writes it anew');
    t.strictSame(violations(request, { settings, now }), [], 'what holds for every answer');
  });
}
