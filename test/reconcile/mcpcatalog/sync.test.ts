/** What a catalog publishes and says while servers come, change and go: each step is applied as Metacontroller would. */
import { test } from 'tap';
import type { RegistryDocument, RegistryEntry } from '../../../src/api/registrydocument.ts';
import type { KubernetesObject } from '../../../src/reconcile/contract.ts';
import { mcpCatalogController } from '../../../src/reconcile/mcpcatalog/controller.ts';
import { loadSettings } from '../../../src/settings.ts';
import { ENVIRONMENT, Life } from './life.ts';

const settings = loadSettings(ENVIRONMENT).render;
const search = { namespace: 'team', name: 'search' };
const notes = { namespace: 'team', name: 'notes' };

test('servers are published, told so once that is seen, and then nothing moves', async (t) => {
  const life = new Life();
  life.sync([search, notes]);
  t.same(Object.keys(life.published()), ['team_notes', 'team_search']);
  t.equal(life.told('search'), undefined, 'the file has yet to be seen');
  t.same(life.settle([search, notes]).broken, []);
  t.equal(life.told('search')?.state, 'Registered');
  t.match(life.told('search')?.message, 'team_search in ConfigMap ai/all-litellm');
  t.equal(life.condition('Ready'), 'True Published');
  t.equal(life.condition('Published'), 'True Published');
  t.equal(life.condition('Conflicts'), 'False None');
  t.same(life.status?.servers, { selected: 2, published: 2, leftOut: 0 });
  t.equal(life.status?.published, '2/2');
});

test('a server that changes is one write of the file and one of the status', async (t) => {
  const life = new Life();
  life.settle([search, notes]);
  const before = { status: life.status, told: life.told('search') };
  const changed = { ...search, spec: { url: 'http://search.team.svc.cluster.local/other' } };
  life.seconds += 10;
  life.sync([changed, notes]);
  t.equal(life.published().team_search?.url, 'http://search.team.svc.cluster.local/other');
  t.not(life.status?.litellm?.hash, before.status?.litellm?.hash);
  const after = life.status;
  life.seconds++;
  life.sync([changed, notes]);
  t.same(life.status, after, 'the status that told it is right once it is seen');
  t.not(life.told('search')?.entry, before.told?.entry);
});

test('a server that is not Ready or not Verified is left out, and told why', async (t) => {
  const life = new Life();
  life.settle([
    search,
    { ...notes, spec: { ready: false } },
    { namespace: 'team', name: 'odd', spec: { verified: 'False' } },
  ]);
  t.same(Object.keys(life.published()), ['team_search']);
  t.equal(life.told('notes')?.state, 'NotReady');
  t.equal(life.told('odd')?.state, 'NotVerified');
  t.same(
    life.status?.leftOut?.map(({ source, reason }) => [source, reason]),
    [
      ['team/notes', 'NotReady'],
      ['team/odd', 'NotVerified'],
    ],
  );
  t.equal(life.status?.published, '1/3');
  t.equal(life.condition('Ready'), 'True Published', 'that is no fault of the catalog');
});

test('what is required can be less, and servers that nobody asks need no verification', async (t) => {
  const life = new Life({ requires: [] });
  life.settle([{ ...search, spec: { ready: false, verified: 'False' } }]);
  t.same(Object.keys(life.published()), ['team_search']);
  const strict = new Life();
  strict.settle([{ ...search, spec: { verified: 'Absent' } }]);
  t.same(Object.keys(strict.published()), ['team_search']);
});

test('a server that is deleted leaves at once', async (t) => {
  const life = new Life();
  life.settle([search, notes]);
  life.seconds += 10;
  life.sync([notes]);
  t.same(Object.keys(life.published()), ['team_notes']);
  t.equal(life.told('search'), undefined);
  t.same(life.status?.servers, { selected: 1, published: 1, leftOut: 0 });
});

test('a catalog that has nothing left keeps what is published and says so, unless it may be empty', async (t) => {
  const life = new Life();
  life.settle([search]);
  const before = life.published();
  t.same(life.settle([]).broken, []);
  t.same(life.published(), before);
  t.equal(life.condition('Ready'), 'False Empty');
  t.match(life.status?.conditions?.find(({ type }) => type === 'Published')?.message, /allowEmpty/);
  life.spec = { ...life.spec, allowEmpty: true };
  life.generation++;
  life.settle([]);
  t.same(life.published(), {});
  t.equal(life.condition('Ready'), 'True Published');
});

test('a catalog that never had anything publishes an empty file, for LiteLLM does not start without one', async (t) => {
  const life = new Life();
  t.same(life.settle([]).broken, []);
  t.same(life.published(), {});
  t.equal(life.condition('Ready'), 'True Published');
});

