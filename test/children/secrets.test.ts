import t from 'tap';
import { secretDigest } from '../../src/children/secrets.ts';

const secretOf = (namespace: string, name: string, uid: string, value: string) => ({
  metadata: { namespace, name, uid },
  data: { PASSWORD: btoa(value) },
});

for (const [how, key] of [
  ['with a key', 'key'],
  ['without one', ''],
] as const) {
  t.test(`${how}, digests tell nobody that two Secrets are equal`, async (t) => {
    const known = secretDigest(secretOf('team', 'database', 'uid-1', 'hunter2'), key);
    t.match(known, /^[0-9a-f]{16}$/);
    t.equal(
      secretDigest(secretOf('team', 'database', 'uid-1', 'hunter2'), key),
      known,
      'the same is the same',
    );
    t.not(
      secretDigest(secretOf('team', 'database', 'uid-1', 'other'), key),
      known,
      'and another value another',
    );
    t.not(secretDigest(secretOf('elsewhere', 'database', 'uid-2', 'hunter2'), key), known);
    t.not(secretDigest(secretOf('team', 'guess', 'uid-3', 'hunter2'), key), known);
  });
}

t.test('with a key a Secret that is restored as it was is the same', async (t) => {
  const [before, after] = ['uid-1', 'uid-2'].map((uid) => secretOf('team', 'database', uid, 'hunter2'));
  t.equal(secretDigest(after!, 'key'), secretDigest(before!, 'key'));
});
