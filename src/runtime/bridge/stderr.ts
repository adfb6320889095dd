/** What a child says on stderr: into the log line by line, as much of it as a log can take, and the last lines kept. */
import { splitLines } from './lines.ts';
import { wordsOf } from './words.ts';

const MOST_CHARACTERS = 2_000;
/** A line in UTF-8 may have four bytes a character. */
const MOST_BYTES = 4 * MOST_CHARACTERS;
/** A child that writes faster than this is not read by anybody. */
const MOST_LINES_A_SECOND = 100;
/** Python explains some errors at length, below the line that names them. */
const LAST_LINES = 20;
const LAST_CHARACTERS = 200;

export interface StderrLog {
  line(text: string): void;
  /** So many lines came too fast for the log. */
  left(lines: number): void;
}

export interface Stderr {
  read(chunk: Buffer): void;
  /** Nothing more comes. */
  end(): void;
  /** The last lines, short, for those whose requests the child's end leaves without an answer. */
  last(): string[];
}

/** @param now in milliseconds. */
export function stderrTo(log: StderrLog, now: () => number = Date.now): Stderr {
  const kept: string[] = [];
  let second = 0;
  let logged = 0;
  let left = 0;

  const line = (bytes: Buffer) => {
    const text = wordsOf(bytes.toString('utf8'), MOST_CHARACTERS);
    if (text === '') return;
    kept.push(wordsOf(text, LAST_CHARACTERS));
    if (kept.length > LAST_LINES) kept.shift();
    const current = Math.floor(now() / 1000);
    if (current !== second) {
      if (left > 0) log.left(left);
      second = current;
      logged = 0;
      left = 0;
    }
    if (logged++ < MOST_LINES_A_SECOND) log.line(text);
    else left++;
  };
  const { read, end } = splitLines(MOST_BYTES, { line, tooLong: (_bytes, head) => line(head) }, MOST_BYTES);
  return { read, end, last: () => [...kept] };
}
