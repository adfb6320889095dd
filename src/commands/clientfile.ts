/** A server in the file that an MCP client reads in a project's folder. What others put there stays as it is. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { claudeCodeFile } from '../children/catalog/claudecode.ts';
import { claudeDesktopFile } from '../children/catalog/claudedesktop.ts';
import type { ClientServer } from '../children/catalog/clientservers.ts';
import { cursorFile } from '../children/catalog/cursor.ts';
import { vscodeFile } from '../children/catalog/vscode.ts';
import { appendTo, find, JsonError, setIn } from './jsonc.ts';

/** The file cannot take the server: the message names it, and says what to do. */
export class ClientFileError extends Error {
  override name = 'ClientFileError';
}

export interface McpClient {
  /** The whole file, of these servers alone. */
  file(servers: readonly ClientServer[]): object;
  /** Where it is in a project's folder; undefined where the client reads none there. */
  path?: string;
  /** The key above its servers. */
  root: string;
}

export const CLIENTS: Record<string, McpClient> = {
  claude: { file: claudeCodeFile, path: '.mcp.json', root: 'mcpServers' },
  vscode: { file: vscodeFile, path: '.vscode/mcp.json', root: 'servers' },
  cursor: { file: cursorFile, path: '.cursor/mcp.json', root: 'mcpServers' },
  'claude-desktop': { file: claudeDesktopFile, root: 'mcpServers' },
};

export function printed(client: McpClient, server: ClientServer): string {
  return `${JSON.stringify(client.file([server]), undefined, 2)}\n`;
}

/**
 * @param text of the file; undefined where there is none.
 * @returns it with the server; itself where nothing is to change. An entry of the server's keeps what else is in it.
 * @throws ClientFileError where the file is no JSON, or has another server of that key.
 */
export function merged(client: McpClient, server: ClientServer, text: string | undefined): string {
  if (text === undefined || text.trim() === '') return printed(client, server);
  try {
    const { [client.root]: servers, inputs = [] } = client.file([server]) as {
      [root: string]: Record<string, object>;
    } & { inputs?: { id: string }[] };
    const keys = [client.root, server.key];
    refuseAnother(find(text, keys)?.value, server);
    const withServer = put(text, keys, servers![server.key]!);
    return inputs.reduce((all, input) => {
      const known = (find(all, ['inputs'])?.value ?? []) as { id?: unknown }[];
      return Array.isArray(known) && known.some(({ id }) => id === input.id)
        ? all
        : appendTo(all, ['inputs'], input);
    }, withServer);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new ClientFileError(
      `${error.message}: correct it, or leave --write out and put the entry in by hand`,
    );
  }
}

/** Sets what differs, field by field. A header that is there already is its owner's. */
function put(text: string, keys: string[], wanted: object): string {
  return Object.entries(wanted).reduce((all, [field, value]) => {
    const place = [...keys, field];
    const there = find(all, place);
    if (there?.members && field === 'headers') return putMissing(all, place, value);
    return there && isDeepStrictEqual(there.value, value) ? all : setIn(all, place, value);
  }, text);
}

function putMissing(text: string, keys: string[], headers: Record<string, string>): string {
  const names = Object.keys((find(text, keys)!.value ?? {}) as object).map((name) => name.toLowerCase());
  return Object.entries(headers)
    .filter(([name]) => !names.includes(name.toLowerCase()))
    .reduce((all, [name, value]) => setIn(all, [...keys, name], value), text);
}

/** An address on loopback was a port-forward's, and is nobody's any more. */
function refuseAnother(there: unknown, { key, url }: ClientServer): void {
  if (there === undefined) return;
  const before = (there as { url?: unknown } | null)?.url;
  if (before === url || (typeof before === 'string' && URL.parse(before)?.hostname === '127.0.0.1')) return;
  const what = typeof before === 'string' ? `at ${before}` : 'of another kind';
  throw new ClientFileError(
    `it has a server ${key} already, ${what}: remove that one, or name this one otherwise with --as NAME`,
  );
}

/**
 * Writes the server into the client's file, all at once or not at all.
 * @returns the file, and whether it had to be changed.
 * @throws ClientFileError
 */
export async function writeInto(folder: string, client: McpClient, server: ClientServer) {
  const name = path.join(folder, client.path!);
  try {
    // A link stays one: what it leads to is replaced.
    const file = await realpath(name).catch(() => name);
    const text = await textOf(file);
    const wanted = merged(client, server, text);
    const changed = wanted !== text;
    if (changed) await replace(file, text, wanted);
    return { name: client.path!, changed };
  } catch (error) {
    throw new ClientFileError(`${client.path}: ${(error as Error).message}`);
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    // Refused where it is not UTF-8, for what cannot be read would be lost.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function replace(file: string, before: string | undefined, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const fresh = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const mode = before === undefined ? 0o666 : (await stat(file)).mode & 0o777;
  try {
    const handle = await open(fresh, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode);
    try {
      if (before !== undefined) await handle.chmod(mode);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if ((await textOf(file)) !== before) throw new Error('somebody else has just changed it: try again');
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}
