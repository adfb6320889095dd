/** The documents of a catalog, as they are mounted: what is read stays good until something better is. */
import { readFile, realpath, stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { type RegistryEntry, readRegistryDocument } from '../../api/registrydocument.ts';

/** More is no document: a ConfigMap has a mebibyte. */
const MOST_BYTES = 16 * 1024 * 1024;

interface File {
  path: string;
  /** What it looked like when it was read last. */
  seen?: string;
  entries?: RegistryEntry[];
  problem?: string;
}

export class Files {
  readonly #files: File[];
  readonly #changed: (entries: RegistryEntry[]) => void;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** @param changed is told all entries, in no order, whenever some have changed and each file has been read. */
  constructor(paths: readonly string[], changed: (entries: RegistryEntry[]) => void, log: Logger) {
    this.#files = paths.map((path) => ({ path }));
    this.#changed = changed;
    this.#log = log;
  }

  /** @returns why there is nothing to serve yet; undefined once there is. */
  get missing(): string | undefined {
    const file = this.#files.find(({ entries }) => entries === undefined);
    return file && `${file.path}: ${file.problem ?? 'not read yet'}`;
  }

  /**
   * Looks for changes now, and from then on again and again. A volume of a ConfigMap changes by a link, `..data`, which leads
   * to another folder: watching a file would miss it.
   */
  async watch(everyMs: number): Promise<void> {
    await this.#look();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.watch(everyMs), everyMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const changed = await Promise.all(this.#files.map((file) => this.#read(file)));
    if (!changed.includes(true) || this.missing !== undefined) return;
    this.#changed(this.#files.flatMap(({ entries = [] }) => entries));
  }

  /** @returns whether there is something new. */
  async #read(file: File): Promise<boolean> {
    try {
      const seen = await looks(file.path);
      if (seen === file.seen) return false;
      const text = await readFile(file.path, 'utf8');
      file.seen = seen;
      if (Buffer.byteLength(text) > MOST_BYTES) throw new Error(`larger than ${MOST_BYTES} bytes`);
      const read = readRegistryDocument(text);
      if ('problem' in read) throw new Error(read.problem);
      file.entries = read.document.servers;
      delete file.problem;
      this.#log.info({ file: file.path, servers: file.entries.length }, 'document read');
      return true;
    } catch (error) {
      const { message } = error as Error;
      if (message !== file.problem) {
        const rest = file.entries ? '; what was read before is served on' : '';
        this.#log.error({ file: file.path }, `document not read: ${message}${rest}`);
      }
      file.problem = message;
      return false;
    }
  }
}

async function looks(path: string): Promise<string> {
  const [target, { ino, mtimeMs, size }] = await Promise.all([realpath(path), stat(path)]);
  if (size > MOST_BYTES) throw new Error(`larger than ${MOST_BYTES} bytes`);
  return `${target} ${ino} ${mtimeMs} ${size}`;
}
