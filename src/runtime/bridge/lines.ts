/** Bytes into lines, none of which may be longer than a bound. */

const NEWLINE = 0x0a;
const KEPT = 256;

export interface LineReader {
  /** Takes bytes as they come. What comes after the last end of a line is kept for the next call. */
  read(chunk: Buffer): void;
  /** Nothing more comes: what is kept is a line as well. */
  end(): void;
}

export interface Lines {
  /** A line without its end. */
  line(bytes: Buffer): void;
  /** A line that was longer than the bound: how long, and its first and last bytes. */
  tooLong(bytes: number, head: Buffer, tail: Buffer): void;
}

/**
 * @param most bytes of a line.
 * @param kept bytes of both ends of a line that is longer, to see what it was.
 */
export function splitLines(most: number, to: Lines, kept = KEPT): LineReader {
  let parts: Buffer[] = [];
  let length = 0;
  let head: Buffer | undefined;
  let tail = Buffer.alloc(0);

  const keep = (part: Buffer) => {
    length += part.length;
    if (!head && length > most) {
      const all = Buffer.concat([...parts, part]);
      head = Buffer.from(all.subarray(0, kept));
      tail = Buffer.from(all.subarray(-kept));
      parts = [];
    } else if (head) {
      tail = Buffer.concat([tail, part.subarray(-kept)]).subarray(-kept);
    } else {
      parts.push(part);
    }
  };
  const flush = () => {
    if (head) to.tooLong(length, head, tail);
    else to.line(withoutReturn(parts.length === 1 ? parts[0]! : Buffer.concat(parts)));
    parts = [];
    length = 0;
    head = undefined;
  };
  const read = (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, end));
      flush();
      from = end + 1;
    }
    if (from < chunk.length) keep(chunk.subarray(from));
  };
  const end = () => {
    if (length > 0) flush();
  };
  return { read, end };
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}
