/** Tells how far a build is: on a terminal in a line that keeps up with it, in a log in a new line now and then. */

export interface Screen {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

export interface BuildProgress {
  /** Milliseconds after which it is worth telling again. */
  every: number;
  /** The next part begins; the one before, if any, is done. */
  begin(part: string): void;
  /** All packages that the part is made of. Those of parts before it are compiled. */
  expect(packages: string[]): void;
  /** Takes a line that `go build -v` said. */
  heard(line: string): void;
  /** What Go said of this part besides what it downloaded and compiled: why it failed, where it did. */
  words(): string;
  tell(): void;
  /** No part follows. */
  end(): void;
  /** The part under way will not be done. */
  fail(): void;
}

interface Part {
  name: string;
  begun: number;
  downloaded: number;
  compiled: number;
  expected: number;
  words: string[];
}

/** Back to the start of the line, and nothing more in it. */
const AFRESH = '\r\x1b[K';

/**
 * @param count of parts to come.
 * @param now in milliseconds.
 */
export function buildProgress(count: number, screen: Screen, now = () => performance.now()): BuildProgress {
  const begun = now();
  let nth = 0;
  let part: Part | undefined;
  const known = new Set<string>();
  const since = (start: number) => duration(now() - start);
  const show = (text: string, stays: boolean) => {
    const line = `[${nth} of ${count}, ${since(begun)}] ${part!.name}${text}`;
    if (!screen.isTTY) screen.write(`${line}\n`);
    else screen.write(`${AFRESH}${line.slice(0, (screen.columns || 80) - 1)}${stays ? '\n' : ''}`);
  };
  const finish = () => {
    if (part) show(`: built in ${since(part.begun)}`, true);
    part = undefined;
  };
  return {
    every: screen.isTTY ? 1_000 : 60_000,
    begin(name) {
      finish();
      nth++;
      part = { name, begun: now(), downloaded: 0, compiled: 0, expected: 0, words: [] };
      show('', false);
    },
    expect(packages) {
      if (part) part.expected = packages.filter((name) => !known.has(name)).length;
    },
    heard(line) {
      if (!part) return;
      if (line.startsWith('go: downloading ')) part.downloaded++;
      else if (/^[^\s:#]+$/.test(line)) {
        known.add(line);
        part.compiled++;
      } else part.words.push(line);
    },
    words: () => part?.words.join('\n') ?? '',
    tell() {
      if (!part) return;
      const { compiled, expected, downloaded } = part;
      // Fewer will do where Go compiled some at another time, and has them in its own cache.
      if (compiled > 0) show(`: ${compiled} of ${expected} packages`, false);
      else show(`: ${downloaded} modules downloaded`, false);
    },
    end() {
      finish();
      screen.write(`All built, in ${since(begun)}.\n`);
    },
    fail() {
      if (part) show(`: failed after ${since(part.begun)}`, true);
    },
  };
}

/** As people say it: `12 min 5 s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