test('remote servers stand beside those of the cluster', async (t) => {
  const life = new Life({ servers: [{ name: 'deep-wiki', url: 'https://mcp.example.com/mcp' }] });
  life.settle([search]);
  t.same(Object.keys(life.published()), ['deep_wiki', 'team_search']);
  t.same(life.status?.servers, { selected: 2, published: 2, leftOut: 0 });
});

test('of two servers with one name the older has it, and both status and server say so', async (t) => {
  const life = new Life();
  const [first, second] = [
    { namespace: 'a-b', name: 'c', spec: { created: '2026-01-01T09:00:00Z' } },
    { namespace: 'a', name: 'b-c', spec: { created: '2026-01-01T10:00:00Z' } },
  ];
  life.settle([second, first]);
  t.same(Object.keys(life.published()), ['a_b_c']);
  t.equal(life.condition('Conflicts'), 'True NameConflict');
  t.equal(life.told('c')?.state, 'Registered');
  t.equal(life.told('b-c')?.state, 'NameConflict');
  t.match(life.told('b-c')?.message, 'a-b/c has the name');
});

test('a file that no ConfigMap can hold is refused, and the one that is there stays', async (t) => {
  const life = new Life();
  life.settle([search]);
  const many = Array.from({ length: 2000 }, (_, index) => ({ namespace: 'team', name: `server-${index}` }));
  life.settle([search, ...many]);
  t.same(Object.keys(life.published()), ['team_search']);
  t.equal(life.condition('Ready'), 'False TooLarge');
  t.equal(life.told('search')?.state, 'Registered', 'what LiteLLM has stays as it was said');
  t.equal(life.told('server-1')?.state, 'ApplyFailed');
});

test('a ConfigMap that the API server refuses is told after a while', async (t) => {
  const life = new Life();
  life.settle([search]);
  life.refuses.add('ConfigMap');
  life.seconds += 10;
  life.sync([search, notes]);
  life.seconds += 3;
  life.sync([search, notes]);
  t.equal(life.condition('Ready'), 'True Published', 'it may be on its way');
  life.seconds += 10;
  life.sync([search, notes]);
  t.equal(life.condition('Ready'), 'False NotWritten');
  life.seconds++;
  t.same(life.sync([search, notes]).broken, []);
  t.equal(life.condition('Ready'), 'False NotWritten', 'and stays said');
  t.equal(life.told('notes')?.state, 'ApplyFailed');
  t.equal(life.told('search')?.state, 'Registered');
  life.refuses.clear();
  life.settle([search, notes]);
  t.equal(life.condition('Ready'), 'True Published');
});

test('an invalid spec changes nothing that is published', async (t) => {
  const life = new Life();
  life.settle([search, notes]);
  const before = life.children;
  life.spec = { ...life.spec, servers: [{ name: 'No Name', url: 'https://mcp.example.com/mcp' }] };
  life.generation++;
  t.same(life.settle([]).broken, []);
  t.same(life.children, before);
  t.equal(life.condition('SpecValid'), 'False Invalid');
  t.equal(life.condition('Ready'), 'False InvalidSpec');
  t.match(life.status?.conditions?.find(({ type }) => type === 'SpecValid')?.message, 'spec.servers[0].name');
});

test('where many servers change, those that follow the first are written together', async (t) => {
  const life = new Life();
  life.settle([search]);
  life.seconds += 10;
  life.sync([search, notes]);
  const at = life.status;
  life.seconds += 1;
  const { resyncAfterSeconds } = life.sync([search, notes, { namespace: 'team', name: 'third' }]);
  t.same(Object.keys(life.published()), ['team_notes', 'team_search']);
  t.same(life.status, at);
  t.equal(resyncAfterSeconds, 1);
  life.seconds += resyncAfterSeconds!;
  life.sync([search, notes, { namespace: 'team', name: 'third' }]);
  t.same(Object.keys(life.published()), ['team_notes', 'team_search', 'team_third']);
});

test('a policy decides which namespaces a catalog may read', async (t) => {
  const life = new Life({ selector: {}, namespaceSelector: {} });
  const catalogs = [{ namespaces: ['ai'], allowed: ['team-*'] }];
  life.settings = { ...settings, policy: { catalogs } };
  life.settle([
    { namespace: 'ai', name: 'own' },
    { namespace: 'team-a', name: 'search' },
    { namespace: 'payments', name: 'cards' },
  ]);
  t.same(Object.keys(life.published()), ['ai_own', 'team_a_search']);
  t.equal(life.told('cards'), undefined);
  t.notMatch(JSON.stringify(life.status), /payments|cards/);
  t.match(life.status?.conditions?.find(({ type }) => type === 'Published')?.message, /policy.*1 more/);
});

