/** Members of an object, found in its bytes. */
import fc from 'fast-check';
import t from 'tap';
import { MembersError, memberAt, membersOf, spliced } from '../../../src/runtime/bridge/members.ts';

const text = (bytes: Buffer, span: { start: number; end: number } | undefined) =>
  span && bytes.toString('utf8', span.start, span.end);

t.test('values as they are written', async (t) => {
  const rows: [string, string[], (string | undefined)[]][] = [
    ['{}', ['id'], [undefined]],
    [' {\t"id" : 1 }', ['id'], ['1']],
    ['{"id":12345678901234567890,"a":1.0}', ['a', 'id'], ['1.0', '12345678901234567890']],
    ['{"a":{"id":1},"b":["id",{"id":2}],"id":"}"}', ['id', 'a'], ['"}"', '{"id":1}']],
    ['{"a":"\\\\","id":"\\""}', ['id'], ['"\\""']],
    [String.raw`{"\u0069d":7}`, ['id'], ['7']],
    [`{"a":"${'x'.repeat(200)}\\\\\\"${'é'.repeat(99)}","id":null}`, ['id'], ['null']],
    ['{"id":[],"id2":{}}', ['id', 'id2'], ['[]', '{}']],
  ];
  for (const [json, names, values] of rows) {
    const bytes = Buffer.from(json);
    t.same(
      membersOf(bytes, 0, names).map((span) => text(bytes, span)),
      values,
      json,
    );
  }
});

t.test('what is no object, and names that come twice', async (t) => {
  const rows = [
    '',
    '1',
    '[]',
    '{',
    '{"a"',
    '{"a":',
    '{"a":}',
    '{"a":1',
    '{"a":1,}',
    '{"a":"x',
    `{"a":"${'x'.repeat(99)}`,
    '{"a":{"b":1}',
    '{a:1}',
    '{"id":1,"id":2}',
    String.raw`{"id":1,"\u0069d":2}`,
    String.raw`{"\q":1}`,
  ];
  for (const json of rows) {
    let thrown: unknown;
    try {
      membersOf(Buffer.from(json), 0, ['id']);
    } catch (error) {
      thrown = error;
    }
    t.ok(thrown instanceof MembersError, json);
  }
});

t.test('a path leads into objects alone', async (t) => {
  const bytes = Buffer.from('{"a": {"b":{"c":"deep"}, "d":[1]}}');
  t.equal(text(bytes, memberAt(bytes, ['a', 'b', 'c'])), '"deep"');
  t.equal(memberAt(bytes, ['a', 'd', 'c']), undefined);
  t.equal(memberAt(bytes, ['x', 'b']), undefined);
});

t.test('property: a member is exchanged and all else stays, whatever stands around it', async () => {
  const names = fc.constantFrom('id', 'method', 'a"b', '\\', 'é', 'params');
  fc.assert(
    fc.property(
      fc.dictionary(names, fc.jsonValue()),
      fc.constantFrom(0, 2),
      fc.nat(),
      (object, space, id) => {
        const given: Record<string, unknown> = { ...object, id: object.id ?? null };
        const bytes = Buffer.from(JSON.stringify(given, null, space));
        const [span] = membersOf(bytes, 0, ['id']);
        const changed = JSON.parse(spliced(bytes, [{ span: span!, text: String(id) }]).toString());
        const expected = JSON.parse(JSON.stringify({ ...given, id }));
        return JSON.stringify(changed) === JSON.stringify(expected);
      },
    ),
  );
});
