/**
 * `claude_desktop_config.json` of Claude Desktop, which starts commands alone: mcp-remote is the bridge to a server elsewhere.
 * The file is each user's own, and knows no variables: what mcp-remote reads from its environment is filled in there.
 */
import type { Entry } from '../../api/entry.ts';
import { byKey, type ClientServer, clientServers } from './clientservers.ts';

/** Exact, for what is fetched runs on the laptop of whoever uses the file. */
const BRIDGE = 'mcp-remote@0.15.1';

/** @returns the file for a whole catalog. */
export function claudeDesktop(entries: readonly Entry[]) {
  return claudeDesktopFile(clientServers(entries));
}

export function claudeDesktopFile(servers: readonly ClientServer[]) {
  return { mcpServers: byKey(servers, claudeDesktopEntry) };
}

function claudeDesktopEntry({ url, transport, headers }: ClientServer) {
  return {
    command: 'npx',
    args: [
      '-y',
      BRIDGE,
      url,
      '--transport',
      `${transport}-only`,
      ...(isPlain(url) ? ['--allow-http'] : []),
      // The prefix is part of the value, for on Windows an argument with a space comes in two.
      ...headers.flatMap(({ name, variable }) => ['--header', `${name}:\${${variable}}`]),
    ],
    ...(headers.length > 0 && {
      env: Object.fromEntries(headers.map(({ variable, prefix, what }) => [variable, `${prefix}<${what}>`])),
    }),
  };
}

/** Whether the bridge wants to be told that it may: http to another machine. */
function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && hostname !== 'localhost' && hostname !== '127.0.0.1';
}
