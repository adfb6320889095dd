/** Edits of JSON with comments: the value is there, and every other byte is as it was. */
import fc from 'fast-check';
import t from 'tap';
import { appendTo, find, JsonError, parseJsonc, setIn } from '../../src/commands/jsonc.ts';

t.test('what JSON.parse takes is read alike', async (t) => {
  const indent = fc.constantFrom(undefined, 2, '\t');
  fc.assert(
    fc.property(fc.jsonValue(), indent, (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      t.same(JSON.parse(JSON.stringify(parseJsonc(text).value)), JSON.parse(text));
    }),
  );
});

t.test('comments, trailing commas and a byte order mark are no matter', async (t) => {
  const text = '\uFEFF// of the team\r\n{ /* a */ "a": [1, 2,], // more\r\n "b": {"c": "//",},\r\n}\r\n';
  t.strictSame(parseJsonc(text).value, { a: [1, 2], b: { c: '//' } });
});

t.test('what is no JSON is refused, with the line', async (t) => {
  const cases: [string, RegExp][] = [
    ['', /line 1: a value is expected/],
    ['{"a": 1,\n b: 2}', /line 2: a key in double quotes/],
    ['{"a" 1}', /a colon/],
    ['{"a": 1 "b": 2}', /a comma or }/],
    ['[1, 2', /a comma or ]/],
    ['{}\n{}', /line 2: nothing is expected/],
    ['{,}', /a key/],
    ['{"a": "\\x"}', /an escape that JSON has not/],
    ['{"a": 01}', /a comma or }/],
    ['{"a": /* }', /a value/],
    ['['.repeat(200), /too deeply/],
  ];
  for (const [text, message] of cases) t.throws(() => parseJsonc(text), { name: 'JsonError', message }, text);
});

t.test('a value is put in where its neighbours are', async (t) => {
  const cases: [string, string, string][] = [
    ['an empty object', '{}', '{\n  "servers": {\n    "a": 1\n  }\n}'],
    ['an object on one line', '{"x":{}}', '{"x":{},\n  "servers": {\n    "a": 1\n  }\n}'],
    [
      'behind the last, below its comment',
      '{\n  "servers": {\n    "z": 0 // mine\n  },\n}\n',
      '{\n  "servers": {\n    "z": 0, // mine\n    "a": 1\n  },\n}\n',
    ],
    [
      'behind a trailing comma',
      '{\n\t"servers": {\n\t\t"z": 0,\n\t},\n}\n',
      '{\n\t"servers": {\n\t\t"z": 0,\n\t\t"a": 1\n\t},\n}\n',
    ],
    [
      'with the ends of lines that are there',
      '{\r\n    "servers": {\r\n    }\r\n}',
      '{\r\n    "servers": {\r\n        "a": 1\r\n    }\r\n}',
    ],
    [
      'in place of the old',
      '{"servers": {"a": [0] /* old */, "b": 2}}',
      '{"servers": {"a": 1 /* old */, "b": 2}}',
    ],
    ['among comments alone', '{ // none\n}', '{ // none\n  "servers": {\n    "a": 1\n  }\n}'],
  ];
  for (const [name, before, after] of cases) t.equal(setIn(before, ['servers', 'a'], 1), after, name);
});

t.test('an item is appended to a list, which is made where there is none', async (t) => {
  t.equal(appendTo('{"inputs": [1]}', ['inputs'], 2), '{"inputs": [1,\n  2\n]}');
  t.equal(
    appendTo('{\n  "inputs": [\n    1, // one\n  ]\n}', ['inputs'], 2),
    '{\n  "inputs": [\n    1, // one\n    2\n  ]\n}',
  );
  t.strictSame(JSON.parse(appendTo('{}', ['inputs'], 2)), { inputs: [2] });
});

t.test('what is on the way and no object is refused', async (t) => {
  t.throws(() => setIn('[]', ['servers', 'a'], 1), new JsonError('it is not an object'));
  t.throws(() => setIn('{"servers": []}', ['servers', 'a'], 1), new JsonError('servers is not an object'));
  t.throws(() => appendTo('{"inputs": {}}', ['inputs'], 1), new JsonError('inputs is not a list'));
});

t.test('whatever is there stays', async (t) => {
  const indent = fc.constantFrom(undefined, 2, 4, '\t');
  const object = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(object, fc.string(), object, indent, (before, key, value, space) => {
      const text = JSON.stringify(before, undefined, space);
      const after = setIn(text, ['servers of ours', key], value);
      t.same(
        JSON.parse(after),
        JSON.parse(JSON.stringify({ ...before, 'servers of ours': { [key]: value } })),
      );
      t.equal(setIn(after, ['servers of ours', key], value).length, after.length, 'twice is once');
      const rest = find(after, ['servers of ours', key])!;
      t.ok(rest.end <= after.length);
    }),
  );
});
