/** Lines and what is logged of them. */
import fc from 'fast-check';
import t from 'tap';
import { splitLines } from '../../../src/runtime/bridge/lines.ts';
import { stderrTo } from '../../../src/runtime/bridge/stderr.ts';
import { wordsOf } from '../../../src/runtime/bridge/words.ts';

t.test('property: lines come out as they went in, however the bytes are cut', async () => {
  const line = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, ''));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(60)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const read: string[] = [];
      const { read: write } = splitLines(1000, {
        line: (one) => read.push(one.toString()),
        tooLong: () => {},
      });
      let from = 0;
      for (const cut of [...cuts, bytes.length]) {
        write(bytes.subarray(from, from + cut));
        from += cut;
      }
      return JSON.stringify(read) === JSON.stringify(lines.map((text) => Buffer.from(text).toString()));
    }),
  );
});

t.test('a line that is too long is told by its ends, and the next is read', async (t) => {
  const read: unknown[] = [];
  const { read: write, end } = splitLines(10, {
    line: (bytes) => read.push(bytes.toString()),
    tooLong: (bytes, head, tail) => read.push([bytes, head.toString(), tail.toString()]),
  });
  for (const part of ['short\r\n0123', '456789', 'ABC\nnext\n', 'rest']) write(Buffer.from(part));
  t.same(read, ['short', [13, '0123456789ABC', '0123456789ABC'], 'next']);
  const long = Buffer.from(`${'a'.repeat(1000)}${'b'.repeat(1000)}\n`);
  for (let at = 0; at < long.length; at += 7) write(long.subarray(at, at + 7));
  const [bytes, head, tail] = read.at(-1) as [number, string, string];
  t.equal(bytes, 2004, 'with what was left of the line before');
  t.match(head, /^resta+$/);
  t.equal(tail, 'b'.repeat(256));
  write(Buffer.from('the last'));
  end();
  end();
  t.same(read.slice(4), ['the last'], 'without an end of its own, once');
});

t.test('words are printable and bounded', async (t) => {
  t.equal(wordsOf('\u001b[31mred\u001b[0m\tand\u202e turned\u0000', 100), 'red and turned');
  t.equal(wordsOf('x'.repeat(20), 10), `${'x'.repeat(9)}…`);
});

t.test('stderr goes to the log line by line, as fast as a log can take it', async (t) => {
  const lines: string[] = [];
  const left: number[] = [];
  let now = 5_000;
  const stderr = stderrTo({ line: (text) => lines.push(text), left: (count) => left.push(count) }, () => now);
  stderr.read(Buffer.from(Array.from({ length: 150 }, (_, index) => `line ${index}\n`).join('')));
  t.equal(lines.length, 100);
  now += 1_000;
  stderr.read(Buffer.from(`next second\n\n${'y'.repeat(50_000)}\n`));
  t.same(left, [50]);
  t.equal(lines[100], 'next second');
  t.equal(lines[101]!.length, 2_000);
  t.same(
    stderr.last().map((line) => line.slice(0, 11)),
    [...Array.from({ length: 18 }, (_, index) => `line ${132 + index}`), 'next second', 'y'.repeat(11)],
  );
  t.ok(stderr.last().every((line) => line.length <= 200));
});
