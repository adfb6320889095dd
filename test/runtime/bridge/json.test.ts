/** What is JSON and what is not, without values: held to `JSON.parse`. */
import fc from 'fast-check';
import t from 'tap';
import { checkJson, JsonError } from '../../../src/runtime/bridge/json.ts';

function accepts(text: string): boolean {
  try {
    checkJson(Buffer.from(text));
    return true;
  } catch (error) {
    if (error instanceof JsonError) return false;
    throw error;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

t.test('property: what JSON.parse reads, and nothing else', async () => {
  const json = fc.oneof(
    fc.json({ stringUnit: 'binary' }),
    fc.jsonValue().map((value) => JSON.stringify(value, null, 1)),
  );
  const tokens = fc
    .array(
      fc.constantFrom(
        ...'{}[],:"\\ \n\t0123.-+eEu"',
        '"a"',
        '"\\u00e9"',
        'true',
        'false',
        'null',
        '1',
        '"":',
      ),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join(''));
  const damaged = fc
    .tuple(json, fc.nat(), fc.constantFrom('', ...'{}[],:"\\ 0-.ex\u0001é'))
    .map(
      ([text, at, by]) =>
        text.slice(0, at % (text.length + 1)) + by + text.slice((at % (text.length + 1)) + 1),
    );
  fc.assert(
    fc.property(fc.oneof(json, tokens, damaged), (text) => accepts(text) === parses(text)),
    { numRuns: 5_000 },
  );
});

t.test('numbers, escapes and depth at their edges', async (t) => {
  const numbers = ['0', '-0', '01', '-', '1.', '.1', '1.5e+9', '1e', '1E-', '+1', '0x1', '-1.0E5', 'NaN'];
  const strings = ['""', '"', '"\\', '"\\"', '"\\u12', '"\\u12x4"', '"\\uD800"', '"\\a"', '"\t"', '"\\/"'];
  const others = [
    '',
    ' ',
    'tru',
    'truE',
    'nul',
    '{}',
    '{,}',
    '[1,]',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '[}',
    '1 2',
    '\ufeff1',
  ];
  for (const text of [...numbers, ...strings, ...others]) t.equal(accepts(text), parses(text), text);
  t.ok(accepts(`${'['.repeat(256)}${']'.repeat(256)}`));
  t.throws(() => checkJson(Buffer.from(`${'['.repeat(257)}${']'.repeat(257)}`)), /deeper than 256 levels/);
});
