/** Headers that a call carries, from flags, variables and files. Their values are told nowhere. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from '../usage.ts';

export interface HeaderSources {
  /** Each `NAME: VALUE`. */
  written: string[];
  /** Each `NAME=VARIABLE`. */
  fromEnv: string[];
  /** Folders in which each file is called as its header, as a mounted Secret has them. */
  folders: string[];
}

/** What belongs to one connection or message, and is no client's to say. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** @throws UsageError that names the header, never its value. */
export function headersOf({ written, fromEnv, folders }: HeaderSources, env: NodeJS.ProcessEnv): Headers {
  const headers = new Headers();
  const set = (name: string, value: string, source: string) => {
    if (OF_THE_CONNECTION.has(name.trim().toLowerCase()))
      throw new UsageError(`${source}: leave it out, for each call has one of its own`);
    try {
      headers.set(name.trim(), value.trim());
    } catch {
      throw new UsageError(
        `${source}: it must be the name of a header, with a value on one line and of latin letters`,
      );
    }
  };
  for (const text of written) {
    const [, name, value] = /^([^:]+):(.*)$/s.exec(text) ?? [];
    if (name === undefined) throw new UsageError("--header: must be 'NAME: VALUE'");
    set(name, value!, `--header ${name}`);
  }
  for (const text of fromEnv) {
    const [, name, variable] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    const value = variable === undefined ? undefined : env[variable];
    if (value === undefined)
      throw new UsageError(`--header-env ${text}: must be NAME=VARIABLE of a variable that is set`);
    set(name!, value, `--header-env ${text}`);
  }
  for (const folder of folders)
    for (const name of filesOf(folder)) {
      const file = path.join(folder, name);
      set(name, readFileSync(file, 'utf8'), `--headers-from ${file}`);
    }
  return headers;
}

/** A mounted Secret has its bookkeeping beside the files, under names with two dots. */
function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('..'));
  } catch (error) {
    throw new UsageError(`--headers-from ${folder}: ${(error as Error).message}`);
  }
}
