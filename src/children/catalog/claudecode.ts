/** `.mcp.json` of Claude Code: https://code.claude.com/docs/en/mcp. It takes values from the environment: `${VAR}`. */
import type { Entry } from '../../api/entry.ts';
import { byKey, type ClientServer, clientServers, remoteHeaders } from './clientservers.ts';

/** @returns the file for a whole catalog. */
export function claudeCode(entries: readonly Entry[]) {
  return claudeCodeFile(clientServers(entries));
}

export function claudeCodeFile(servers: readonly ClientServer[]) {
  return { mcpServers: byKey(servers, claudeCodeEntry) };
}

/** Without a type it would take the entry for a command. */
function claudeCodeEntry({ url, transport, headers }: ClientServer) {
  return { type: transport, url, ...remoteHeaders(headers, ({ variable }) => `\${${variable}}`) };
}