test('without litellm nothing is published, and a file that is asked for no more goes', async (t) => {
  const life = new Life();
  life.settle([search]);
  life.spec = {};
  life.generation++;
  t.same(life.settle([search]).broken, []);
  t.same(life.children, []);
  t.equal(life.condition('Ready'), 'True NothingAsked');
});

test('where the strategy is not known, an object not owned by the catalog is left alone', async (t) => {
  const life = new Life();
  life.settings = loadSettings({ FEATURES: 'catalogs' }).render;
  const request = life.request([search]);
  const stranger = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'ai', name: 'all-litellm', uid: 'other' },
  };
  request.related['ConfigMap.v1'] = { 'ai/all-litellm': stranger };
  const answer = mcpCatalogController.sync(request, { settings: life.settings, now: '2026-01-01T12:00:00Z' });
  t.same(
    (answer.children as KubernetesObject[]).map(({ kind }) => kind),
    ['MCPServerRegistration'],
  );
  t.match(JSON.stringify(answer.status), 'NameTaken');
});

test('what is related: by labels, by namespaces, and nothing of an invalid spec', async (t) => {
  const rules = (spec: object, all = settings) =>
    mcpCatalogController.customize(new Life(spec).request([]).parent, all);
  const entries = { apiVersion: 'mcp.dev/v1alpha1', resource: 'mcpserverentries' };
  const auto = { matchLabels: { 'mcp.dev/auto-register': 'true' } };
  t.same(rules({}), [{ ...entries, namespace: 'ai', labelSelector: auto }]);
  t.same(rules({ selector: {} }), [{ ...entries, namespace: 'ai', labelSelector: {} }]);
  const namespaceSelector = { matchExpressions: [{ key: 'mcp', operator: 'Exists' }] };
  t.same(rules({ namespaceSelector }), [{ ...entries, labelSelector: auto, namespaceSelector }]);
  t.same(rules({ requires: ['Nothing'] }), []);
  t.equal(
    rules({}, loadSettings({}).render).length,
    2,
    'the name of the ConfigMap too, where that may be overwritten',
  );
});

test('files of MCP clients: beside those of LiteLLM or alone, and as careful', (t) => {
  const life = new Life({ clientFiles: ['ClaudeCode'] });
  const file = (one: Life) => {
    const map = one.children.find(({ metadata }) => metadata.name === 'all-clients');
    return (map as { data?: Record<string, string> } | undefined)?.data?.['claude-code.json'];
  };
  t.same(life.settle([search, notes]).broken, []);
  t.same(Object.keys(JSON.parse(file(life)!).mcpServers), ['team_notes', 'team_search']);
  t.match(
    life.status?.conditions?.find(({ type }) => type === 'Published')?.message,
    '2 servers are in ConfigMap ai/all-litellm, 2 servers are in ConfigMap ai/all-clients',
  );
  const before = file(life);
  life.settle([]);
  t.equal(file(life), before, 'nothing is emptied by a slip');
  t.equal(life.condition('Ready'), 'False Empty');

  const alone = new Life({ litellm: undefined, clientFiles: ['VSCode', 'Cursor'] });
  t.same(alone.settle([search]).broken, []);
  t.equal(alone.condition('Ready'), 'True Published');
  t.equal(alone.status?.published, '1/1');
  t.same(
    alone.children.map(({ metadata }) => metadata.name),
    ['all-clients'],
  );
  const { writes } = alone;
  const moved = { ...search, spec: { publicUrl: 'https://mcp.example.com/search' } };
  alone.settle([moved]);
  t.equal(alone.writes, writes + 1, 'a server that changes is one write');
  alone.spec = {};
  alone.generation++;
  alone.settle([moved]);
  t.same(alone.children, [], 'what is asked for no more goes');
  t.end();
});

test('files of MCP clients that no ConfigMap can hold are refused, and those that are there stay', (t) => {
  const life = new Life({ litellm: undefined, clientFiles: ['ClaudeDesktop'] });
  life.settle([search]);
  const before = JSON.stringify(life.children);
  life.settle(Array.from({ length: 2000 }, (_, index) => ({ namespace: 'team', name: `server-${index}` })));
  t.equal(JSON.stringify(life.children), before);
  t.equal(life.condition('Published'), 'False TooLarge');
  t.end();
});

const open = (name: string, more: object = {}) => ({
  namespace: 'team',
  name,
  spec: { publicUrl: `https://mcp.example.com/${name}`, version: '1.4.0', ...more },
});

