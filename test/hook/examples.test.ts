/** What `examples/` holds is what works. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { formatProblem } from '../../src/api/validate.ts';
import type { KubernetesObject } from '../../src/reconcile/contract.ts';
import { mcpServerController } from '../../src/reconcile/mcpserver/sync.ts';
import { hook, post } from './fixture.ts';

const FOLDER = path.join(import.meta.dirname, '../../examples');
const manifests = globSync('**/*.yaml', { cwd: FOLDER }).flatMap((file) =>
  parseAllDocuments(readFileSync(path.join(FOLDER, file), 'utf8')).map((document) => ({
    file,
    object: document.toJS() as KubernetesObject,
  })),
);
const servers = manifests.filter(({ object }) => object.kind === 'MCPServer');

t.test('every MCPServer is valid, has no unknown field, and renders', async (t) => {
  t.ok(servers.length >= 2);
  for (const { file, object } of servers) {
    const metadata = { namespace: 'default', uid: 'uid', generation: 1, ...object.metadata };
    const { parent, problems, unknown } = mcpServerController.check({ ...object, metadata });
    t.strictSame([...problems, ...unknown].map(formatProblem), [], file);
    const { app } = await hook();
    const response = await app.inject(post('/sync', { parent }));
    t.equal(response.statusCode, 200, file);
    t.equal(response.json().children.length, 3, file);
  }
});

t.test('the sample request is answered with three children', async (t) => {
  const { app } = await hook();
  const sample = readFileSync(path.join(FOLDER, 'sync-request.json'), 'utf8');
  const response = await app.inject(post('/sync', sample));
  t.equal(response.statusCode, 200);
  const { status, children } = response.json();
  t.equal(status.phase, 'Creating');
  t.equal(children.length, 3);
});

t.test('the sample request is the minimal example', async (t) => {
  const { parent } = JSON.parse(readFileSync(path.join(FOLDER, 'sync-request.json'), 'utf8'));
  const minimal = servers.find(({ file }) => file === 'minimal.yaml')!.object;
  t.strictSame(parent.spec, minimal.spec);
  t.equal(parent.metadata.name, minimal.metadata.name);
});
