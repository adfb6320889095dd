/** `.cursor/mcp.json` of Cursor: https://cursor.com/docs/mcp. It finds the transport out, and takes values from `${env:VAR}`. */
import type { Entry } from '../../api/entry.ts';
import { byKey, type ClientServer, clientServers, remoteHeaders } from './clientservers.ts';

/** @returns the file for a whole catalog. */
export function cursor(entries: readonly Entry[]) {
  return cursorFile(clientServers(entries));
}

export function cursorFile(servers: readonly ClientServer[]) {
  return { mcpServers: byKey(servers, cursorEntry) };
}

function cursorEntry({ url, headers }: ClientServer) {
  return { url, ...remoteHeaders(headers, ({ variable }) => `\${env:${variable}}`) };
}
