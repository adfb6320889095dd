import fc from 'fast-check';
import { test } from 'tap';
import {
  LITELLM_NAME,
  liteLLMName,
  namesOf,
  serverId,
  sourceOf,
} from '../../../src/children/catalog/names.ts';
import { entry } from './entries.ts';

test('a name in LiteLLM is namespace and name, with _ for what it refuses', async (t) => {
  t.equal(liteLLMName({ namespace: 'team', name: 'search' }), 'team_search');
  t.equal(liteLLMName({ namespace: 'team-a', name: 'web--search-2' }), 'team_a_web_search_2');
  t.equal(liteLLMName({ name: 'deep-wiki' }), 'deep_wiki');
});

test('of two that want one name the older has it, wherever it stands in the list', async (t) => {
  const older = entry('a-b/c', { created: '2026-01-01T10:00:00Z' });
  const younger = entry('a/b-c', { created: '2026-01-02T10:00:00Z' });
  for (const entries of [
    [older, younger],
    [younger, older],
  ]) {
    const { named, conflicts } = namesOf(entries);
    t.same(named, [{ entry: older, name: 'a_b_c' }]);
    t.same(conflicts, [{ entry: younger, name: 'a_b_c', holder: older }]);
  }
});

test('of two of one moment it is the one whose namespace and name come first, and a remote server yields to both', async (t) => {
  const [first, second, remote] = [entry('a/b-c'), entry('a-b/c'), entry('a-b-c')];
  const { named, conflicts } = namesOf([remote, second, first]);
  t.same(
    named.map(({ entry }) => sourceOf(entry)),
    ['a/b-c'],
  );
  t.same(
    conflicts.map((one) => [sourceOf(one.entry), sourceOf(one.holder)]),
    [
      ['a-b/c', 'a/b-c'],
      ['servers/a-b-c', 'a/b-c'],
    ],
  );
});

const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/);
const entries = fc.uniqueArray(
  fc.record({
    namespace: fc.option(label, { nil: undefined }),
    name: label,
    hour: fc.integer({ min: 10, max: 12 }),
  }),
  { selector: ({ namespace, name }) => `${namespace}/${name}`, maxLength: 40 },
);

test('whatever there is: every name is one that LiteLLM takes, no two are alike without case, no id is a name', async () => {
  fc.assert(
    fc.property(entries, fc.integer(), (list, seed) => {
      const all = list.map(({ namespace, name, hour }) =>
        entry(
          namespace === undefined ? name : `${namespace}/${name}`,
          namespace === undefined ? {} : { created: `2026-01-01T${hour}:00:00Z` },
        ),
      );
      const { named, conflicts } = namesOf(all);
      const names = named.map(({ name }) => name.toLowerCase());
      const ids = all.map((one) => serverId('ai', one));
      const shuffled = [...all].sort(
        (a, b) => ((a.name.length * 31 + seed) % 7) - ((b.name.length * 31 + seed) % 7),
      );
      return (
        named.length + conflicts.length === all.length &&
        new Set(names).size === names.length &&
        names.every((name) => LITELLM_NAME.test(name)) &&
        new Set(ids).size === ids.length &&
        ids.every((id) => !names.includes(id) && !id.includes('/')) &&
        JSON.stringify(namesOf(shuffled)) ===
          JSON.stringify({ named, conflicts: namesOf(shuffled).conflicts })
      );
    }),
  );
});
