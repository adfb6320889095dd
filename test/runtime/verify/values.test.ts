/** How many values a text is said to have, however it is cut. */
import t from 'tap';
import { valueCounter } from '../../../src/runtime/verify/values.ts';

const rows: [text: string, values: number][] = [
  ['{}', 2],
  ['[{},{},{}]', 7],
  ['{"a":1,"b":[2,3]}', 5],
  ['{"a":"[{,,{[","b":"\\",{[\\\\"}', 3],
  [JSON.stringify({ 'a,{[': ['é,"{'] }), 3],
];

for (const [text, values] of rows) {
  t.test(text, async (t) => {
    const bytes = Buffer.from(text);
    t.equal(valueCounter()(bytes), values);
    const count = valueCounter();
    t.equal(
      [...bytes].reduce((_, byte) => count(Uint8Array.of(byte)), 0),
      values,
      'byte by byte',
    );
  });
}