/** What is published in the registry, in all parts. */
function registryIn({ children }: Life): RegistryEntry[] {
  return children.flatMap((child) => {
    const { data } = child as { data?: Record<string, string> };
    return data?.['registry.json'] ? (JSON.parse(data['registry.json']) as RegistryDocument).servers : [];
  });
}

test('a registry: what changes is a new version, what goes is told for a while, and a slip empties nothing', (t) => {
  const life = new Life({ litellm: undefined, registry: { prefix: 'com.example' } });
  t.same(life.settle([open('search'), open('notes'), { namespace: 'team', name: 'inside' }]).broken, []);
  t.match(
    life.status?.conditions?.find(({ type }) => type === 'Published')?.message,
    '2 servers are in the registry (1 without a public https address is not)',
  );
  t.equal(life.status?.registry?.servers, 2);
  const versions = () =>
    registryIn(life).map(({ server, status }) => `${server.name} ${server.version} ${status}`);
  const [notes, search] = versions();
  t.match(notes, /^com\.example\/team\.notes 1\.4\.0-202601011200\d\d active$/);

  life.seconds += 3600;
  const { writes } = life;
  life.settle([open('search', { description: 'Searches.' }), open('notes')]);
  t.equal(life.writes, writes + 1, 'a server that changes is one write');
  t.equal(versions()[0], notes, 'and the others stay as they are');
  t.match(versions()[1], /^com\.example\/team\.search 1\.4\.0-202601011300\d\d active$/);
  t.not(versions()[1], search);

  life.settle([open('notes')]);
  t.match(versions()[1], /^com\.example\/team\.search .* deleted$/);
  const before = versions();
  life.settle([]);
  t.same(versions(), before);
  t.equal(life.condition('Ready'), 'False Empty');
  t.end();
});

test('a registry that one ConfigMap cannot hold has several, and a server that comes changes one', (t) => {
  const life = new Life({ litellm: undefined, registry: { prefix: 'com.example' } });
  const servers = Array.from({ length: 1000 }, (_, index) => open(`server-${index}`));
  life.settle(servers);
  t.equal(life.condition('Published'), 'True Published');
  t.equal(registryIn(life).length, 1000);
  const texts = () => new Map(life.children.map((one) => [one.metadata.name, JSON.stringify(one)]));
  const before = texts();
  t.ok(before.size > 1, `${before.size} parts`);
  life.settle([...servers, open('one-more')]);
  const changed = [...texts()].filter(([name, text]) => before.get(name) !== text);
  t.equal(changed.length, 1);
  t.end();
});

test('a registry that somebody made unreadable is published anew', (t) => {
  const life = new Life({ litellm: undefined, registry: { prefix: 'com.example' } });
  life.settle([open('search')]);
  const before = registryIn(life);
  const edited = { ...life.children[0]!, data: { 'registry.json': '{' } };
  life.children = [edited];
  life.settle([open('search')]);
  t.same(registryIn(life), before);
  t.end();
});

test('a registry is served by pods, which stay where they cannot be changed', (t) => {
  const life = new Life({ litellm: undefined, registry: { prefix: 'com.example', serve: {} } });
  const names = () => life.children.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  life.settle([open('search')]);
  t.same(names(), ['ConfigMap all-registry-0']);
  t.equal(life.condition('RegistryServed'), 'False NoRuntimeImage');
  t.equal(life.condition('Ready'), 'False NoRuntimeImage');

  life.settings = { ...settings, runtimeImage: 'registry.example.com/runtime:1.0.0' };
  t.same(life.settle([open('search')]).broken, []);
  const all = ['ConfigMap all-registry-0', 'Service all-registry', 'Deployment all-registry'];
  t.same(names(), all);
  t.equal(life.condition('Ready'), 'False NotAvailable');
  t.equal(life.status?.registry?.url, undefined);

  const available = (one: KubernetesObject) =>
    one.kind === 'Deployment' ? { ...one, status: { availableReplicas: 1 } } : one;
  life.children = life.children.map(available);
  life.sync([open('search')]);
  t.equal(life.condition('RegistryServed'), 'True Served');
  t.equal(life.condition('Ready'), 'True Published');
  t.equal(life.status?.registry?.url, 'http://all-registry.ai.svc.cluster.local');

  life.settings = settings;
  life.settle([open('search')]);
  t.same(names().toSorted(), all.toSorted(), 'nothing is taken away for want of an image');
  life.spec = { registry: { prefix: 'com.example' } };
  life.generation++;
  life.settle([open('search')]);
  t.same(names(), ['ConfigMap all-registry-0']);
  t.end();
});
