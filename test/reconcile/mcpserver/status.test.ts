import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import type { Condition } from '../../../src/api/condition.ts';
import type { MCPServerStatus } from '../../../src/api/mcpserver.ts';
import { mcpServerController } from '../../../src/reconcile/mcpserver/controller.ts';
import { loadSettings } from '../../../src/settings.ts';
import { NOW, requestOf } from '../golden.ts';
import { violations } from '../invariants.ts';
import { rows, toMarkdown } from './status.table.ts';

const settings = loadSettings({}).render;
const ALWAYS = ['Ready', 'Progressing', 'SpecValid', 'DeploymentReady', 'ServiceReady', 'NameConflict'];
const DOCUMENT = path.join(import.meta.dirname, '../../../docs/status.md');

for (const row of rows) {
  t.test(row.when, async (t) => {
    const settings = loadSettings(row.environment ?? {}).render;
    const request = requestOf(row.request, settings);
    const status = mcpServerController.sync(request, { settings, now: NOW }).status as MCPServerStatus;
    const of = (type: string) => status.conditions!.find((condition) => condition.type === type);
    const verdict = (condition: Condition | undefined) =>
      condition && `${condition.status} ${condition.reason}`;
    t.equal(status.phase, row.phase);
    t.equal(verdict(of('Ready')), `${row.ready} ${row.because}`);
    t.equal(verdict(of('Progressing')), `${row.progressing} ${row.reason}`);
    t.equal(of('SpecValid')?.status, row.specValid ?? 'True');
    t.equal(of('DeploymentReady')?.status, row.deploymentReady);
    t.equal(of('ServiceReady')?.status, row.serviceReady);
    t.equal(of('NameConflict')?.status, row.nameConflict);
    // Without a runtime image, as by default, every server has the one and the same Verified.
    const others = status.conditions!.filter(
      (condition) => !ALWAYS.includes(condition.type) && verdict(condition) !== 'Unknown NoRuntimeImage',
    );
    t.strictSame(
      Object.fromEntries(others.map((condition) => [condition.type, verdict(condition)])),
      row.others ?? {},
    );

    const generation = request.parent.metadata.generation;
    t.equal(status.observedGeneration, generation);
    t.ok(
      status.conditions!.every(({ observedGeneration }) => observedGeneration === generation),
      'every condition speaks of this generation',
    );
    t.equal(
      status.endpoints?.service !== undefined,
      row.ready === 'True',
      'an address appears only while it answers',
    );
    t.equal(
      status.message === undefined,
      ['Ready', 'Stopped'].includes(row.phase) && !row.says,
      'who is not well says why',
    );
    t.strictSame(violations(request, { settings, now: NOW }), []);
  });
}

t.test('a message that is cut is cut between characters, at any length', async (t) => {
  for (const pad of ['', 'x']) {
    const message = `${pad}${'\u{1F600}'.repeat(20_000)}`;
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
    for (const pods of [{ ready: 0 }, { ready: 1 }]) {
      const request = requestOf(
        { parent: { spec: { image: 'acme/search:1' } }, observed: { pods, conditions } },
        settings,
      );
      t.strictSame(violations(request, { settings, now: NOW }), []);
    }
  }
});

t.test('the document holds this table', async (t) => {
  const text = readFileSync(DOCUMENT, 'utf8');
  const table = /<!-- table -->\n\n([\s\S]*?)\n\n<!-- \/table -->/;
  const made = text.replace(table, () => `<!-- table -->\n\n${toMarkdown()}\n\n<!-- /table -->`);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(DOCUMENT, made);
  t.equal(made, text, 'UPDATE_GOLDEN=1 npm test writes it anew');
  t.match(text, table);
});
