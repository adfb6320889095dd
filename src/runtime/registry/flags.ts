/** The flags of `smooth-runtime registry`. */
import { parseArgs } from 'node:util';
import { UsageError } from '../usage.ts';

export const USAGE = `smooth-runtime registry --file PATH --port PORT [FLAGS]

Serves what a catalog publishes as an MCP registry, to be read: GET /v0.1/servers and below, and the same at /v0.

  --file PATH          a document of a catalog; may be repeated, and is read anew when it changes
  --port PORT          where to listen; 0 is any that is free
  --host ADDRESS       127.0.0.1 unless told otherwise; 0.0.0.0 or :: in a container

Beside it are /healthz, and /readyz, which answers 503 until each file has been read.
Exit status: 0 it was told to stop; 1 it cannot listen there; 2 wrong use.
`;

export interface RegistryFlags {
  files: string[];
  host: string;
  port: number;
}

const MOST_FILES = 64;

/** @throws UsageError */
export function flagsOf(args: readonly string[]): RegistryFlags {
  const { file: files = [], host = '127.0.0.1', port } = parsed(args);
  if (files.length === 0) throw new UsageError('--file is missing');
  if (files.length > MOST_FILES) throw new UsageError(`--file: at most ${MOST_FILES}`);
  if (port === undefined) throw new UsageError('--port is missing');
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError(`--port ${port}: must be a whole number from 0 to 65535`);
  }
  return { files, host, port: Number(port) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        file: { type: 'string', multiple: true },
        host: { type: 'string' },
        port: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
